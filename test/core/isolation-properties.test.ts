// P1 and P2 for random templates: what the prover calls PROVED is asked of the evaluator, for pairs of tenants that resemble
// each other and requests made out of their own ids; what it calls LEAK must really let both in.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, prove, type PolicyDocument, type Proof, type VendingConfig } from '../../core/index.ts';
import { renderStatements } from '../../core/session-policy.ts';
import { configWith, permissionSetInput, roleArn } from './fixtures.ts';

const ids = ['a', 'b', 'ab', 'a-b', 'a.b', 'b-a', 'aa', 'a1'] as const;
const allowAll: PolicyDocument = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

/** The key part of a resource: what stands after the bucket. */
const keyTemplate = fc
  .array(fc.constantFrom('a', 'b', '-', '/', '#', '*', '?', '{{tenant}}', '{{tenant}}/', '/{{tenant}}/'), {
    minLength: 1,
    maxLength: 5,
  })
  .map((pieces) => pieces.join(''));

/** A key that a template of this tenant may match: stars and question marks become pieces of other ids. */
const keyOf = (template: string, tenant: string, fillings: readonly string[]): string => {
  let next = 0;
  return template
    .replaceAll('{{tenant}}', tenant)
    .replace(/[*?]/g, (sign) =>
      sign === '?' ? (fillings[next++ % fillings.length]![0] ?? 'a') : fillings[next++ % fillings.length]!,
    );
};
const fillings = fc.array(fc.constantFrom('', 'a', '/', '-', 'b', 'a/', '/b', 'b/', '-b', 'ab', '#', '.b', '1'), {
  minLength: 3,
  maxLength: 6,
});

const statementOf = (key: string): object => ({
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::bucket/${key}`,
});
const configOf = (keys: readonly string[]): VendingConfig =>
  configWith({ permissionSets: { documents: permissionSetInput({ statements: keys.map(statementOf) }) } });
const roleOf = (keys: readonly string[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: keys.map((key) => statementOf(key.replaceAll('{{tenant}}', '${aws:PrincipalTag/TenantId}'))) as never,
});

type Wall = 'session' | 'role';
function verdictOf({ permissionSets }: Proof, wall: Wall): 'PROVED' | 'LEAK' | 'UNPROVEN' {
  const verdicts = permissionSets
    .flatMap(({ findings }) => findings.filter((finding) => finding.wall === wall))
    .map(({ verdict }) => verdict);
  if (verdicts.includes('LEAK')) return 'LEAK';
  return verdicts.includes('UNPROVEN') ? 'UNPROVEN' : 'PROVED';
}

/** Whether a tenant may make the request behind one wall alone. */
function allowed(config: VendingConfig, role: PolicyDocument, wall: Wall, tenant: string, resource: string): boolean {
  const policies =
    wall === 'role'
      ? { role: [role] }
      : {
          role: [allowAll],
          session: [renderStatements(config.permissionSets['documents']!, { tenant, subject: 'alice' })],
        };
  const principal = { arn: roleArn, sessionArn: `${roleArn}/s`, accountId: '111122223333', tags: { TenantId: tenant } };
  return evaluate({ policies, principal, request: { action: 's3:GetObject', resource } }).outcome === 'allowed';
}

describe.each([
  ['P1', 'session'],
  ['P2', 'role'],
] as const)('%s behind the %s wall', (id, wall) => {
  it(`${id}: no request is allowed to two tenants where the template is PROVED, and some is where it is a LEAK`, () => {
    const seen = { PROVED: 0, LEAK: 0, UNPROVEN: 0, requests: 0 };
    fc.assert(
      fc.property(
        fc.array(keyTemplate, { minLength: 1, maxLength: 2 }),
        fc.array(fillings, { minLength: 4, maxLength: 4 }),
        (keys, many) => {
          const config = configOf(keys);
          const role = roleOf(keys);
          const proof = prove(config, { roles: { [roleArn]: [role] } });
          const verdict = verdictOf(proof, wall);
          seen[verdict] += 1;
          const may = (tenant: string, resource: string): boolean => allowed(config, role, wall, tenant, resource);
          if (verdict === 'LEAK') {
            const { witness } = proof.permissionSets[0]!.findings.find(
              (one) => one.wall === wall && one.verdict === 'LEAK',
            )!;
            const [a, b] = witness!.tenants;
            expect(a).not.toBe(b);
            expect([may(a, witness!.request.resource), may(b, witness!.request.resource)]).toEqual([true, true]);
          }
          if (verdict !== 'PROVED') return;
          for (const owner of ids) {
            for (const key of keys.flatMap((template) => many.map((filling) => keyOf(template, owner, filling)))) {
              const resource = `arn:aws:s3:::bucket/${key}`;
              if (!may(owner, resource)) continue;
              seen.requests += 1;
              expect(ids.filter((tenant) => may(tenant, resource))).toEqual([owner]);
            }
          }
        },
      ),
      { numRuns: 250, seed: 20261121 },
    );
    expect(Math.min(seen.PROVED, seen.LEAK)).toBeGreaterThan(20);
    expect(seen.requests).toBeGreaterThan(500);
  });
});
