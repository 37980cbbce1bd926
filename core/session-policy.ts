// Step 7: the session policy of one tenant. Values are placed into the parsed statements as escaped literals, the guard is
// added, and the size is checked before STS is asked. Never paste policy text together.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
import { freezeDeeply, parseVendingConfig, type PermissionSet, type VendingConfig } from './config.ts';
import { TvmError } from './errors.ts';
import type { PolicyDocument, PolicyStatement } from './iam/index.ts';
import { sts } from './limits.ts';
import { estimatePackedPercent } from './packed-size.ts';
import { mergeStatements } from './merge-statements.ts';
import { fillStatement, placeholdersOf, type StatementTemplate } from './statement-template.ts';
import { isTenantId, parseTenantId } from './tenant.ts';

/** A rendered session policy. `text` is what goes to STS: minified; empty where the set isolates by tags alone. */
export interface SessionPolicy {
  readonly document: PolicyDocument;
  readonly text: string;
  /** Characters that count against STS's 2,048: the text and the ARNs of managed policies. */
  readonly characters: number;
  /** Ours, from measured examples: STS does not publish how it packs. */
  readonly packedPercentEstimate: number;
}

/** What a rendering is made of. The tenant and the parameters are checked again here, whoever calls. */
export interface PolicyValues {
  readonly tenant: string;
  readonly subject: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Renders the session policy of a permission set for one tenant. Throws `permission-set-denied` (no such set),
 * `tenant-invalid`, `parameter-invalid`, `policy-too-large` (over 2,048 characters). */
export function renderSessionPolicy(config: VendingConfig, permissionSet: string, values: PolicyValues): SessionPolicy {
  const parsed = parseVendingConfig(config);
  const set = findPermissionSet(parsed, permissionSet);
  const tenant = parseTenantId(values.tenant, parsed.tenantId);
  const inline = set.isolation === 'both';
  const document = inline ? renderStatements(set, { ...values, tenant }) : { Version: '2012-10-17', Statement: [] };
  const text = inline ? JSON.stringify(document) : '';
  const characters = (set.managedPolicies ?? []).reduce((sum, { arn }) => sum + arn.length, text.length);
  if (characters > sts.maxPolicyCharacters) {
    throw new TvmError('policy-too-large', {
      detail: `permission set ${permissionSet} renders ${characters} characters, STS takes ${sts.maxPolicyCharacters}`,
    });
  }
  const tags = [{ key: parsed.session.tenantTagKey, value: tenant }];
  return { document, text, characters, packedPercentEstimate: estimatePackedPercent({ characters, tags }) };
}

/** The statements of a set for a tenant that was checked, with the guard: what is sent, before its size is looked at.
 * Throws `parameter-invalid`. */
export function renderStatements(set: PermissionSet, values: PolicyValues): PolicyDocument {
  const { statements, usesSubject, guard } = compile(set);
  const valueOf = placeholderValues(set, usesSubject, values);
  return {
    Version: '2012-10-17',
    Statement: [...statements.map((template) => fillStatement(template, valueOf)), ...guard],
  };
}

/** What is the same in every rendering of a set. */
interface CompiledSet {
  readonly statements: readonly StatementTemplate[];
  readonly usesSubject: boolean;
  readonly guard: readonly PolicyStatement[];
}

const compiled = new WeakMap<PermissionSet, CompiledSet>();

/** Compiled once per set, not per vend: permission sets are frozen. */
function compile(set: PermissionSet): CompiledSet {
  let known = compiled.get(set);
  if (known === undefined) {
    known = {
      statements: mergeStatements(set.statements),
      usesSubject: set.statements.some((statement) => placeholdersOf(statement).has('subject')),
      guard: guardOf(set),
    };
    // Parts of it are in every rendering: whoever got one must not be able to change the next.
    freezeDeeply(known);
    compiled.set(set, known);
  }
  return known;
}

/** A configured permission set by its own name; what is unknown and what is forbidden look the same outside. */
export function findPermissionSet(config: VendingConfig, name: string): PermissionSet {
  const set = Object.hasOwn(config.permissionSets, name) ? config.permissionSets[name] : undefined;
  if (set === undefined)
    throw new TvmError('permission-set-denied', { detail: 'there is no permission set of that name' });
  return set;
}

/** The longest tenant id of the grammar, for sizing: as long as allowed, of one allowed character. */
export function longestTenantId(config: VendingConfig): string {
  const { pattern, maxLength } = config.tenantId;
  if (pattern === 'uuid') return '00000000-0000-0000-0000-000000000000';
  if (pattern === 'ulid') return '0'.repeat(26);
  const letter = pattern === 'default' ? 'w' : [...pattern.characters].find((one) => /[A-Za-z0-9]/.test(one))!;
  return letter.repeat(maxLength);
}

function placeholderValues(
  set: PermissionSet,
  usesSubject: boolean,
  values: PolicyValues,
): (placeholder: string) => string {
  const declared = set.parameters ?? {};
  const given = values.parameters ?? {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name))
      throw new TvmError('parameter-invalid', { detail: 'an undeclared parameter is given' });
  }
  for (const name of Object.keys(declared)) {
    if (!Object.hasOwn(given, name) || !isTenantId(given[name])) {
      throw new TvmError('parameter-invalid', { detail: `parameter ${name} is missing or outside the grammar` });
    }
  }
  if (usesSubject && !isPolicySubject(values.subject)) {
    throw new TvmError('parameter-invalid', { detail: 'the subject holds characters that no policy may carry' });
  }
  return (placeholder) => {
    if (placeholder === 'tenant') return values.tenant;
    if (placeholder === 'subject') return values.subject;
    return given[placeholder]!;
  };
}

/** A subject enters policies exactly or not at all: path steps and what STS cannot carry are refused. */
function isPolicySubject(subject: string): boolean {
  return /^[\u0020-\u007e]+$/.test(subject) && !/[/\\]/.test(subject) && !subject.includes('..');
}

const assumeRoleActions = ['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity'];

/** The Deny that ends every session policy: a vended session that could assume roles, retag itself or edit IAM would leave
 * its session policy behind. `sts:AssumeRole*` is spelled out only where a set exempts one of its actions. */
function guardOf(set: PermissionSet): readonly PolicyStatement[] {
  const exempt = new Set((set.allowDespiteGuard ?? []).map((action) => action.toLowerCase()));
  const kept = (actions: readonly string[]): readonly string[] =>
    actions.filter((action) => !exempt.has(action.toLowerCase()));
  const assumeRole = kept(assumeRoleActions);
  const actions = [
    ...(assumeRole.length === assumeRoleActions.length ? ['sts:AssumeRole*'] : assumeRole),
    ...kept(['sts:GetFederationToken', 'sts:TagSession']),
    // IAM patterns cannot say "all but one", so an exempt iam action lifts the guard of iam as a whole.
    ...([...exempt].some((action) => action.startsWith('iam:')) ? [] : ['iam:*']),
  ];
  return actions.length === 0 ? [] : [{ Effect: 'Deny', Action: actions, Resource: '*' }];
}
