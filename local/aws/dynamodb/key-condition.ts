// Key conditions of a Query: exactly one partition key value, and a sort condition at most. Parsed strictly and written
// anew, so that the engine runs the very condition that was authorised.
// @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
import { readKeyValue } from './attribute-value.ts';
import { validationException } from './errors.ts';
import { resolveName, tokenize, type Token } from './expression.ts';
import { member, optionalList, optionalObject, requireString, toObject, type JsonObject } from './json.ts';
import type { KeySchema } from './tables.ts';

/** A key condition that was understood. */
export interface KeyCondition {
  readonly partitionValue: string;
  readonly attributes: readonly string[];
  /** The expression written anew; undefined for the older KeyConditions. */
  readonly expression: string | undefined;
}

interface Simple {
  readonly attribute: string;
  readonly operator: string;
  readonly values: readonly string[];
  readonly text: string;
}

const comparisons = new Set(['=', '<', '<=', '>', '>=']);

/** Reads the key condition of a Query. Throws ValidationException. */
export function parseKeyCondition(body: JsonObject, keys: KeySchema): KeyCondition {
  const expression = member(body, 'KeyConditionExpression');
  const legacy = member(body, 'KeyConditions');
  if ((expression === undefined) === (legacy === undefined)) {
    throw validationException('Either KeyConditionExpression or KeyConditions must be given, not both.');
  }
  return expression === undefined ? parseLegacy(body, keys) : parseExpression(body, keys);
}

function parseExpression(body: JsonObject, keys: KeySchema): KeyCondition {
  const tokens = tokenize(requireString(body, 'KeyConditionExpression'));
  const { conditions, next } = parseConjunction(tokens, 0, body);
  if (next !== tokens.length || conditions.length > 2) throw notSupported();
  checkAttributes(
    conditions.map(({ attribute }) => attribute),
    keys,
  );
  const partition = conditions.find(({ attribute }) => attribute === keys.partition.name);
  const [reference] = partition?.values ?? [];
  if (partition?.operator !== '=' || reference === undefined) throw notSupported();
  const value = member(optionalObject(body, 'ExpressionAttributeValues'), reference);
  return {
    partitionValue: readKeyValue(value, keys.partition),
    attributes: conditions.map(({ attribute }) => attribute),
    expression: conditions.map(({ text }) => text).join(' AND '),
  };
}

interface Parsed {
  readonly conditions: readonly Simple[];
  readonly next: number;
}

function parseConjunction(tokens: readonly Token[], start: number, body: JsonObject): Parsed {
  const conditions: Simple[] = [];
  let position = start;
  for (;;) {
    const term = parseTerm(tokens, position, body);
    conditions.push(...term.conditions);
    position = term.next;
    if (!isWord(tokens[position], 'AND')) return { conditions, next: position };
    position += 1;
  }
}

function parseTerm(tokens: readonly Token[], start: number, body: JsonObject): Parsed {
  if (tokens[start]?.text !== '(') return parseSimple(tokens, start, body);
  const inner = parseConjunction(tokens, start + 1, body);
  if (tokens[inner.next]?.text !== ')') throw notSupported();
  return { conditions: inner.conditions, next: inner.next + 1 };
}

function parseSimple(tokens: readonly Token[], start: number, body: JsonObject): Parsed {
  const [first, second, third, fourth, fifth, sixth] = tokens.slice(start, start + 6);
  const done = (name: Token, operator: string, values: readonly Token[], text: string, length: number): Parsed => {
    if ((name.kind !== 'name' && name.kind !== 'reference') || values.some(({ kind }) => kind !== 'value')) {
      throw notSupported();
    }
    const condition = { attribute: resolveName(name, body), operator, values: values.map((value) => value.text), text };
    return { conditions: [condition], next: start + length };
  };
  if (first === undefined || second === undefined || third === undefined) throw notSupported();
  if (comparisons.has(second.text)) {
    return done(first, second.text, [third], `${first.text} ${second.text} ${third.text}`, 3);
  }
  if (isWord(second, 'BETWEEN') && isWord(fourth, 'AND') && fifth !== undefined) {
    return done(first, 'BETWEEN', [third, fifth], `${first.text} BETWEEN ${third.text} AND ${fifth.text}`, 5);
  }
  // Function names are case-sensitive, unlike operators.
  const isBeginsWith = first.text === 'begins_with' && second.text === '(' && fourth?.text === ',';
  if (isBeginsWith && fifth !== undefined && sixth?.text === ')') {
    return done(third, 'begins_with', [fifth], `begins_with(${third.text}, ${fifth.text})`, 6);
  }
  throw notSupported();
}

function parseLegacy(body: JsonObject, keys: KeySchema): KeyCondition {
  const conditions = toObject(member(body, 'KeyConditions'), 'KeyConditions');
  const attributes = Object.keys(conditions);
  checkAttributes(attributes, keys);
  const partition = toObject(member(conditions, keys.partition.name), keys.partition.name);
  const values = optionalList(partition, 'AttributeValueList');
  if (requireString(partition, 'ComparisonOperator') !== 'EQ' || values.length !== 1) throw notSupported();
  return { partitionValue: readKeyValue(values[0], keys.partition), attributes, expression: undefined };
}

function checkAttributes(attributes: readonly string[], { partition, sort }: KeySchema): void {
  const isKnown = attributes.every((name) => name === partition.name || name === sort?.name);
  if (!isKnown || new Set(attributes).size !== attributes.length) throw notSupported();
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'name' && token.text.toUpperCase() === word;
}

function notSupported(): ReturnType<typeof validationException> {
  return validationException('Query key condition not supported');
}
