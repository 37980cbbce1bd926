// Statement templates: IAM statements whose strings may hold placeholders. Where a placeholder may stand is checked here, and
// values are placed into the parsed statement as IAM-escaped literals; policy text is never pasted together.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
import { splitArn } from './iam/arn.ts';
import type { PolicyStatement } from './iam/index.ts';
import { parsePolicy } from './iam/policy.ts';
import { PolicySyntaxError } from './iam/syntax.ts';
import { check, list, map, matching, object, oneOf, pointerTo, scalar, string, type Schema } from './schema.ts';

type OneOrMany = string | readonly string[];
type ConditionValue = string | number | boolean;

/** An IAM statement with placeholders; `shared` says why all tenants may have it and is left out of the rendered policy. */
export interface StatementTemplate {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMany;
  readonly NotAction?: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, ConditionValue | readonly ConditionValue[]>>>>;
  readonly shared?: string;
}

/** Stands for a placeholder while the text around it is checked. */
const mark = '\uE000';
const placeholder = /\{\{([a-z][A-Za-z0-9]*)\}\}/g;
/** Operators whose values IAM reads as text; the escapes of a value mean nothing in a number, date or address. */
const textOperator = /^(?:(?:ForAllValues|ForAnyValue):)?(?:String|Arn)[A-Za-z]+$/;

function oneOrMany<T>(item: Schema<T>): Schema<T | readonly T[]> {
  const many = list(item, { min: 1 });
  return {
    get json() {
      return { oneOf: [item.json, many.json] };
    },
    parse: (input, pointer, issues) => (Array.isArray(input) ? many : item).parse(input, pointer, issues),
  };
}

const name = /^[^\p{Cc}{}]+$/u;
const shape = object(
  { Effect: oneOf('Allow', 'Deny') },
  {
    Sid: matching(/^[A-Za-z0-9]{1,64}$/, 'letters and digits'),
    Action: oneOrMany(string()),
    NotAction: oneOrMany(string()),
    Resource: oneOrMany(string()),
    NotResource: oneOrMany(string()),
    Condition: map(name, 'a condition operator', map(name, 'a condition key', oneOrMany(scalar), 1), 1),
    shared: string(),
  },
);

/** The schema of one statement template of a set with the given parameter names. */
export function statementTemplateSchema(parameterNames: () => readonly string[]): Schema<StatementTemplate> {
  return check(shape, (statement, report) => {
    for (const key of ['Sid', 'Action', 'NotAction', 'NotResource'] as const) {
      for (const text of toList(statement[key])) {
        if (mentionsPlaceholder(text)) report(`/${key}`, 'must not hold a placeholder');
      }
    }
    const allowed = new Set(['tenant', 'subject', ...parameterNames()]);
    for (const text of toList(statement.Resource)) {
      checkText(text, allowed, (message) => {
        report('/Resource', message);
      });
      if (placeholdersBeforeFifthColon(text))
        report('/Resource', 'may hold a placeholder only after the fifth colon of an ARN');
    }
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      for (const [key, values] of Object.entries(keys)) {
        const pointer = pointerTo(pointerTo('/Condition', operator), key);
        for (const value of toList(values)) {
          if (typeof value !== 'string' || !mentionsPlaceholder(value)) continue;
          checkText(value, allowed, (message) => {
            report(pointer, message);
          });
          if (!textOperator.test(operator))
            report(pointer, 'may hold a placeholder only under a String or Arn operator');
          if (/Arn/.test(operator) && placeholdersBeforeFifthColon(value)) {
            report(pointer, 'may hold a placeholder only after the fifth colon of an ARN');
          }
        }
      }
    }
    // STS takes no other characters in a policy; a template with them would fail at every vend.
    if (!isSendable({ ...statement, shared: undefined })) report('', 'holds control characters or such beyond U+00FF');
    checkSyntax(statement, report);
  });
}

/** Looks at the strings themselves: as JSON, half a character and a control character hide behind an escape. */
function isSendable(value: unknown): boolean {
  if (typeof value === 'string') return /^[\t\n\r\u0020-\u00ff]*$/.test(value);
  return typeof value !== 'object' || value === null || Object.entries(value).flat().every(isSendable);
}

/** What IAM itself would refuse, found on the template with every placeholder replaced by a letter. */
function checkSyntax(statement: StatementTemplate, report: (pointer: string, message: string) => void): void {
  try {
    const sample = fillStatement(statement, () => 'x');
    parsePolicy({ Version: '2012-10-17', Statement: [sample] }, 'identity');
  } catch (cause) {
    if (!(cause instanceof PolicySyntaxError)) throw cause;
    report('', `is not valid IAM: ${cause.message}`);
  }
}

function mentionsPlaceholder(text: string): boolean {
  return text.includes('{{') || text.includes('}}');
}

function checkText(text: string, allowed: ReadonlySet<string>, report: (message: string) => void): void {
  for (const [, found] of text.matchAll(placeholder)) {
    if (!allowed.has(found!)) report(`holds the unknown placeholder {{${found!}}}`);
  }
  // "$" before or a brace beside a placeholder would let a value become part of a policy variable.
  const rest = text.replace(placeholder, mark);
  if (mentionsPlaceholder(rest) || /[${}]\uE000|\uE000[{}]/.test(rest) || /\$\{[^}]*\uE000/.test(rest)) {
    report('holds braces that are no proper placeholder');
  }
}

function placeholdersBeforeFifthColon(text: string): boolean {
  return mentionsPlaceholder(splitArn(text).slice(0, 5).join(':'));
}

function toList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** The placeholders a statement uses. */
export function placeholdersOf(statement: StatementTemplate): ReadonlySet<string> {
  return new Set([...JSON.stringify(statement).matchAll(placeholder)].map(([, found]) => found!));
}

/** IAM's own spelling of a literal: `*`, `?` and `$` in one pass, so that no value acts as a wildcard or variable.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars */
export function escapeLiteral(value: string): string {
  return value.replace(/[*?$]/g, (character) => `\${${character}}`);
}

/** Places values into a statement, each as an escaped literal. */
export function fillStatement(template: StatementTemplate, valueOf: (placeholder: string) => string): PolicyStatement {
  return placeInStatement(template, (placeholder) => escapeLiteral(valueOf(placeholder)));
}

/** Places text into a statement as it is: for a role's policy, where the tenant is a policy variable. Only string leaves
 * change; the number, order and keys of everything stay. Values of callers go through {@link fillStatement}. */
export function placeInStatement(
  template: StatementTemplate,
  textOf: (placeholder: string) => string,
): PolicyStatement {
  const fill = (text: string): string => text.replace(placeholder, (_, found: string) => textOf(found));
  const { shared, Resource: resource, Condition: condition, ...fixed } = template;
  return {
    ...fixed,
    ...(resource === undefined ? {} : { Resource: fillLeaves(resource, fill) }),
    ...(condition === undefined
      ? {}
      : { Condition: mapValues(condition, (keys) => mapValues(keys, (values) => fillLeaves(values, fill))) }),
  };
}

function fillLeaves<T extends ConditionValue>(
  values: T | readonly T[],
  fill: (text: string) => string,
): T | readonly T[] {
  const one = (value: T): T => (typeof value === 'string' ? (fill(value) as T) : value);
  return Array.isArray(values) ? (values as readonly T[]).map(one) : one(values as T);
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
