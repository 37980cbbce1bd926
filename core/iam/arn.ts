// ARNs and ARN patterns. Patterns are split at their colons before variables are filled, so that no value can shift text
// from one part of an ARN to another.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
import { matchesPattern, parsePattern, type Pattern, type VariableLookup } from './pattern.ts';
import { PolicySyntaxError } from './syntax.ts';

/** `*`, or six patterns: `arn`, partition, service, region, account, resource (which may hold colons). */
export type ResourcePattern = { readonly kind: 'all' } | { readonly kind: 'arn'; readonly parts: readonly Pattern[] };

const arnParts = 6;

/** Splits at the first five colons outside `${…}`; fewer than six parts come back as they are. */
export function splitArn(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length && parts.length < arnParts - 1; at += 1) {
    if (text[at] === '$' && text[at + 1] === '{') {
      const end = text.indexOf('}', at);
      if (end > 0) at = end;
    } else if (text[at] === ':') {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** Parses a Resource value. Throws {@link PolicySyntaxError} on what is no ARN pattern and on a variable before the fifth
 * colon, where IAM does not expand it. */
export function parseResourcePattern(text: string, variables: boolean): ResourcePattern {
  const pattern = parseArnPattern(text, variables);
  if (pattern.kind === 'arn' && pattern.parts[2]!.some(({ kind }) => kind === 'any' || kind === 'one'))
    throw new PolicySyntaxError('a wildcard stands in the service part of an ARN');
  if (
    pattern.kind === 'arn' &&
    pattern.parts.slice(0, -1).some((part) => part.some(({ kind }) => kind === 'variable'))
  ) {
    throw new PolicySyntaxError('a policy variable stands before the fifth colon of a resource');
  }
  return pattern;
}

/** Parses the value of an ARN condition operator, where each of the six parts may hold wildcards. Throws {@link PolicySyntaxError}. */
export function parseArnPattern(text: string, variables: boolean): ResourcePattern {
  if (text === '*') return { kind: 'all' };
  const parts = splitArn(text);
  if (parts.length !== arnParts || parts[0] !== 'arn') throw new PolicySyntaxError(`"${text}" is not an ARN`);
  return { kind: 'arn', parts: parts.map((part) => parsePattern(part, variables)) };
}

/** Whether a Resource value matches. As {@link matchesArn}, and a `*` that ends a part also reaches beyond its colon, as IAM
 * documents: a matcher that stopped there would hide what such a pattern grants.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
export function matchesResource(pattern: ResourcePattern, arn: string, lookup: VariableLookup): boolean {
  if (matchesArn(pattern, arn, lookup)) return true;
  const pieces = arn.split(':');
  if (pattern.kind === 'all' || pieces.length < arnParts || pieces[0] !== 'arn') return false;
  const last = pattern.parts.length - 1;
  // Where the next part may begin: behind the piece that matched, or behind any later one if the part ends in a star.
  let starts: readonly number[] = [0];
  for (const part of pattern.parts.slice(0, last)) {
    const matched = starts.filter((start) => start < pieces.length && matchesPattern(part, pieces[start]!, lookup));
    if (matched.length === 0) return false;
    starts =
      part.at(-1)?.kind === 'any'
        ? pieces.map((_, index) => index + 1).filter((start) => start > matched[0]!)
        : matched.map((start) => start + 1);
  }
  return starts.some(
    (start) => start < pieces.length && matchesPattern(pattern.parts[last]!, pieces.slice(start).join(':'), lookup),
  );
}

/** Whether the ARN matches, part by part. What is no ARN (an action without a resource is decided on `*`) matches `*` only. */
export function matchesArn(pattern: ResourcePattern, arn: string, lookup: VariableLookup): boolean {
  if (pattern.kind === 'all') return true;
  // A literal split: the requested resource holds no variables, whatever characters its name has.
  const parts = splitLiteralArn(arn);
  return parts !== undefined && pattern.parts.every((part, index) => matchesPattern(part, parts[index]!, lookup));
}

/** The six parts of a concrete ARN, or undefined. */
export function splitLiteralArn(arn: string): readonly string[] | undefined {
  const pieces = arn.split(':');
  if (pieces.length < arnParts || pieces[0] !== 'arn') return undefined;
  return [...pieces.slice(0, arnParts - 1), pieces.slice(arnParts - 1).join(':')];
}
