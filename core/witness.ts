// Witnesses: for a pair of statements under suspicion, two tenants and one request that the evaluator allows to both.
import type { VendingConfig } from './config.ts';
import { principalOf } from './explanation.ts';
import { evaluate, type PolicyDocument } from './iam/index.ts';
import { buildCandidate, standIn, type ProvableStatement, type Suspicion } from './isolation.ts';
import type { ProveOptions, Subject, Wall } from './proof-subjects.ts';
import { renderStatements } from './session-policy.ts';
import { isTenantId } from './tenant.ts';

/** A counterexample, confirmed by the evaluator: the request is allowed to both tenants. */
export interface Witness {
  readonly tenants: readonly [string, string];
  readonly request: {
    readonly action: string;
    readonly resource: string;
    readonly context?: Readonly<Record<string, string | readonly string[]>>;
  };
}

type Action = ProvableStatement['actions'][number];

/** A confirmed witness, or undefined where none of the suspected tenants gives one. */
export function findWitness(
  config: VendingConfig,
  options: ProveOptions,
  wall: Wall,
  subjects: readonly [Subject, Subject],
  actions: readonly [Action, Action],
  suspicion: Suspicion,
): Witness | undefined {
  for (const tenants of candidatePairs(config, suspicion)) {
    const witness = toWitness(...subjects, ...actions, tenants);
    if (witness !== undefined && isConfirmed(config, options, wall, ...subjects, witness)) return witness;
  }
  return undefined;
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
    principal: principalOf(roleArn, tenant, { [config.session.tenantTagKey]: tenant }),
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
