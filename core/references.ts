// Deploy-time values in a configuration: `{"$ref":"NAME"}` and `{"$join":[…]}`, filled from environment variables before parsing.
// References stand in the document only; no value can bring a placeholder or a wildcard with it.
import { TvmError } from './errors.ts';
import { isRecord } from './iam/syntax.ts';

/** Environment variables, passed in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment variable that fills a reference. */
export function variableOf(reference: string): string {
  return `TVM_REF_${reference}`;
}

/** Fills `{"$ref":"NAME"}` from `TVM_REF_NAME` and joins `{"$join":[…]}`. Throws `misconfigured` naming every bad one. */
export function fillReferences(document: unknown, environment: Environment): unknown {
  const issues: string[] = [];
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (!isRecord(value)) return value;
    const special = Object.keys(value).find((key) => key.startsWith('$'));
    if (special === undefined)
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member)]));
    return fillSpecial(value, environment, issues);
  };
  const filled = fill(document);
  if (issues.length > 0) {
    throw new TvmError('misconfigured', {
      detail: `the configuration's references have ${issues.length} issue(s):\n  ${issues.join('\n  ')}`,
    });
  }
  return filled;
}

function fillSpecial(value: Readonly<Record<string, unknown>>, environment: Environment, issues: string[]): string {
  const { $ref: reference, $join: parts } = value;
  if (Object.keys(value).length === 1 && typeof reference === 'string') return lookUp(reference, environment, issues);
  if (Object.keys(value).length === 1 && Array.isArray(parts)) {
    return (parts as unknown[])
      .map((part) => {
        if (typeof part === 'string') return part;
        if (isRecord(part) && Object.keys(part).length === 1 && typeof part['$ref'] === 'string') {
          const found = lookUp(part['$ref'], environment, issues);
          // Joined to its neighbour, half a brace pair would complete a placeholder or a policy variable.
          if (!/[{}$]/.test(found)) return found;
          issues.push(`${variableOf(part['$ref'])} holds a brace or a dollar sign inside a $join`);
          return '';
        }
        issues.push('a part of a $join is neither a string nor a $ref');
        return '';
      })
      .join('');
  }
  issues.push(`an object with ${Object.keys(value).join(', ')} is no reference`);
  return '';
}

function lookUp(name: string, environment: Environment, issues: string[]): string {
  const variable = variableOf(name);
  const found = /^[A-Z][A-Z0-9_]*$/.test(name) ? environment[variable] : undefined;
  if (found === undefined || found === '') {
    issues.push(`${variable} is not set`);
    return '';
  }
  // Whoever can set a variable must not be able to widen a policy with it.
  if (/\{\{|\$\{|[*?\s]|\p{Cc}/u.test(found)) {
    issues.push(`${variable} holds a placeholder, a wildcard, white space or a control character`);
    return '';
  }
  return found;
}
