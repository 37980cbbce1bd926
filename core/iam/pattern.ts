// IAM string patterns: literals, `*`, `?` and policy variables, matched by hand. No regular expressions: their `.` skips
// new lines (a Deny on `b/*` would miss a key with one) and their backtracking can be driven to a standstill.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
import { PolicySyntaxError } from './syntax.ts';

/** One part of a pattern. A variable stands for a value that is never read as a wildcard. */
export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'variable'; readonly name: string; readonly fallback?: string };

export type Pattern = readonly PatternPart[];

/** Value of a policy variable (name in lower case), undefined where the request has none. */
export type VariableLookup = (name: string) => string | undefined;

/** What may stand in the text: wildcards (`StringLike`, resources, actions), policy variables (version 2012-10-17). */
export interface PatternSyntax {
  readonly wildcards: boolean;
  readonly variables: boolean;
}

/** Parses a pattern with wildcards. `variables` is false where the document's version has none. */
export function parsePattern(text: string, variables: boolean): Pattern {
  return parseText(text, { wildcards: true, variables });
}

/** Parses text into parts. Throws {@link PolicySyntaxError} on a variable that is not closed or has no name. */
export function parseText(text: string, syntax: PatternSyntax): Pattern {
  const parts: PatternPart[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') parts.push({ kind: 'literal', text: literal });
    literal = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (syntax.variables && character === '$' && text[at + 1] === '{') {
      const end = text.indexOf('}', at);
      if (end < 0) throw new PolicySyntaxError('a policy variable is not closed');
      const inner = text.slice(at + 2, end);
      if (inner === '*' || inner === '?' || inner === '$') {
        literal += inner;
      } else {
        flush();
        parts.push(parseVariable(inner));
      }
      at = end;
    } else if (syntax.wildcards && character === '*') {
      flush();
      if (parts.at(-1)?.kind !== 'any') parts.push({ kind: 'any' });
    } else if (syntax.wildcards && character === '?') {
      flush();
      parts.push({ kind: 'one' });
    } else {
      literal += character;
    }
  }
  flush();
  return parts;
}

/** `aws:PrincipalTag/team` or, with a default, `aws:PrincipalTag/team, 'company-wide'`. */
function parseVariable(inner: string): PatternPart {
  const comma = inner.indexOf(',');
  const name = (comma < 0 ? inner : inner.slice(0, comma)).trim().toLowerCase();
  if (name === '' || /[\s${}]/.test(name)) throw new PolicySyntaxError('a policy variable has no proper name');
  if (comma < 0) return { kind: 'variable', name };
  const quoted = inner.slice(comma + 1).trim();
  if (!/^'[^']*'$/.test(quoted))
    throw new PolicySyntaxError('the default of a policy variable is not in single quotes');
  return { kind: 'variable', name, fallback: quoted.slice(1, -1) };
}

/** Fills variables with their values as literals; undefined where one has no value, for then nothing matches. */
export function fillVariables(pattern: Pattern, lookup: VariableLookup): Pattern | undefined {
  if (!pattern.some((part) => part.kind === 'variable')) return pattern;
  const filled: PatternPart[] = [];
  for (const part of pattern) {
    if (part.kind !== 'variable') {
      filled.push(part);
      continue;
    }
    const text = lookup(part.name) ?? part.fallback;
    if (text === undefined) return undefined;
    filled.push({ kind: 'literal', text });
  }
  return filled;
}

/** Whether the whole value matches. `*` is any run of characters, also across `/`, `:` and new lines; `?` is exactly one
 * character (code point). A pattern with an unset variable matches nothing. At most pattern × value steps. */
export function matchesPattern(pattern: Pattern, value: string, lookup: VariableLookup = () => undefined): boolean {
  const parts = fillVariables(pattern, lookup);
  return parts !== undefined && matchesParts(parts, value);
}

function matchesParts(parts: Pattern, value: string): boolean {
  let part = 0;
  let at = 0;
  // Only the last star needs to be retried: whatever an earlier one could swallow, the last one can as well.
  let starPart = -1;
  let starAt = 0;
  for (;;) {
    const current = parts[part];
    if (current === undefined) {
      if (at === value.length) return true;
    } else if (current.kind === 'any') {
      starPart = part;
      starAt = at;
      part += 1;
      continue;
    } else if (current.kind === 'literal' && value.startsWith(current.text, at)) {
      at += current.text.length;
      part += 1;
      continue;
    } else if (current.kind === 'one' && at < value.length) {
      at += characterLength(value, at);
      part += 1;
      continue;
    }
    if (starPart < 0 || starAt >= value.length) return false;
    starAt += characterLength(value, starAt);
    at = starAt;
    part = starPart + 1;
  }
}

function characterLength(value: string, at: number): number {
  return value.codePointAt(at)! > 0xffff ? 2 : 1;
}
