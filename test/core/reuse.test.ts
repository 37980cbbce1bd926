// When kept credentials may be handed out again: P6, and the lifetime rules.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VendingConfig } from '../../core/config.ts';
import type { Grant } from '../../core/grant.ts';
import {
  checkMadeFor,
  isDueForRenewal,
  isReusable,
  isWorthKeeping,
  reuseKey,
  type MadeCredentials,
} from '../../core/reuse.ts';
import { buildAssumeRoleInput } from '../../core/session.ts';
import { renderSessionPolicy } from '../../core/session-policy.ts';
import type { TenantId } from '../../core/tenant.ts';
import { assumedRoleFor, codeOf, configWith, issuerInput, now, permissionSetInput, sha256 } from './fixtures.ts';

const scoped = {
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::docs/tenants/{{tenant}}/{{project}}/*',
};
const config: VendingConfig = configWith({
  issuers: [
    issuerInput({ tenants: 'any' }),
    issuerInput({ name: 'second', issuer: 'https://second.example/', tenants: 'any' }),
  ],
  permissionSets: {
    documents: permissionSetInput({ statements: [scoped], parameters: { project: { from: 'request' } } }),
    pooled: permissionSetInput({
      statements: [scoped],
      parameters: { project: { from: 'request' } },
      sessionName: 'tenant',
    }),
  },
  defaultPermissionSet: 'documents',
});

function grantOf(over: Partial<Grant> = {}): Grant {
  const permissionSetName = over.permissionSetName ?? 'documents';
  return {
    tenant: 'acme' as TenantId,
    subject: 'alice',
    issuer: config.issuers[0]!,
    permissionSetName,
    permissionSet: config.permissionSets[permissionSetName]!,
    durationSeconds: 3600,
    askedSeconds: 3600,
    parameters: { project: 'p' },
    tags: {},
    ...over,
  };
}

/** What STS would be asked. */
function callOf(grant: Grant): string {
  const policy = renderSessionPolicy(config, grant.permissionSetName, grant);
  return JSON.stringify(buildAssumeRoleInput(config, grant, policy, sha256));
}

function madeFor(grant: Grant, secondsLeft: number): MadeCredentials {
  const policy = renderSessionPolicy(config, grant.permissionSetName, grant);
  const input = buildAssumeRoleInput(config, grant, policy, sha256);
  const role = assumedRoleFor(input, { expiration: now + secondsLeft });
  return { input, policyText: policy.text, role, madeAt: now };
}

const id = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,6}[A-Za-z0-9])?$/).filter((text) => !text.includes('..'));
const grants: fc.Arbitrary<Grant> = fc
  .record({
    tenant: id,
    subject: fc.oneof(id, fc.constantFrom('a","b', 'a\\', '[', 'null', '{{tenant}}')),
    issuer: fc.nat({ max: 1 }),
    set: fc.constantFrom('documents', 'pooled'),
    seconds: fc.constantFrom(1900, 3600),
    project: id,
    tags: fc.dictionary(fc.constantFrom('Plan', 'Team', '__proto__'), id, { maxKeys: 2 }),
  })
  .map(({ tenant, subject, issuer, set, seconds, project, tags }) =>
    grantOf({
      tenant: tenant as TenantId,
      subject,
      issuer: config.issuers[issuer]!,
      permissionSetName: set,
      durationSeconds: seconds,
      askedSeconds: seconds,
      parameters: { project },
      tags,
    }),
  );

describe('the key', () => {
  it('P6 is equal only where STS would be asked the very same', () => {
    let equal = 0;
    fc.assert(
      fc.property(grants, grants, fc.constantFrom('all', 'subject', 'parameters'), (one, other, difference) => {
        // Most pairs differ in one thing only, or would never be equal.
        const second = difference === 'all' ? other : { ...one, [difference]: other[difference] };
        if (reuseKey(one) !== reuseKey(second)) return;
        equal += 1;
        expect(callOf(second)).toBe(callOf(one));
      }),
      { numRuns: 5_000 },
    );
    expect(equal).toBeGreaterThan(100);
  });

  it.each<[string, Partial<Grant>]>([
    ['tenant', { tenant: 'globex' as TenantId }],
    ['subject', { subject: 'bob' }],
    ['issuer', { issuer: config.issuers[1]! }],
    ['permission set', { permissionSetName: 'pooled' }],
    ['duration', { askedSeconds: 1900 }],
    ['parameter', { parameters: { project: 'q' } }],
    ['tag', { tags: { Plan: 'gold' } }],
    ['value on the other side of a border', { tenant: 'acme-alice' as TenantId, subject: '' }],
  ])('P6 differs with the %s', (_, over) => {
    expect(reuseKey(grantOf(over))).not.toBe(reuseKey(grantOf()));
  });

  it('is one for all users of a set that shares its sessions, and for no two tenants of it', () => {
    const pooled = (over: Partial<Grant>): string => reuseKey(grantOf({ permissionSetName: 'pooled', ...over }));
    expect(pooled({ subject: 'bob' })).toBe(pooled({ subject: 'alice' }));
    expect(pooled({ tenant: 'globex' as TenantId })).not.toBe(pooled({}));
  });

  it('does not know the cap, which is judged for each token', () => {
    expect(reuseKey(grantOf({ durationSeconds: 2_000, notAfter: now + 2_000 }))).toBe(reuseKey(grantOf()));
  });
});

describe('the lifetime rules', () => {
  it.each([
    [3_600, true],
    [1_800, true],
    [1_799, false],
    [0, false],
    [-1, false],
    [NaN, false],
  ])('SEC-CACHE-04 credentials with %s s left: reusable %s', (left, expected) => {
    expect(isReusable(madeFor(grantOf(), left), grantOf(), now)).toBe(expected);
  });

  it.each([
    [3_000, true],
    [3_001, false],
  ])('under the cap, with the token ending in 3,000 s, credentials of %i s: reusable %s', (left, expected) => {
    expect(isReusable(madeFor(grantOf(), left), grantOf({ notAfter: now + 3_000 }), now)).toBe(expected);
  });

  it('renews in the last five minutes before that', () => {
    expect(isDueForRenewal(madeFor(grantOf(), 2_100), now)).toBe(false);
    expect(isDueForRenewal(madeFor(grantOf(), 2_099), now)).toBe(true);
  });

  it('keeps nothing that could never be handed out', () => {
    expect(isWorthKeeping(grantOf({ durationSeconds: 1_800 }))).toBe(false);
    expect(isWorthKeeping(grantOf({ durationSeconds: 1_801 }))).toBe(true);
  });
});

describe('the last wall', () => {
  it.each<[string, Partial<Grant>]>([
    ['tenant', { tenant: 'globex' as TenantId }],
    ['role', { permissionSet: { ...config.permissionSets['documents']!, roleArn: 'arn:aws:iam::1:role/other' } }],
  ])('refuses kept credentials of another %s, whatever the cache thinks', (_, over) => {
    expect(codeOf(() => checkMadeFor(madeFor(grantOf(), 3_600), grantOf(over)))).toBe('internal');
    expect(() => checkMadeFor(madeFor(grantOf(), 3_600), grantOf())).not.toThrow();
  });
});
