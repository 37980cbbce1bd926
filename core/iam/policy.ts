// The IAM policy language as data: the documents people write and the parsed statements that decisions use.
// Parsing is strict: what IAM would refuse is refused here, because a policy that is half understood is a hole.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
import { parsePattern, type Pattern } from './pattern.ts';
import { parseResourcePattern, type ResourcePattern } from './arn.ts';
import { parseConditions, type Condition } from './condition.ts';
import { isRecord, PolicySyntaxError } from './syntax.ts';

type OneOrMany<T> = T | readonly T[];
type Json = string | number | boolean;

/** Principals as written: `"*"` or a map of kind (`AWS`, `Service`, `Federated`, `CanonicalUser`) to one or many ids. */
export type PrincipalElement = '*' | Readonly<Record<string, OneOrMany<string>>>;

/** The Condition element: operator → condition key → one or many values. */
export type ConditionElement = Readonly<Record<string, Readonly<Record<string, OneOrMany<Json>>>>>;

/** One IAM statement as written. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: PrincipalElement;
  readonly NotPrincipal?: PrincipalElement;
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  readonly Condition?: ConditionElement;
}

/** An IAM policy document as written. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: OneOrMany<PolicyStatement>;
}

/** One principal of a resource or trust policy. `any` is the bare star (or `AWS: "*"`). */
export interface Principal {
  readonly kind: 'any' | 'AWS' | 'Service' | 'Federated' | 'CanonicalUser';
  readonly id: string;
}

/** A parsed statement. Exactly one of each positive/negative pair is set, as IAM demands. */
export interface Statement {
  readonly index: number;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: { readonly negated: boolean; readonly patterns: readonly Pattern[] };
  /** Absent in trust policies, which stand on their role. */
  readonly resources?: {
    readonly negated: boolean;
    readonly patterns: readonly ResourcePattern[];
    /** As written, for reasons. */
    readonly texts: readonly string[];
  };
  readonly principals?: { readonly negated: boolean; readonly list: readonly Principal[] };
  readonly conditions: readonly Condition[];
}

/** A parsed policy. */
export interface Policy {
  readonly version: '2012-10-17' | '2008-10-17';
  readonly statements: readonly Statement[];
}

/** What a document is attached to decides which elements it must and must not have. */
export type PolicyKind = 'identity' | 'resource';

const statementKeys = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/** True where policy variables are expanded: only in documents of the 2012 version.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html */
export function hasVariables(version: Policy['version']): boolean {
  return version === '2012-10-17';
}

/** Parses a document of the given kind. Throws {@link PolicySyntaxError}. */
export function parsePolicy(document: PolicyDocument, kind: PolicyKind): Policy {
  if (!isRecord(document)) throw new PolicySyntaxError('the policy is not an object');
  for (const key of Object.keys(document)) {
    if (key !== 'Version' && key !== 'Id' && key !== 'Statement') {
      throw new PolicySyntaxError(`unknown policy element ${key}`);
    }
  }
  const version: unknown = document.Version ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17') throw new PolicySyntaxError('unknown policy version');
  const list: unknown[] = Array.isArray(document.Statement) ? document.Statement : [document.Statement];
  return { version, statements: list.map((statement, index) => parseStatement(statement, index, kind, version)) };
}

function parseStatement(input: unknown, index: number, kind: PolicyKind, version: Policy['version']): Statement {
  const at = `statement ${index}`;
  if (!isRecord(input)) throw new PolicySyntaxError(`${at}: not an object`);
  for (const key of Object.keys(input)) {
    if (!statementKeys.has(key)) throw new PolicySyntaxError(`${at}: unknown element ${key}`);
  }
  const { Sid: sid, Effect: effect } = input;
  if (sid !== undefined && typeof sid !== 'string') throw new PolicySyntaxError(`${at}: Sid is not a string`);
  // Effect values are case-sensitive on AWS; "allow" is refused there and must not be read as Allow here.
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicySyntaxError(`${at}: Effect is not Allow or Deny`);
  const variables = hasVariables(version);
  const action = parseEither(input, 'Action', at, (text) => parseAction(text, at));
  if (action === undefined) throw new PolicySyntaxError(`${at}: no Action`);
  const resource = parseEither(input, 'Resource', at, (text) => parseResourcePattern(text, variables));
  if (resource === undefined && kind === 'identity') throw new PolicySyntaxError(`${at}: no Resource`);
  const principals = parsePrincipals(input, at);
  if (principals === undefined && kind === 'resource') throw new PolicySyntaxError(`${at}: no Principal`);
  if (principals !== undefined && kind === 'identity')
    throw new PolicySyntaxError(`${at}: Principal in an identity policy`);
  if (principals?.negated === true && effect === 'Allow') {
    throw new PolicySyntaxError(`${at}: NotPrincipal with Allow`);
  }
  return {
    index,
    ...(sid === undefined ? {} : { sid }),
    effect,
    actions: action,
    ...(resource === undefined ? {} : { resources: resource }),
    ...(principals === undefined ? {} : { principals }),
    conditions: parseConditions(input['Condition'], variables, at),
  };
}

function parseAction(text: string, at: string): Pattern {
  if (text !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?_-]+$/.test(text)) {
    throw new PolicySyntaxError(`${at}: "${text}" is not an action`);
  }
  return parsePattern(text.toLowerCase(), false);
}

function parseEither<T>(
  statement: Readonly<Record<string, unknown>>,
  name: string,
  at: string,
  parse: (text: string) => T,
): { readonly negated: boolean; readonly patterns: readonly T[]; readonly texts: readonly string[] } | undefined {
  const positive = statement[name];
  const negative = statement[`Not${name}`];
  if (positive !== undefined && negative !== undefined)
    throw new PolicySyntaxError(`${at}: both ${name} and Not${name}`);
  const value = positive ?? negative;
  if (value === undefined) return undefined;
  const texts = parseStrings(value, `${at}: ${name}`);
  // "All but nothing" would be everything; IAM's grammar has no empty list, so none is guessed at.
  if (positive === undefined && texts.length === 0) throw new PolicySyntaxError(`${at}: Not${name} is empty`);
  return { negated: positive === undefined, patterns: texts.map(parse), texts };
}

function parsePrincipals(statement: Readonly<Record<string, unknown>>, at: string): Statement['principals'] {
  const { Principal: positive, NotPrincipal: negative } = statement;
  if (positive !== undefined && negative !== undefined) {
    throw new PolicySyntaxError(`${at}: both Principal and NotPrincipal`);
  }
  const value = positive ?? negative;
  if (value === undefined) return undefined;
  const negated = positive === undefined;
  if (value === '*') return { negated, list: [{ kind: 'any', id: '*' }] };
  if (!isRecord(value)) throw new PolicySyntaxError(`${at}: Principal is neither "*" nor an object`);
  const list = Object.entries(value).flatMap(([kind, ids]) => {
    if (kind !== 'AWS' && kind !== 'Service' && kind !== 'Federated' && kind !== 'CanonicalUser') {
      throw new PolicySyntaxError(`${at}: unknown kind of principal ${kind}`);
    }
    return parseStrings(ids, `${at}: Principal`).map((id): Principal => {
      if (kind === 'AWS' && id === '*') return { kind: 'any', id };
      // IAM takes no partial wildcard in a principal; reading one as a pattern would widen trust.
      if (/[*?]/.test(id)) throw new PolicySyntaxError(`${at}: wildcard inside a principal`);
      return { kind, id };
    });
  });
  return { negated, list };
}

function parseStrings(value: unknown, at: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item !== 'string') throw new PolicySyntaxError(`${at}: not a string`);
    return item;
  });
}
