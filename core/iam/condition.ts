// Condition elements: parsed once, then held against a request's context. An operator we do not know is a syntax error,
// because skipping it would allow what it was written to forbid.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
import { matchesArn, parseArnPattern, type ResourcePattern } from './arn.ts';
import type { RequestContext } from './context.ts';
import { isInRange } from './ip-address.ts';
import { matchesPattern, parseText, type Pattern, type VariableLookup } from './pattern.ts';
import { ConditionError, isRecord, PolicySyntaxError } from './syntax.ts';

/** Tells whether one value of the request satisfies one value of the policy. */
type ValueTest = (value: string, lookup: VariableLookup) => boolean;

/** One operator applied to one key. `negated` operators hold when none of the policy's values matches. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly quantifier: 'one' | 'ForAllValues' | 'ForAnyValue';
  readonly ifExists: boolean;
  readonly negated: boolean;
  readonly expected: readonly string[];
  readonly test:
    | { readonly kind: 'null'; readonly absent: boolean }
    | { readonly kind: 'values'; readonly tests: readonly ValueTest[] };
}

interface Operator {
  readonly negated: boolean;
  readonly compile: (value: string, variables: boolean) => ValueTest;
}

const positive = (compile: Operator['compile']): Operator => ({ negated: false, compile });
const negative = (compile: Operator['compile']): Operator => ({ negated: true, compile });

const equals = (text: string, variables: boolean): ValueTest => {
  const pattern = parseText(text, { wildcards: false, variables });
  return (value, lookup) => matchesPattern(pattern, value, lookup);
};
const equalsIgnoringCase = (text: string, variables: boolean): ValueTest => {
  const pattern = parseText(text, { wildcards: false, variables });
  return (value, lookup) =>
    matchesPattern(toLowerCase(pattern), value.toLowerCase(), (name) => lookup(name)?.toLowerCase());
};
const like = (text: string, variables: boolean): ValueTest => {
  const pattern = parseText(text, { wildcards: true, variables });
  return (value, lookup) => matchesPattern(pattern, value, lookup);
};
const arnLike = (text: string, variables: boolean): ValueTest => {
  const pattern: ResourcePattern = parseArnPattern(text, variables);
  return (value, lookup) => matchesArn(pattern, value, lookup);
};
const numeric =
  (holds: (value: number, limit: number) => boolean) =>
  (text: string): ValueTest => {
    const limit = parseNumber(text);
    if (limit === undefined) throw new PolicySyntaxError(`"${text}" is not a number`);
    return (value) => holds(parseNumber(value) ?? undecidable(`"${value}" is not a number`), limit);
  };
const date =
  (holds: (value: number, limit: number) => boolean) =>
  (text: string): ValueTest => {
    const limit = parseInstant(text);
    if (limit === undefined) throw new PolicySyntaxError(`"${text}" is not a date`);
    return (value) => holds(parseInstant(value) ?? undecidable(`"${value}" is not a date`), limit);
  };
const bool = (text: string): ValueTest => {
  const expected = parseBoolean(text);
  return (value) => value.toLowerCase() === String(expected);
};
const ipAddress = (text: string): ValueTest => {
  if (isInRange('0.0.0.0', text) === undefined) throw new PolicySyntaxError(`"${text}" is not an address range`);
  return (value) => isInRange(value, text) ?? undecidable(`"${value}" is not an IP address`);
};

const operators: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', positive(equals)],
  ['StringNotEquals', negative(equals)],
  ['StringEqualsIgnoreCase', positive(equalsIgnoringCase)],
  ['StringNotEqualsIgnoreCase', negative(equalsIgnoringCase)],
  ['StringLike', positive(like)],
  ['StringNotLike', negative(like)],
  ['NumericEquals', positive(numeric((value, limit) => value === limit))],
  ['NumericNotEquals', negative(numeric((value, limit) => value === limit))],
  ['NumericLessThan', positive(numeric((value, limit) => value < limit))],
  ['NumericLessThanEquals', positive(numeric((value, limit) => value <= limit))],
  ['NumericGreaterThan', positive(numeric((value, limit) => value > limit))],
  ['NumericGreaterThanEquals', positive(numeric((value, limit) => value >= limit))],
  ['DateEquals', positive(date((value, limit) => value === limit))],
  ['DateNotEquals', negative(date((value, limit) => value === limit))],
  ['DateLessThan', positive(date((value, limit) => value < limit))],
  ['DateLessThanEquals', positive(date((value, limit) => value <= limit))],
  ['DateGreaterThan', positive(date((value, limit) => value > limit))],
  ['DateGreaterThanEquals', positive(date((value, limit) => value >= limit))],
  ['Bool', positive(bool)],
  ['BinaryEquals', positive((text) => (value) => value === text)],
  ['IpAddress', positive(ipAddress)],
  ['NotIpAddress', negative(ipAddress)],
  // ArnEquals takes wildcards on AWS, exactly as ArnLike does.
  ['ArnEquals', positive(arnLike)],
  ['ArnLike', positive(arnLike)],
  ['ArnNotEquals', negative(arnLike)],
  ['ArnNotLike', negative(arnLike)],
]);

/** Parses a Condition element. Throws {@link PolicySyntaxError}. */
export function parseConditions(input: unknown, variables: boolean, at: string): readonly Condition[] {
  if (input === undefined) return [];
  if (!isRecord(input)) throw new PolicySyntaxError(`${at}: Condition is not an object`);
  return Object.entries(input).flatMap(([operator, keys]) => {
    if (!isRecord(keys)) throw new PolicySyntaxError(`${at}: ${operator} is not an object`);
    return Object.entries(keys).map(([key, values]) => parseCondition(operator, key, values, variables, at));
  });
}

/** An operator's name taken apart: `ForAllValues:StringLikeIfExists`. `base` is undefined where it has no such form. */
export function parseOperatorName(name: string): {
  readonly base: string | undefined;
  readonly quantifier: Condition['quantifier'];
  readonly ifExists: boolean;
} {
  const [, prefix, base, suffix] = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? [];
  return { base, quantifier: (prefix ?? 'one') as Condition['quantifier'], ifExists: suffix !== undefined };
}

function parseCondition(name: string, key: string, values: unknown, variables: boolean, at: string): Condition {
  const { base, quantifier, ifExists } = parseOperatorName(name);
  const expected = (Array.isArray(values) ? (values as unknown[]) : [values]).map((value) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new PolicySyntaxError(`${at}: a value of ${key} is not a string, number or boolean`);
    }
    return String(value);
  });
  // A negated operator over no values would hold for every request.
  if (expected.length === 0) throw new PolicySyntaxError(`${at}: ${name} of ${key} has no value`);
  const common = {
    operator: name,
    key,
    quantifier,
    ifExists,
    expected,
  };
  if (base === 'Null') {
    if (quantifier !== 'one' || ifExists || expected.length !== 1) {
      throw new PolicySyntaxError(`${at}: ${name} takes one value, no set and no IfExists`);
    }
    return { ...common, negated: false, test: { kind: 'null', absent: parseBoolean(expected[0]!) } };
  }
  const operator = operators.get(base ?? '');
  if (operator === undefined) throw new PolicySyntaxError(`${at}: unknown condition operator ${name}`);
  const tests = expected.map((value) => operator.compile(value, variables));
  return { ...common, negated: operator.negated, test: { kind: 'values', tests } };
}

/** Whether the condition holds for the request. Throws {@link ConditionError} where that cannot be decided. */
export function holds(condition: Condition, context: RequestContext): boolean {
  const values = context.values(condition.key);
  if (condition.test.kind === 'null') return (values === undefined) === condition.test.absent;
  if (values === undefined) {
    // An absent key satisfies ForAllValues (vacuously), IfExists and every negated operator.
    if (condition.ifExists || condition.quantifier === 'ForAllValues') return true;
    return condition.quantifier === 'one' && condition.negated;
  }
  const { tests } = condition.test;
  const satisfied = (value: string): boolean =>
    tests.some((test) => test(value, context.variable)) !== condition.negated;
  if (condition.quantifier === 'ForAllValues') return values.every(satisfied);
  if (condition.quantifier === 'ForAnyValue') return values.some(satisfied);
  if (values.length > 1) return undecidable(`${condition.key} has several values and ${condition.operator} takes one`);
  return satisfied(values[0]!);
}

function undecidable(detail: string): never {
  throw new ConditionError(detail);
}

function parseBoolean(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw new PolicySyntaxError(`"${text}" is not true or false`);
  return lower === 'true';
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Milliseconds since 1970 of epoch seconds or of an ISO 8601 date; without a zone it is UTC, as on AWS. */
function parseInstant(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text);
  if (match === null) return undefined;
  // JavaScript reads 30 February as 2 March; a policy that names a day which never comes is refused.
  const day = Date.parse(`${match[1]!}T00:00Z`);
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(match[1]!)) return undefined;
  const instant = Date.parse(`${match[1]!}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`);
  return Number.isNaN(instant) ? undefined : instant;
}

function toLowerCase(pattern: Pattern): Pattern {
  return pattern.map((part) => {
    if (part.kind === 'literal') return { kind: 'literal', text: part.text.toLowerCase() };
    if (part.kind === 'variable' && part.fallback !== undefined)
      return { ...part, fallback: part.fallback.toLowerCase() };
    return part;
  });
}
