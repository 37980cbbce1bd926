// What every resource helper must hold, checked alike: both walls say exactly this, each wall alone allows the tenant its own
// and nobody else's, and no control, tag, ACL or grant passes, even on the tenant's own resource.
import { Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { renderSessionPolicy } from '../../../core/index.ts';
import type { SynthErrorName, TenantAccess, TenantStatement } from '../../../lib/index.ts';
import { judgeMutants } from './mutants.ts';
import { addMachineWith, decide, newApp, roleOf, synthesise, type Call } from '../synthesised.ts';

export const walls = ['both', 'session', 'role'] as const;

/** Ids that begin, end or continue like each other, and two of the longest. */
export const tenants = [
  'a',
  'ab',
  'a-b',
  'a.b',
  'b',
  'acme',
  'Acme',
  'acme2',
  'xacme',
  'acme-eu',
  'acme.fifo',
  'w'.repeat(63),
];

/** One access of one helper, and what follows from it. */
export interface Scenario {
  readonly access: (stack: Stack) => TenantAccess;
  /** The statements as they must be, with `{{tenant}}`, in partition aws, us-east-1 and account 111122223333. */
  readonly statements: readonly TenantStatement[];
  /** Calls on what belongs to a tenant: allowed to it, denied to every other. */
  readonly own: (tenant: string) => readonly Call[];
  /** Calls nobody may make, the tenant itself not either. */
  readonly never: (tenant: string) => readonly Call[];
}

/** Calls of many actions on one resource. */
export function each(actions: readonly string[], resource: string, context?: Call['context']): readonly Call[] {
  return actions.map((action) => ({ action, resource, ...(context === undefined ? {} : { context }) }));
}

/** Expects a SynthError of this name; `toThrow` reads it. */
export function refusal(name: SynthErrorName = 'TvmTenantAccessInvalid'): Error {
  return expect.objectContaining({ name }) as Error;
}

/** Runs the checks of every scenario, each over a machine of its own: its synthesis is the proof for all tenants. */
export function describeHelper(helper: string, scenarios: Readonly<Record<string, Scenario>>): void {
  describe.each(Object.entries(scenarios))(`${helper}, %s`, (_, { access, statements, own, never }) => {
    const app = newApp();
    const stack = new Stack(app, 'Test');
    addMachineWith(stack, access(stack));
    const synthesised = synthesise(app);
    const expectEach = (tenant: string, calls: readonly Call[], outcome: string): void => {
      for (const wall of walls) {
        for (const call of calls) {
          expect([wall, call, decide(synthesised, tenant, call, wall)]).toEqual([wall, call, outcome]);
        }
      }
    };

    test('writes exactly these statements into both walls', () => {
      const filled = (tenant: string): unknown => {
        const written = statements.map(({ shared: _reason, ...statement }) => statement);
        return normalise(JSON.parse(JSON.stringify(written).replaceAll('{{tenant}}', tenant)));
      };
      const session = renderSessionPolicy(synthesised.config, 'documents', { tenant: 'acme', subject: 'alice' });
      // The last is the guard that ends every session policy.
      expect(normalise([session.document.Statement].flat().slice(0, -1))).toEqual(filled('acme'));
      const role = roleOf(synthesised.account, synthesised.config.permissionSets['documents']!.roleArn);
      const ceiling = role.policies.flatMap(({ Statement: list }) => list);
      expect(normalise(ceiling)).toEqual(filled('${aws:PrincipalTag/TenantId}'));
    });

    test.skipIf(statements.every(({ shared }) => shared !== undefined))(
      'SEC-PRV-01 is PROVED, and none of its mutants that leaks is',
      () => {
        const judgement = judgeMutants(statements, own, tenants);
        if (process.env['TVM_SHOW_MUTANTS'] !== undefined) console.log('mutants', helper, JSON.stringify(judgement));
        expect(judgement.missed).toEqual([]);
        expect(judgement.caught).toBeGreaterThan(0);
      },
    );

    test.each(tenants)('allows %s its own, behind each wall', (tenant) => {
      expect(own(tenant).length).toBeGreaterThan(0);
      expectEach(tenant, own(tenant), 'allowed');
    });

    test.each(tenants)('denies %s what any other tenant owns, behind each wall', (tenant) => {
      for (const other of tenants) if (other !== tenant) expectEach(tenant, own(other), 'implicitly-denied');
    });

    test.each(never('acme').map((call) => [call.action, call.resource, call] as const))(
      'never allows %s on %s',
      (_action, _resource, call) => {
        expectEach('acme', [call], 'implicitly-denied');
      },
    );
  });
}

/** Lists sorted and lists of one as the one: IAM reads them alike, and CDK writes them so. */
function normalise(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(normalise);
    if (items.every((item) => typeof item === 'string')) return items.length === 1 ? items[0] : items.toSorted();
    return items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, normalise(member)]));
}
