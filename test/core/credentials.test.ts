import { describe, expect, it } from 'vitest';
import { checkAssumedRole, refreshAfter, renderCredentialsDocument, type Vended } from '../../core/credentials.ts';
import type { Grant } from '../../core/grant.ts';
import { buildAssumeRoleInput } from '../../core/session.ts';
import { renderSessionPolicy } from '../../core/session-policy.ts';
import type { TenantId } from '../../core/tenant.ts';
import { assumedRoleFor, codeOf, configWith, now, roleArn, secrets, sha256, type Json } from './fixtures.ts';

function vendedWith(over: Partial<Grant> = {}, role: Partial<Vended['role']> = {}): Vended {
  const config = configWith();
  const grant: Grant = {
    tenant: 'acme' as TenantId,
    subject: 'alice',
    issuer: config.issuers[0]!,
    permissionSetName: 'documents',
    permissionSet: config.permissionSets['documents']!,
    durationSeconds: 3600,
    askedSeconds: 3600,
    parameters: {},
    tags: {},
    ...over,
  };
  const input = buildAssumeRoleInput(config, grant, renderSessionPolicy(config, 'documents', grant), sha256);
  return { grant, input, role: assumedRoleFor(input, role), madeAt: now };
}
const render = (vended: Vended, slim = false): Json =>
  JSON.parse(renderCredentialsDocument(vended, 'request-1', { slim })) as Json;

describe('the credentials document', () => {
  it('has exactly the members of the contract', () => {
    expect(render(vendedWith())).toEqual({
      Version: 1,
      AccessKeyId: 'ASIAEXAMPLE000000001',
      SecretAccessKey: secrets.secretAccessKey,
      SessionToken: secrets.sessionToken,
      Token: secrets.sessionToken,
      Expiration: '2026-11-21T23:04:05Z',
      RefreshAfter: '2026-11-21T22:49:05Z',
      AccountId: '111122223333',
      RoleArn: roleArn,
      AssumedRoleArn: 'arn:aws:sts::111122223333:assumed-role/tvm-documents/acme@alice',
      Tenant: 'acme',
      Subject: 'alice',
      PermissionSet: 'documents',
      SourceIdentity: 'alice',
      PackedPolicySize: 12,
      RequestId: 'request-1',
    });
  });

  it('never has a Code, which SDKs would read as an error', () => {
    expect(Object.keys(render(vendedWith())).map((name) => name.toLowerCase())).not.toContain('code');
  });

  it('keeps both token names where it fits, and leaves SessionToken out over 9,500 bytes, never Token', () => {
    const base = renderCredentialsDocument(vendedWith({}, { sessionToken: '' }), 'request-1', { slim: true }).length;
    const fits = 'x'.repeat((9500 - base) / 2);
    const big = `${fits}xx`;
    expect(render(vendedWith({}, { sessionToken: fits }), true)).toMatchObject({ Token: fits, SessionToken: fits });
    const slim = render(vendedWith({}, { sessionToken: big }), true);
    expect(slim).toMatchObject({ Token: big });
    expect(slim).not.toHaveProperty('SessionToken');
    expect(render(vendedWith({}, { sessionToken: big }))).toHaveProperty('SessionToken');
  });

  it('measures bytes, not characters', () => {
    const vended = vendedWith({ subject: '日'.repeat(2000) }, { sessionToken: 'x'.repeat(2000) });
    expect(renderCredentialsDocument(vended, 'r', { slim: false }).length).toBeLessThan(9500);
    expect(render(vended, true)).not.toHaveProperty('SessionToken');
    expect(render(vended, true)).toHaveProperty('Token');
  });
});

describe('RefreshAfter', () => {
  it.each([
    [3600, 2700],
    [3599, 2699],
    [1800, 1350],
    [1260, 945],
    [900, 675],
  ])('of %d seconds of life is after %d', (lifetime, after) => {
    expect(refreshAfter(now + lifetime, now)).toBe(now + after);
  });

  it('lies before the end, in whole seconds', () => {
    for (let lifetime = 1; lifetime <= 3600; lifetime += 7) {
      const refresh = refreshAfter(now + lifetime, now + 0.5);
      expect(Number.isInteger(refresh)).toBe(true);
      expect(refresh).toBeLessThanOrEqual(now + lifetime);
    }
  });
});

describe('an answer of STS', () => {
  const { input } = vendedWith();

  it('is taken for the session we asked for', () => {
    expect(() => checkAssumedRole(assumedRoleFor(input), input, now)).not.toThrow();
  });

  it.each([
    ['another session', { assumedRoleArn: 'arn:aws:sts::111122223333:assumed-role/tvm-documents/globex@gina' }],
    [
      'a session that only ends so',
      { assumedRoleArn: 'arn:aws:sts::111122223333:assumed-role/tvm-documents/xacme@alice' },
    ],
    ['no ARN', { assumedRoleArn: '' }],
    ['credentials that ended', { expiration: now - 1 }],
    ['credentials that end now', { expiration: now }],
    ['no expiration', { expiration: Number.NaN }],
  ])('is refused with %s', (_, over) => {
    expect(codeOf(() => checkAssumedRole(assumedRoleFor(input, over), input, now))).toBe('upstream-invalid');
  });
});
