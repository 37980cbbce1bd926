// DynamoDB expressions, as far as a decision needs them: their tokens, and which top-level attributes they touch. What
// cannot be taken apart is refused, so no attribute stays unseen.
// @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
import { validationException } from './errors.ts';
import { member, optionalObject, type JsonObject } from './json.ts';

/** A token of an expression. */
export interface Token {
  readonly kind: 'name' | 'reference' | 'value' | 'number' | 'symbol';
  readonly text: string;
}

const tokenPattern =
  /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([0-9]+)|(<>|<=|>=|[=<>(),.[\]+-]))\s*/y;
const kinds = ['name', 'reference', 'value', 'number', 'symbol'] as const;
/** Reserved words, so never attribute names. */
const keywords = new Set(['ADD', 'AND', 'BETWEEN', 'DELETE', 'IN', 'NOT', 'OR', 'REMOVE', 'SET']);

/** Splits an expression. Throws ValidationException. */
export function tokenize(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < expression.length) {
    const match = tokenPattern.exec(expression);
    const index = kinds.findIndex((_, group) => match?.[group + 1] !== undefined);
    if (match === null || index === -1) throw validationException('Invalid expression: syntax error.');
    tokens.push({ kind: kinds[index]!, text: match[index + 1]! });
  }
  return tokens;
}

/** The attribute name of a name or `#reference` token. */
export function resolveName({ kind, text }: Token, body: JsonObject): string {
  if (kind === 'name') return text;
  const name = member(optionalObject(body, 'ExpressionAttributeNames'), text);
  if (kind !== 'reference' || typeof name !== 'string') {
    throw validationException(`An expression attribute name used in the expression is not defined: ${text}`);
  }
  return name;
}

/** The top-level attributes that an expression touches. */
export function touchedAttributes(expression: string, body: JsonObject): readonly string[] {
  const tokens = tokenize(expression);
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'name' && token.kind !== 'reference') return [];
    // After a dot it is a member of a map; before a parenthesis a function.
    if (tokens[index - 1]?.text === '.') return [];
    const isFunction = token.kind === 'name' && tokens[index + 1]?.text === '(';
    if (token.kind === 'name' && (keywords.has(token.text.toUpperCase()) || isFunction)) return [];
    return [resolveName(token, body)];
  });
}
