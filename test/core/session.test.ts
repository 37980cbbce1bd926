import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VendingConfig } from '../../core/config.ts';
import type { Grant } from '../../core/grant.ts';
import { buildAssumeRoleInput, type AssumeRoleInput } from '../../core/session.ts';
import { renderSessionPolicy } from '../../core/session-policy.ts';
import { isTenantId, type TenantId } from '../../core/tenant.ts';
import { anyCharacter, configWith, issuerInput, permissionSetInput, roleArn, sha256 } from './fixtures.ts';
import { allowAll } from './iam/fixtures.ts';

const nameGrammar = /^[\w+=,.@-]{2,64}$/;

interface Who {
  readonly tenant?: string;
  readonly subject?: string;
  readonly issuerIndex?: number;
  readonly set?: string;
  readonly tags?: Record<string, string>;
}

function build(config: VendingConfig, who: Who = {}, hash = sha256): AssumeRoleInput {
  const { tenant = 'acme', subject = 'alice', issuerIndex = 0, set = 'documents', tags = {} } = who;
  const grant: Grant = {
    tenant: tenant as TenantId,
    subject,
    issuer: config.issuers[issuerIndex]!,
    permissionSetName: set,
    permissionSet: config.permissionSets[set]!,
    durationSeconds: 3600,
    askedSeconds: 3600,
    parameters: {},
    tags,
  };
  const policy = { document: { Statement: [] }, text: '{}', characters: 2, packedPercentEstimate: 1 };
  return buildAssumeRoleInput(config, grant, policy, hash);
}

const one = configWith();
const several = configWith({
  issuers: [
    issuerInput({ tenants: 'any' }),
    issuerInput({ name: 'second', issuer: 'https://second.example/', tenants: 'any' }),
    issuerInput({ name: 'globex-only', issuer: 'https://third.example/', tenant: { fixed: 'globex' } }),
  ],
});
const wide = configWith({ tenantId: { pattern: { characters: 'abcdefgh0123456789=+._-' } } });
const sharedSet = configWith({ permissionSets: { documents: permissionSetInput({ sessionName: 'tenant' }) } });

describe('the AssumeRole call', () => {
  it('carries the grant, the tenant tag first and transitive', () => {
    const config = configWith({
      session: { tenantTagKey: 'Tenant' },
      permissionSets: { documents: permissionSetInput({ externalId: 'ext' }) },
    });
    expect(build(config, { tags: { Plan: 'gold' } })).toEqual({
      roleArn,
      roleSessionName: 'acme@alice',
      policy: '{}',
      policyArns: [],
      durationSeconds: 3600,
      tags: [
        { key: 'Tenant', value: 'acme' },
        { key: 'Plan', value: 'gold' },
      ],
      transitiveTagKeys: ['Tenant'],
      sourceIdentity: 'alice',
      externalId: 'ext',
    });
  });

  it('names the managed policies', () => {
    const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    const config = configWith({
      permissionSets: { documents: permissionSetInput({ managedPolicies: [{ arn, document: allowAll }] }) },
    });
    expect(build(config).policyArns).toEqual([arn]);
  });

  it('P5: carries the tenant of the grant in tag, policy and name', () => {
    const grant = {
      tenant: 'globex' as TenantId,
      subject: 'gina',
      issuer: one.issuers[0]!,
      permissionSetName: 'documents',
      permissionSet: one.permissionSets['documents']!,
      durationSeconds: 900,
      askedSeconds: 900,
      parameters: {},
      tags: {},
    };
    const input = buildAssumeRoleInput(one, grant, renderSessionPolicy(one, 'documents', grant), sha256);
    expect(input.tags[0]).toEqual({ key: 'TenantId', value: 'globex' });
    expect(input.policy).toContain('tenants/globex/*');
    expect(input.roleSessionName).toBe('globex@gina');
    expect(JSON.stringify(input)).not.toContain('acme');
  });

  it('has no source identity where the configuration says none', () => {
    expect(build(configWith({ session: { sourceIdentity: 'none' } }))).not.toHaveProperty('sourceIdentity');
  });
});

describe('session names', () => {
  it.each(['alice', 'user+tag@example.com', 'a', 'A_b.c-d,e', 'x'.repeat(59)])(
    'are exactly tenant@subject where that fits: %s',
    (subject) => {
      expect(build(one, { subject })).toMatchObject({ roleSessionName: `acme@${subject}` });
    },
  );

  it.each(['x'.repeat(60), 'a/b', 'a b', '日本', 'auth0|123', 'a=b', '=', 'a\\b', '..', '*', 'é'])(
    'SEC-TEN-14 end in = and 32 hexadecimal digits where it does not: %s',
    (subject) => {
      const { roleSessionName } = build(one, { subject });
      expect(roleSessionName).toMatch(nameGrammar);
      if (subject === '..') expect(roleSessionName).toBe('acme@..');
      else expect(roleSessionName).toMatch(/^[\w+,.@-]*=[0-9a-f]{32}$/);
    },
  );

  it('hash issuer, tenant and subject', () => {
    expect(build(one, { subject: 'a/b' }).roleSessionName).toBe(
      `acme@a-b=${sha256(JSON.stringify(['https://idp.example/', 'acme', 'a/b'])).slice(0, 32)}`,
    );
  });

  it('add the issuer where several may assert the tenant, and only there', () => {
    expect(build(several, { issuerIndex: 0 }).roleSessionName).toBe('acme@alice=main');
    expect(build(several, { issuerIndex: 1 }).roleSessionName).toBe('acme@alice=second');
    expect(build(several, { issuerIndex: 0 }).sourceIdentity).toBe('alice=main');
    const bound = configWith({
      issuers: [
        issuerInput({ tenants: ['acme'] }),
        issuerInput({ name: 'b', issuer: 'https://b.example/', tenants: ['globex'] }),
      ],
    });
    expect(build(bound).roleSessionName).toBe('acme@alice');
  });

  it('let no subject imitate the suffix of an issuer or a hash', () => {
    const imitation = build(several, { subject: 'alice=second', issuerIndex: 0 });
    expect(imitation.roleSessionName).not.toBe(build(several, { issuerIndex: 1 }).roleSessionName);
    expect(imitation.sourceIdentity).not.toBe(build(several, { issuerIndex: 1 }).sourceIdentity);
    const hashed = build(one, { subject: 'a/b' });
    expect(build(one, { subject: hashed.roleSessionName.slice('acme@'.length) }).roleSessionName).not.toBe(
      hashed.roleSessionName,
    );
    expect(build(one, { subject: hashed.sourceIdentity! }).sourceIdentity).not.toBe(hashed.sourceIdentity);
  });

  it('hide the subject where the set shares its sessions', () => {
    expect(build(sharedSet)).toMatchObject({ roleSessionName: 'acme', sourceIdentity: 'acme' });
    expect(build(sharedSet, { subject: 'a/b' })).toEqual(build(sharedSet, { subject: 'bob' }));
    expect(build(sharedSet, { tenant: 'a' }).roleSessionName).toMatch(/^a=[0-9a-f]{32}$/);
    expect(build(sharedSet, { tenant: 'a' }).roleSessionName).not.toBe(
      build(sharedSet, { tenant: 'b' }).roleSessionName,
    );
  });

  it('give a source identity of one character two at least', () => {
    expect(build(one, { subject: 'a' }).sourceIdentity).toMatch(/^a=[0-9a-f]{32}$/);
    expect(build(one, { subject: 'ab' }).sourceIdentity).toBe('ab');
  });

  it('never start with the reserved aws:', () => {
    for (const subject of ['aws:alice', 'AWS:x']) expect(build(one, { subject }).sourceIdentity).not.toContain(':');
  });

  it('SEC-STS-03 are of the grammar and injective over 100,000 hostile subjects', () => {
    const tenants = [
      'a',
      'b',
      'a-b',
      'a.b',
      'a=b',
      'a+b',
      'a=0',
      '0123456789abcdef0123456789abcdef',
      'a'.repeat(31),
      'a'.repeat(63),
      `${'a'.repeat(62)}b`,
    ];
    const pieces = [
      'a',
      'b',
      '-',
      '=',
      '@',
      '/',
      '|',
      ' ',
      '.',
      'alice',
      'main',
      '=main',
      '=second',
      '@a',
      'é',
      '日',
      '0123456789abcdef',
      'x'.repeat(20),
      '+',
      ',',
      '\\',
    ];
    const random = fc.sample(fc.tuple(fc.nat(), fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 })), {
      numRuns: 100_000,
      seed: 5,
    });
    const names = new Map<string, string>();
    const identities = new Map<string, string>();
    const cache = new Map<string, string>();
    const hash = (text: string): string => {
      const known = cache.get(text) ?? sha256(text);
      cache.set(text, known);
      return known;
    };
    for (const [index, parts] of random) {
      const tenant = tenants[index % tenants.length]!;
      const subject = parts.join('');
      const input = build(wide, { tenant, subject }, hash);
      const who = JSON.stringify([tenant, subject]);
      expect(nameGrammar.test(input.roleSessionName) && nameGrammar.test(input.sourceIdentity!)).toBe(true);
      const known = names.get(input.roleSessionName);
      if (known !== undefined && known !== who)
        throw new TypeError(`${known} and ${who} share ${input.roleSessionName}`);
      names.set(input.roleSessionName, who);
      const identity = identities.get(input.sourceIdentity!);
      // The source identity names the subject; where it is the subject itself, two tenants may share it.
      if (identity !== undefined && identity !== subject)
        throw new TypeError(`${identity} and ${subject} share ${input.sourceIdentity!}`);
      identities.set(input.sourceIdentity!, subject);
    }
    expect(names.size).toBeGreaterThan(50_000);
  });

  it('P15: do not collide for random people of several issuers', () => {
    const person = fc.record({
      tenant: fc
        .string({ unit: fc.constantFrom(...'ab-.='), minLength: 1, maxLength: 6 })
        .filter((text) => isTenantId(text)),
      subject: fc.oneof(
        fc.string({ unit: anyCharacter, minLength: 1, maxLength: 80 }),
        fc.string({ unit: fc.constantFrom(...'ab=@-/'), minLength: 1, maxLength: 40 }),
      ),
      issuerIndex: fc.nat(1),
    });
    fc.assert(
      fc.property(person, person, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(build(several, a).roleSessionName === build(several, b).roleSessionName).toBe(same);
        expect(build(several, a).roleSessionName).toMatch(nameGrammar);
      }),
      { numRuns: 3000 },
    );
  });
});
