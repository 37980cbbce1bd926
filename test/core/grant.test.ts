import { describe, expect, it } from 'vitest';
import type { VendingConfig } from '../../core/config.ts';
import { decideGrant, entitledPermissionSets, type Grant } from '../../core/grant.ts';
import type { VendRequest } from '../../core/request.ts';
import { parseTenantId } from '../../core/tenant.ts';
import { claimsWith, codeOf, configWith, issuerInput, now, permissionSetInput, type Json } from './fixtures.ts';

const tenant = parseTenantId('acme');
function decide(options: { config?: VendingConfig; claims?: Json; request?: VendRequest; at?: number } = {}): Grant {
  const { config = configWith(), claims = {}, request = {}, at = now } = options;
  return decideGrant(config, claimsWith(claims), tenant, request, at);
}
const withSet = (over: Json): VendingConfig => configWith({ permissionSets: { documents: permissionSetInput(over) } });
const withSession = (session: Json): VendingConfig => configWith({ session });

describe('a grant', () => {
  it('says who, what and how long', () => {
    const config = configWith();
    expect(decide({ config })).toEqual({
      tenant: 'acme',
      subject: 'alice',
      issuer: config.issuers[0],
      permissionSetName: 'documents',
      permissionSet: config.permissionSets['documents'],
      durationSeconds: 3600,
      askedSeconds: 3600,
      parameters: {},
      tags: {},
    });
  });

  it('names the person by the subject claim of the issuer', () => {
    const config = configWith({ issuers: [issuerInput({ subjectClaim: ['user', 'mail'] })] });
    expect(decide({ config, claims: { user: { mail: 'a@b' } } }).subject).toBe('a@b');
    expect(codeOf(() => decide({ config }))).toBe('token-invalid');
    expect(codeOf(() => decide({ config, claims: { user: { mail: 'a\n' } } }))).toBe('token-invalid');
  });

  it('is the same for the same input', () => {
    const config = configWith();
    expect(decide({ config })).toEqual(decide({ config }));
  });
});

describe('the permission set of a grant', () => {
  const several = configWith({
    permissionSets: {
      reader: permissionSetInput(),
      admin: permissionSetInput({ requires: [{ claim: 'role', equals: 'admin' }] }),
    },
  });

  it('must be named where there is no default', () => {
    expect(codeOf(() => decide({ config: several }))).toBe('request-invalid');
    expect(decide({ config: several, request: { permissionSet: 'reader' } }).permissionSetName).toBe('reader');
  });

  it('SEC-REQ-01 looks the same where it is unknown and where it is forbidden', () => {
    for (const permissionSet of ['admin', 'other', 'toString', '__proto__', 'Reader', ''])
      expect(codeOf(() => decide({ config: several, request: { permissionSet } }))).toBe('permission-set-denied');
  });

  it('must be one that the issuer may ask for', () => {
    const config = configWith({
      issuers: [issuerInput({ permissionSets: ['reader'] })],
      permissionSets: { reader: permissionSetInput(), admin: permissionSetInput() },
    });
    expect(decide({ config, request: { permissionSet: 'reader' } }).permissionSetName).toBe('reader');
    expect(codeOf(() => decide({ config, request: { permissionSet: 'admin' } }))).toBe('permission-set-denied');
    expect(entitledPermissionSets(config, claimsWith())).toEqual(['reader']);
  });

  it('lists what the token may use', () => {
    expect(entitledPermissionSets(several, claimsWith())).toEqual(['reader']);
    expect(entitledPermissionSets(several, claimsWith({ role: 'admin' }))).toEqual(['reader', 'admin']);
  });

  it.each<[Json, Json, boolean]>([
    [{ claim: 'role', equals: 'admin' }, { role: 'admin' }, true],
    [{ claim: 'role', equals: 'admin' }, { role: 'Admin' }, false],
    [{ claim: 'role', equals: 'admin' }, { role: ['admin'] }, false],
    [{ claim: 'role', equals: 'admin' }, { role: 'admin user' }, false],
    [{ claim: 'role', equals: 'admin' }, {}, false],
    [{ claim: 'role', equals: 'admin' }, { role: null }, false],
    [{ claim: 'role', equals: 'admin*' }, { role: 'admin2' }, false],
    [{ claim: 'flag', equals: true }, { flag: true }, true],
    [{ claim: 'flag', equals: true }, { flag: 'true' }, false],
    [{ claim: 'flag', equals: true }, { flag: 1 }, false],
    [{ claim: 'flag', equals: false }, {}, false],
    [{ claim: 'level', equals: 5 }, { level: 5 }, true],
    [{ claim: 'level', equals: 5 }, { level: '5' }, false],
    [{ claim: 'level', equals: '5' }, { level: 5 }, false],
    [{ claim: 'level', equals: 9007199254740992 }, { level: 9007199254740992 }, false],
    [{ claim: 'level', equals: 0 }, {}, false],
    [{ claim: 'level', equals: '' }, { level: '' }, true],
    [{ claim: ['a', 'b'], equals: 'x' }, { a: { b: 'x' } }, true],
    [{ claim: 'a.b', equals: 'x' }, { a: { b: 'x' } }, false],
    [{ claim: 'roles', contains: 'admin' }, { roles: ['user', 'admin'] }, true],
    [{ claim: 'roles', contains: 'admin' }, { roles: ['admins'] }, false],
    [{ claim: 'roles', contains: 'admin' }, { roles: [['admin']] }, false],
    [{ claim: 'roles', contains: 'admin' }, { roles: [] }, false],
    [{ claim: 'roles', contains: 'admin' }, { roles: { admin: true } }, false],
    [{ claim: 'scope', contains: 'write' }, { scope: 'read write' }, true],
    [{ claim: 'scope', contains: 'write' }, { scope: 'write' }, true],
    [{ claim: 'scope', contains: 'write' }, { scope: 'overwrite' }, false],
    [{ claim: 'scope', contains: 'write' }, { scope: 'read,write' }, false],
    [{ claim: 'scope', contains: 'write' }, { scope: 'read\twrite' }, false],
    [{ claim: 'scope', contains: 'read write' }, { scope: 'read write' }, false],
    [{ claim: 'scope', contains: 'write' }, { scope: 5 }, false],
    [{ claim: 'toString', contains: 'x' }, {}, false],
  ])('under the rule %j and the claims %j: %s', (rule, claims, granted) => {
    const config = withSet({ requires: [rule] });
    if (granted) expect(decide({ config, claims }).permissionSetName).toBe('documents');
    else expect(codeOf(() => decide({ config, claims }))).toBe('permission-set-denied');
  });

  it('needs every rule', () => {
    const config = withSet({
      requires: [
        { claim: 'a', equals: 1 },
        { claim: 'b', equals: 2 },
      ],
    });
    expect(codeOf(() => decide({ config, claims: { a: 1 } }))).toBe('permission-set-denied');
    expect(decide({ config, claims: { a: 1, b: 2 } })).toBeDefined();
  });
});

describe('the duration of a grant', () => {
  it('is what was asked, else the configured one', () => {
    expect(decide({ request: { durationSeconds: 901 } }).durationSeconds).toBe(901);
    expect(decide({ config: withSession({ durationSeconds: 1800 }) }).durationSeconds).toBe(1800);
  });

  it('is clamped to the maximum of the set', () => {
    expect(
      decide({ config: withSet({ maxDurationSeconds: 1000 }), request: { durationSeconds: 3600 } }).durationSeconds,
    ).toBe(1000);
    expect(decide({ config: withSet({ maxDurationSeconds: 1000 }) }).durationSeconds).toBe(1000);
    expect(
      decide({ config: withSet({ maxDurationSeconds: 1000 }), request: { durationSeconds: 900 } }).durationSeconds,
    ).toBe(900);
  });

  it('SEC-TIME-07 may outlive the token, unless it is capped to it', () => {
    expect(decide({ claims: { exp: now + 5 } }).durationSeconds).toBe(3600);
    expect(codeOf(() => decide({ config: withSession({ capToTokenExpiry: true }), claims: { exp: now + 5 } }))).toBe(
      'token-expires-too-soon',
    );
  });

  it('under the cap ends with the token, in whole seconds', () => {
    const config = withSession({ capToTokenExpiry: true });
    expect(decide({ config, claims: { exp: now + 1000 } }).durationSeconds).toBe(1000);
    expect(decide({ config, claims: { exp: now + 1000 }, at: now + 0.1 }).durationSeconds).toBe(999);
    expect(decide({ config, claims: { exp: now + 900 } }).durationSeconds).toBe(900);
    expect(codeOf(() => decide({ config, claims: { exp: now + 900 }, at: now + 0.1 }))).toBe('token-expires-too-soon');
    expect(codeOf(() => decide({ config, claims: { exp: now - 20 } }))).toBe('token-expires-too-soon');
    expect(decide({ config, claims: { exp: now + 100_000 } }).durationSeconds).toBe(3600);
  });
});

describe('the parameters of a grant', () => {
  const config = withSet({ parameters: { folder: { from: 'request' }, unit: { from: 'claim', claim: 'unit' } } });

  it('come from the request and from claims', () => {
    expect(decide({ config, claims: { unit: 'u1' }, request: { parameters: { folder: 'f' } } }).parameters).toEqual({
      folder: 'f',
      unit: 'u1',
    });
  });

  it.each<[string, Json, Record<string, string>]>([
    ['a missing request parameter', { unit: 'u' }, {}],
    ['a missing claim', {}, { folder: 'f' }],
    ['a claim that is no string', { unit: 5 }, { folder: 'f' }],
    ['a claim that is a list', { unit: ['u'] }, { folder: 'f' }],
    ['a claim outside the grammar', { unit: 'u/v' }, { folder: 'f' }],
    ['SEC-REQ-04 a value outside the grammar', { unit: 'u' }, { folder: 'a/..' }],
    ['SEC-REQ-04 a wildcard', { unit: 'u' }, { folder: '*' }],
    ['a claim parameter set by the request', { unit: 'u' }, { folder: 'f', unit: 'v' }],
    ['a parameter nobody declared', { unit: 'u' }, { folder: 'f', other: 'x' }],
    ['the tenant', { unit: 'u' }, { folder: 'f', tenant: 'globex' }],
    ['the subject', { unit: 'u' }, { folder: 'f', subject: 'bob' }],
    ['an inherited name', { unit: 'u' }, { folder: 'f', toString: 'x' }],
  ])('refuse %s', (_, claims, parameters) => {
    expect(codeOf(() => decide({ config, claims, request: { parameters } }))).toBe('parameter-invalid');
  });
});

describe('the session tags of a grant', () => {
  const config = withSession({ tags: { Plan: 'plan', Team: ['org', 'team'] } });

  it('come from claims, and absent claims give none', () => {
    expect(decide({ config, claims: { plan: 'gold', org: { team: 'a b' } } }).tags).toEqual({
      Plan: 'gold',
      Team: 'a b',
    });
    expect(decide({ config }).tags).toEqual({});
    expect(decide({ config, claims: { plan: '' } }).tags).toEqual({ Plan: '' });
  });

  it.each<[unknown]>([
    [5],
    [null],
    [['gold']],
    [{}],
    ['a*'],
    ['${aws:username}'],
    ['a"b'],
    ['a\n'],
    ['x'.repeat(257)],
    ['a\\b'],
    ['a?'],
  ])('SEC-STS-04 refuse the value %j', (plan) => {
    expect(codeOf(() => decide({ config, claims: { plan } }))).toBe('parameter-invalid');
  });

  it('keep a tag whose key JavaScript knows', () => {
    const input = JSON.parse('{"tags":{"__proto__":"plan"}}') as Json;
    expect(Object.entries(decide({ config: withSession(input), claims: { plan: 'gold' } }).tags)).toEqual([
      ['__proto__', 'gold'],
    ]);
  });
});
