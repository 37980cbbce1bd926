// The isolation proof of a configuration: for ALL tenants a and b, no request is allowed to both. Every Allow of every permission
// set is held against every other one and itself; what cannot be concluded is UNPROVEN and never PROVED.
import { parseVendingConfig, type PermissionSet, type VendingConfig } from './config.ts';
import { evaluate, type PolicyDocument, type PolicyStatement } from './iam/index.ts';
import { buildCandidate, comparePair, sharesAction, standIn, toProvable, type ProvableStatement } from './isolation.ts';
import { renderStatements } from './session-policy.ts';
import { placeInStatement } from './statement-template.ts';
import { isTenantId } from './tenant.ts';

export type Verdict = 'PROVED' | 'LEAK' | 'UNPROVEN';
export type Wall = 'session' | 'role';

/** A counterexample, confirmed by the evaluator: the request is allowed to both tenants. */
export interface Witness {
  readonly tenants: readonly [string, string];
  readonly request: {
    readonly action: string;
    readonly resource: string;
    readonly context?: Readonly<Record<string, string | readonly string[]>>;
  };
}

/** What is said of one action of one statement behind one wall. */
export interface Finding {
  /** `Sid`, or where the statement stands: `statements/0`, `managedPolicies/0/Statement/1`, `role/0/Statement/2`. */
  readonly statement: string;
  readonly action: string;
  readonly wall: Wall;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly witness?: Witness;
}

export interface Proof {
  readonly verdict: Verdict;
  readonly permissionSets: readonly {
    readonly name: string;
    readonly verdict: Verdict;
    readonly findings: readonly Finding[];
  }[];
}

/** Policies of the tenant access roles, by ARN. */
export interface ProveOptions {
  readonly roles?: Readonly<Record<string, readonly PolicyDocument[]>>;
}

/** An Allow of one permission set behind one wall. */
interface Subject {
  readonly set: string;
  readonly label: string;
  readonly shared: boolean;
  readonly provable: ProvableStatement;
}

/** Proves every permission set. Without `roles`, wall two is not looked at, and sets that isolate by tags alone are UNPROVEN.
 * Throws `misconfigured` where the configuration is none. */
export function prove(config: VendingConfig, options: ProveOptions = {}): Proof {
  const parsed = parseVendingConfig(config);
  const walls: readonly Wall[] = options.roles === undefined ? ['session'] : ['session', 'role'];
  const findings = walls.flatMap((wall) => proveWall(parsed, options, wall));
  const permissionSets = Object.keys(parsed.permissionSets).map((name) => {
    const own = [
      ...findings.filter((finding) => finding.set === name).map(({ set: _, ...finding }) => finding),
      ...missing(parsed, name, options),
    ];
    return { name, verdict: worst(own.map(({ verdict }) => verdict)), findings: own };
  });
  return { verdict: worst(permissionSets.map(({ verdict }) => verdict)), permissionSets };
}

function worst(verdicts: readonly Verdict[]): Verdict {
  return (['LEAK', 'UNPROVEN'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'PROVED';
}

/** What could not even be looked at. */
function missing(config: VendingConfig, name: string, { roles }: ProveOptions): readonly Finding[] {
  const { roleArn, isolation } = config.permissionSets[name]!;
  if (roles !== undefined ? Object.hasOwn(roles, roleArn) : isolation === 'both') return [];
  const reason =
    isolation === 'tags'
      ? "it isolates by tags alone, and the role's policy is not given"
      : "the role's policy is not given";
  return [{ statement: 'role', action: '*', wall: 'role', verdict: 'UNPROVEN', reason }];
}

function proveWall(
  config: VendingConfig,
  options: ProveOptions,
  wall: Wall,
): readonly (Finding & { readonly set: string })[] {
  const all = Object.keys(config.permissionSets).flatMap((name) => subjectsOf(config, name, options, wall));
  const compare = rememberPairs();
  return all
    .filter(({ set }) => isBehind(config.permissionSets[set]!, wall))
    .flatMap((subject) => {
      const { provable } = subject;
      if (provable.unprovable !== undefined) {
        const actions = provable.actions.length > 0 ? provable.actions.map(({ text }) => text) : ['*'];
        return actions.map((action) =>
          toFinding(subject, action, wall, { verdict: 'UNPROVEN', reason: provable.unprovable! }),
        );
      }
      return provable.actions.map((action) =>
        toFinding(subject, action.text, wall, proveAction(config, options, wall, subject, action, all, compare)),
      );
    });
}

/** Pairs are compared once, whatever the number of their actions. */
function rememberPairs(): typeof comparePair {
  const known = new Map<ProvableStatement, Map<ProvableStatement, ReturnType<typeof comparePair>>>();
  return (left, right, mode) => {
    const ofLeft = known.get(left) ?? new Map<ProvableStatement, ReturnType<typeof comparePair>>();
    known.set(left, ofLeft);
    const result = ofLeft.get(right) ?? comparePair(left, right, mode);
    ofLeft.set(right, result);
    return result;
  };
}

function isBehind({ isolation }: PermissionSet, wall: Wall): boolean {
  return wall === 'role' || isolation === 'both';
}

interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly witness?: Witness;
}

function toFinding(
  { set, label }: Subject,
  action: string,
  wall: Wall,
  judgement: Judgement,
): Finding & { readonly set: string } {
  return { set, statement: label, action, wall, ...judgement };
}

function proveAction(
  config: VendingConfig,
  options: ProveOptions,
  wall: Wall,
  subject: Subject,
  action: ProvableStatement['actions'][number],
  all: readonly Subject[],
  compare: typeof comparePair,
): Judgement {
  let unproven: Judgement | undefined;
  for (const other of all) {
    // Shared statements may allow one request to all tenants; that is what they are for.
    if (subject.shared && other.shared) continue;
    const otherActions =
      other.provable.unprovable === undefined ? other.provable.actions.filter((one) => sharesAction(action, one)) : [];
    if (otherActions.length === 0) continue;
    const result = compare(subject.provable, other.provable, subject.shared === other.shared ? 'distinct' : 'any');
    if (result.isolated) continue;
    for (const otherAction of otherActions) {
      const pairs = candidatePairs(config, result.suspicion);
      const witness = pairs
        .map((tenants) => toWitness(subject, other, action, otherAction, tenants))
        .find((candidate) => candidate !== undefined && isConfirmed(config, options, wall, subject, other, candidate));
      if (witness !== undefined) return { verdict: 'LEAK', reason: describeLeak(witness, subject, other), witness };
      const why = result.reason ?? 'no pair of tenants was found that the evaluator lets share a request';
      unproven ??= { verdict: 'UNPROVEN', reason: `not isolated from ${nameOf(other, subject)}: ${why}` };
    }
  }
  return unproven ?? { verdict: 'PROVED', reason: 'no request is allowed to two tenants' };
}

/** Tenant ids that the search suspects, the other way round too, and pairs that begin or end alike. */
function candidatePairs(
  config: VendingConfig,
  suspicion: readonly (readonly [string, string])[],
): readonly (readonly [string, string])[] {
  const stems = [
    'a',
    'b',
    'ab',
    'a-b',
    'a.b',
    'a-a',
    'aa',
    'acme',
    'acme2',
    ...uuidLike,
    'A'.repeat(26),
    'B'.repeat(26),
  ];
  const named = suspicion.flatMap(([a, b]) => [a, b]).filter((id) => id !== '');
  const ids = [...new Set([...named, ...lengthen(config, named), ...stems])].filter((id) =>
    isTenantId(id, config.tenantId),
  );
  const suspected = suspicion.filter(
    ([a, b]) => a !== b && isTenantId(a, config.tenantId) && isTenantId(b, config.tenantId),
  );
  const others = ids.slice(0, 12).flatMap((a) =>
    ids
      .slice(0, 12)
      .filter((b) => b !== a)
      .map((b) => [a, b] as const),
  );
  return [...suspected, ...others];
}

const uuidLike = ['00000000-0000-4000-8000-000000000000', '11111111-1111-4111-8111-111111111111'];

/** Ids of at least the minimum length that begin and end as the suspects do. */
function lengthen(config: VendingConfig, ids: readonly string[]): readonly string[] {
  const { minLength, pattern } = config.tenantId;
  const letters =
    typeof pattern === 'string'
      ? ['a', 'b']
      : [...pattern.characters].filter((one) => /[A-Za-z0-9]/.test(one)).slice(0, 2);
  const plain = letters.flatMap((letter) => [letter.repeat(minLength), letter.repeat(minLength + 1)]);
  return [...plain, ...ids.flatMap((id) => letters.map((letter) => id.padEnd(minLength, letter)))];
}

function toWitness(
  left: Subject,
  right: Subject,
  leftAction: ProvableStatement['actions'][number],
  rightAction: ProvableStatement['actions'][number],
  tenants: readonly [string, string],
): Witness | undefined {
  const candidate = buildCandidate(left.provable, right.provable, [leftAction, rightAction], tenants);
  if (candidate === undefined) return undefined;
  const { context, ...request } = candidate;
  return { tenants, request: Object.keys(context).length === 0 ? request : { ...request, context } };
}

/** The evaluator's word on both tenants, with everything the sets would send: their Deny statements too. */
function isConfirmed(
  config: VendingConfig,
  options: ProveOptions,
  wall: Wall,
  left: Subject,
  right: Subject,
  witness: Witness,
): boolean {
  return [left.set, right.set].every((set, index) =>
    isAllowed(config, options, wall, set, witness.tenants[index]!, witness),
  );
}

function isAllowed(
  config: VendingConfig,
  options: ProveOptions,
  wall: Wall,
  set: string,
  tenant: string,
  { request }: Witness,
): boolean {
  const { roleArn, isolation } = config.permissionSets[set]!;
  const role = options.roles !== undefined && Object.hasOwn(options.roles, roleArn) ? options.roles[roleArn]! : [];
  const byRole = wall === 'role' || isolation === 'tags';
  const decision = evaluate({
    policies: byRole ? { role } : { role: [everything], session: sessionDocuments(config, set, tenant) },
    principal: {
      arn: roleArn,
      sessionArn: `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${tenant}`,
      accountId: roleArn.split(':')[4]!,
      tags: { [config.session.tenantTagKey]: tenant },
    },
    request,
  });
  return decision.outcome === 'allowed';
}

const everything: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

function sessionDocuments(config: VendingConfig, name: string, tenant: string): readonly PolicyDocument[] {
  const set = config.permissionSets[name]!;
  const parameters = Object.fromEntries(Object.keys(set.parameters ?? {}).map((parameter) => [parameter, standIn]));
  return [
    renderStatements(set, { tenant, subject: standIn, parameters }),
    ...(set.managedPolicies ?? []).map(({ document }) => document),
  ];
}

function subjectsOf(config: VendingConfig, name: string, options: ProveOptions, wall: Wall): readonly Subject[] {
  const set = config.permissionSets[name]!;
  const roleDocuments =
    options.roles !== undefined && Object.hasOwn(options.roles, set.roleArn) ? options.roles[set.roleArn]! : [];
  if (!isBehind(set, wall) || wall === 'role') {
    // A role's policy cannot say "shared"; what a shared template says word for word is meant by it.
    const shared = new Set(
      set.statements
        .filter((template) => template.shared !== undefined)
        .map((template) => fingerprint(onTag(template, config))),
    );
    return fromDocuments(config, name, roleDocuments, 'role', (statement) => shared.has(fingerprint(statement)));
  }
  const templates = set.statements.flatMap((template, index): readonly Subject[] => {
    if (template.Effect !== 'Allow') return [];
    const statement = placeInStatement(template, (placeholder) => `{{${placeholder}}}`);
    const label = template.Sid ?? `statements/${index}`;
    return [{ set: name, label, shared: template.shared !== undefined, provable: toProvable(statement, config) }];
  });
  const managed = (set.managedPolicies ?? []).map(({ document }) => document);
  return [...templates, ...fromDocuments(config, name, managed, 'managedPolicies', () => false)];
}

function fromDocuments(
  config: VendingConfig,
  set: string,
  documents: readonly PolicyDocument[],
  place: string,
  isShared: (statement: PolicyStatement) => boolean,
): readonly Subject[] {
  return documents.flatMap((document, position) =>
    toStatements(document).flatMap((statement, index): readonly Subject[] => {
      if (statement.Effect !== 'Allow') return [];
      const label = statement.Sid ?? `${place}/${position}/Statement/${index}`;
      return [
        {
          set,
          label,
          shared: isShared(statement),
          provable: toProvable(statement, config, document.Version === '2012-10-17'),
        },
      ];
    }),
  );
}

function toStatements({ Statement: statements }: PolicyDocument): readonly PolicyStatement[] {
  return Array.isArray(statements) ? (statements as readonly PolicyStatement[]) : [statements as PolicyStatement];
}

function onTag(template: PermissionSet['statements'][number], config: VendingConfig): PolicyStatement {
  return placeInStatement(template, (placeholder) =>
    placeholder === 'tenant' ? `\${aws:PrincipalTag/${config.session.tenantTagKey}}` : '*',
  );
}

/** What a statement says, whatever its Sid and however its lists are written. */
function fingerprint({ Sid: _, ...statement }: PolicyStatement): string {
  const normalise = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.length === 1 ? normalise(value[0]) : value.map(normalise).map(String).sort();
    if (typeof value !== 'object' || value === null) return value;
    return Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, normalise(member)]);
  };
  return JSON.stringify(normalise(statement));
}

function nameOf(other: Subject, subject: Subject): string {
  if (other === subject) return 'itself for another tenant';
  return other.set === subject.set
    ? `statement ${other.label}`
    : `statement ${other.label} of permission set ${other.set}`;
}

/** The witness in words. */
function describeLeak({ tenants: [a, b], request }: Witness, subject: Subject, other: Subject): string {
  return `tenant \`${a}\` and tenant \`${b}\` could both use ${request.action} on \`${request.resource}\` (by ${subject.label} and ${nameOf(other, subject)})`;
}
