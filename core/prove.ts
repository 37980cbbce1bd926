// The isolation proof of a configuration: for ALL tenants a and b, no request is allowed to both. Every Allow of every permission
// set is held against every other one and itself; what cannot be concluded is UNPROVEN and never PROVED.
import { parseVendingConfig, type VendingConfig } from './config.ts';
import { comparePair, sharesAction, type ProvableStatement } from './isolation.ts';
import { isBehind, subjectsOf, type ProveOptions, type Subject, type Wall } from './proof-subjects.ts';
import { findWitness, type Witness } from './witness.ts';

export type Verdict = 'PROVED' | 'LEAK' | 'UNPROVEN';
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
      const witness = findWitness(config, options, wall, [subject, other], [action, otherAction], result.suspicion);
      if (witness !== undefined) return { verdict: 'LEAK', reason: describeLeak(witness, subject, other), witness };
      const why = result.reason ?? 'no pair of tenants was found that the evaluator lets share a request';
      unproven ??= { verdict: 'UNPROVEN', reason: `not isolated from ${nameOf(other, subject)}: ${why}` };
    }
  }
  return unproven ?? { verdict: 'PROVED', reason: 'no request is allowed to two tenants' };
}

function nameOf(other: Subject, subject: Subject): string {
  if (other === subject) return 'itself for another tenant';
  return other.set === subject.set
    ? `statement ${other.label}`
    : `statement ${other.label} of permission set ${other.set}`;
}

/** The witness in words. The longer id is the owner's: the other one reaches what only begins or ends like its own. */
function describeLeak({ tenants, request }: Witness, subject: Subject, other: Subject): string {
  const [intruder, owner] = tenants[0].length <= tenants[1].length ? tenants : [tenants[1], tenants[0]];
  const context = request.context === undefined ? '' : ` with ${JSON.stringify(request.context)}`;
  const statements = other === subject ? `by ${subject.label}` : `by ${subject.label} and ${nameOf(other, subject)}`;
  return `tenant \`${intruder}\` could use ${request.action} on \`${request.resource}\`${context} of tenant \`${owner}\` (${statements})`;
}
