// Whether two Allow statements, one of tenant a and one of tenant b, can allow one request to both. Two statements are isolated
// when one dimension is: the resources, or a condition key that is certain to be checked.
import { holesOf, fillHoles, parseHolePattern, splitHolePattern, type Holes } from './hole-pattern.ts';
import type { VendingConfig } from './config.ts';
import { parseOperatorName } from './iam/condition.ts';
import { findOverlap, OverlapTooLargeError, type HolePattern, type OverlapMode } from './iam/overlap.ts';
import type { PolicyStatement } from './iam/index.ts';

/** A pattern as the prover searches it, with its text for messages and its parts where it is an ARN. */
interface ProvablePattern {
  readonly text: string;
  readonly whole: HolePattern;
  readonly parts?: readonly HolePattern[];
}

interface ProvableCondition {
  readonly key: string;
  readonly operator: string;
  readonly base: string;
  readonly quantifier: 'one' | 'ForAllValues' | 'ForAnyValue';
  readonly ifExists: boolean;
  readonly values: readonly string[];
  readonly patterns: readonly ProvablePattern[];
}

/** An Allow statement, read for the proof. `unprovable` says why nothing can be concluded from it. */
export interface ProvableStatement {
  readonly actions: readonly ProvablePattern[];
  readonly resources: readonly ProvablePattern[];
  readonly conditions: readonly ProvableCondition[];
  readonly unprovable?: string;
}

/** Operators whose values are text that can be searched. `Equals` of strings has no wildcards; that of ARNs has. */
const searchable: Readonly<Record<string, { readonly wildcards: boolean; readonly arn: boolean }>> = {
  StringEquals: { wildcards: false, arn: false },
  StringLike: { wildcards: true, arn: false },
  ArnEquals: { wildcards: true, arn: true },
  ArnLike: { wildcards: true, arn: true },
};

/** Positive operators that only narrow further; leaving them out of the search is sound. */
const narrowing =
  /^(?:Numeric(?:Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)|Date(?:Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)|Bool|BinaryEquals|IpAddress|Null|StringEqualsIgnoreCase)$/;

/** Keys whose value is a property of what is accessed, so that different values mean different data. Keys that describe the
 * caller (each tenant brings its own) or that the caller chooses beside the data (Referer, request tags) divide nothing. */
const namesData =
  /^(?:s3:prefix|s3:existingobjecttag\/.+|s3:dataaccesspointarn|dynamodb:leadingkeys|[a-z0-9-]+:resourcetag\/.+|kms:encryptioncontext:.+|kms:viaservice|secretsmanager:(?:secretid|name))$/;

/** Reads an Allow statement. `variables` is false for documents without policy variables. */
export function toProvable(statement: PolicyStatement, config: VendingConfig, variables = true): ProvableStatement {
  const holes = holesOf(config);
  const unprovable = findUnprovable(statement);
  return {
    actions: toList(statement.Action).map((action) =>
      toPattern(action.toLowerCase(), holes, { wildcards: true, variables: false }, action),
    ),
    resources: toList(statement.Resource).map((resource) => toArnPattern(resource, holes, variables)),
    conditions: toConditions(statement, holes, variables),
    ...(unprovable === undefined ? {} : { unprovable }),
  };
}

function findUnprovable(statement: PolicyStatement): string | undefined {
  for (const element of ['NotAction', 'NotResource', 'NotPrincipal'] as const) {
    if (statement[element] !== undefined) return `${element} in an Allow names everything else, which cannot be proved`;
  }
  for (const operator of Object.keys(statement.Condition ?? {})) {
    const { base } = parseOperatorName(operator);
    if (base === undefined || (!Object.hasOwn(searchable, base) && !narrowing.test(base))) {
      return `the operator ${operator} in an Allow cannot be proved`;
    }
  }
  return undefined;
}

function toPattern(
  text: string,
  holes: Holes,
  reading: Parameters<typeof parseHolePattern>[2],
  shown = text,
): ProvablePattern {
  return { text: shown, whole: parseHolePattern(text, holes, reading) };
}

function toArnPattern(text: string, holes: Holes, variables: boolean): ProvablePattern {
  const reading = { wildcards: true, variables };
  const parts = splitHolePattern(text, holes, reading);
  return { ...toPattern(text, holes, reading), ...(parts === undefined ? {} : { parts }) };
}

function toConditions(statement: PolicyStatement, holes: Holes, variables: boolean): readonly ProvableCondition[] {
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) => {
    const { base = operator, quantifier, ifExists } = parseOperatorName(operator);
    const search = Object.hasOwn(searchable, base) ? searchable[base] : undefined;
    return Object.entries(keys).map(([key, given]): ProvableCondition => {
      const values = toList(given).map(String);
      const patterns = values.map((value) => {
        if (search?.arn === true) return toArnPattern(value, holes, variables);
        return toPattern(value, holes, { wildcards: search?.wildcards ?? false, variables });
      });
      return {
        key: key.toLowerCase(),
        operator,
        base,
        quantifier,
        ifExists,
        values,
        patterns: search === undefined ? [] : patterns,
      };
    });
  });
}

function toList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Tenant ids for which a dimension does not hold, to try a witness with. */
export type Suspicion = readonly (readonly [string, string])[];

/** Isolated, or the tenant pairs under suspicion; `reason` where the search gave up. */
export type PairResult =
  { readonly isolated: true } | { readonly isolated: false; readonly suspicion: Suspicion; readonly reason?: string };

/** Decides a pair of statements that share an action. `any` mode asks for disjointness whatever the tenants (shared statements
 * against private ones), `distinct` for different tenants. */
export function comparePair(left: ProvableStatement, right: ProvableStatement, mode: OverlapMode): PairResult {
  try {
    const byResource = comparePatterns(left.resources, right.resources, mode);
    if (byResource.length === 0) return { isolated: true };
    const suspicion = [...byResource];
    for (const condition of left.conditions) {
      for (const other of right.conditions) {
        if (!areComparable(condition, other, left, right)) continue;
        const byCondition = comparePatterns(condition.patterns, other.patterns, mode);
        if (byCondition.length === 0) return { isolated: true };
        suspicion.push(...byCondition);
      }
    }
    return { isolated: false, suspicion };
  } catch (cause) {
    if (!(cause instanceof OverlapTooLargeError)) throw cause;
    return { isolated: false, suspicion: [], reason: cause.message };
  }
}

/** Whether some action is named by both. */
export function sharesAction(left: ProvablePattern, right: ProvablePattern): boolean {
  return findOverlap(left.whole, right.whole, 'any') !== undefined;
}

function comparePatterns(
  left: readonly ProvablePattern[],
  right: readonly ProvablePattern[],
  mode: OverlapMode,
): Suspicion {
  return left.flatMap((one) =>
    right.flatMap((other): Suspicion => {
      const overlap = findOverlap(one.whole, other.whole, mode);
      return overlap === undefined ? [] : [[overlap.left[0] ?? '', overlap.right[0] ?? '']];
    }),
  );
}

/** Two conditions on one key divide only where both are certain to be held against the same value: the key is certain to be
 * present, and at least one of the two covers every value of it. */
function areComparable(
  one: ProvableCondition,
  other: ProvableCondition,
  left: ProvableStatement,
  right: ProvableStatement,
): boolean {
  if (one.key !== other.key || one.patterns.length === 0 || other.patterns.length === 0 || !namesData.test(one.key))
    return false;
  // Different values of one key may satisfy two ForAnyValue conditions.
  if (one.quantifier === 'ForAnyValue' && other.quantifier === 'ForAnyValue') return false;
  const isRequired = (condition: ProvableCondition): boolean =>
    !condition.ifExists && condition.quantifier !== 'ForAllValues';
  return isRequired(one) || isRequired(other) || requiresPresence(left, one.key) || requiresPresence(right, one.key);
}

/** `Null: {key: "false"}`: the statement allows nothing unless the key is there. */
function requiresPresence({ conditions }: ProvableStatement, key: string): boolean {
  return conditions.some(
    (condition) =>
      condition.base === 'Null' &&
      condition.key === key &&
      condition.values.every((value) => value.toLowerCase() === 'false'),
  );
}

/** A request that both statements match, with the tenants' values in place; undefined where none was found. */
export interface CandidateRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** Builds a request that statement `left` of tenant a and `right` of tenant b seem to match; the evaluator has the last word. */
export function buildCandidate(
  left: ProvableStatement,
  right: ProvableStatement,
  actions: readonly [ProvablePattern, ProvablePattern],
  tenants: readonly [string, string],
): CandidateRequest | undefined {
  const action = commonAction(...actions);
  const resource = firstCommon(left.resources, right.resources, tenants);
  const context = commonContext(left, right, tenants);
  if (action === undefined || resource === undefined || context === undefined) return undefined;
  // Two bare stars have the empty string in common; a request without a resource is decided on "*".
  return { action, resource: resource === '' ? '*' : resource, context };
}

/** Stands for subjects and parameters in a witness. */
export const standIn = 'x';

function commonAction(one: ProvablePattern, other: ProvablePattern): string | undefined {
  if (!/[*?]/.test(one.text)) return one.text;
  if (!/[*?]/.test(other.text)) return other.text;
  const text = findOverlap(one.whole, other.whole, 'any')?.text;
  return text?.endsWith(':') === true ? `${text}GetObject` : text;
}

function firstCommon(
  left: readonly ProvablePattern[],
  right: readonly ProvablePattern[],
  [a, b]: readonly [string, string],
): string | undefined {
  for (const one of left) {
    for (const other of right) {
      const text = commonText(one, other, a, b);
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

/** A common string with both tenants filled in; ARNs part by part, as they are matched. */
function commonText(one: ProvablePattern, other: ProvablePattern, a: string, b: string): string | undefined {
  const overlap = (left: HolePattern, right: HolePattern): string | undefined =>
    findOverlap(fillHoles(left, a, standIn), fillHoles(right, b, standIn), 'any')?.text;
  if (one.parts === undefined || other.parts === undefined) return overlap(one.whole, other.whole);
  const parts = one.parts.map((part, index) => overlap(part, other.parts![index]!));
  return parts.every((part) => part !== undefined) ? parts.join(':') : undefined;
}

function commonContext(
  left: ProvableStatement,
  right: ProvableStatement,
  tenants: readonly [string, string],
): Readonly<Record<string, string | readonly string[]>> | undefined {
  const context: Record<string, string | readonly string[]> = {};
  const keys = new Set(
    [...left.conditions, ...right.conditions]
      .filter(({ key }) => !key.startsWith('aws:principaltag/'))
      .map(({ key }) => key),
  );
  for (const key of keys) {
    const mine = left.conditions.filter((condition) => condition.key === key);
    const theirs = right.conditions.filter((condition) => condition.key === key);
    const values = commonValues(mine, theirs, tenants);
    if (values === undefined) return undefined;
    const [only] = values;
    const isSet = [...mine, ...theirs].some(({ quantifier }) => quantifier !== 'one');
    if (only !== undefined) context[key] = isSet ? values : only;
  }
  return context;
}

/** Values of one key that both sides' conditions accept; none where the key is best left out; undefined where there are none. */
function commonValues(
  mine: readonly ProvableCondition[],
  theirs: readonly ProvableCondition[],
  tenants: readonly [string, string],
): readonly string[] | undefined {
  const all = [...mine, ...theirs];
  if (all.some(({ base, values }) => base === 'Null' && values.includes('true'))) return [];
  // Without a key, ForAllValues and IfExists hold: the widest request is the one that leaves it out.
  if (all.every(({ base, quantifier, ifExists }) => base !== 'Null' && (quantifier === 'ForAllValues' || ifExists)))
    return [];
  const search = (conditions: readonly ProvableCondition[]): readonly ProvablePattern[] =>
    conditions.flatMap(({ patterns }) => patterns);
  const [left, right] = [search(mine), search(theirs)];
  if (left.length + right.length === 0) return [all.find(({ base }) => base !== 'Null')?.values[0] ?? standIn];
  const common = firstCommon(left.length > 0 ? left : anything, right.length > 0 ? right : anything, tenants);
  if (common !== undefined) return [common];
  // One value for each, where each only asks that some value be its own.
  const takesAny = all.every(({ base, quantifier }) => base === 'Null' || quantifier === 'ForAnyValue');
  const each = takesAny ? [firstCommon(left, anything, tenants), firstCommon(anything, right, tenants)] : [undefined];
  return each.every((value) => value !== undefined) ? each : undefined;
}

const anything: readonly ProvablePattern[] = [{ text: '*', whole: [{ kind: 'any' }] }];
