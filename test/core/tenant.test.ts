import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TenantIdGrammar } from '../../core/config.ts';
import { decideTenant, isTenantId, mayAssert, parseTenantId, tenantIdAlphabet } from '../../core/tenant.ts';
import vectors from '../vectors/tenant-ids.json' with { type: 'json' };
import { anyCharacter, claimsWith, codeOf, configWith, issuerInput, refusalOf, type Json } from './fixtures.ts';

interface TenantVector {
  readonly id: string;
  readonly value: unknown;
  readonly accepted: boolean;
  readonly grammar?: Partial<TenantIdGrammar>;
}

describe('tenant ids', () => {
  it.each(vectors as readonly TenantVector[])('$id', ({ value, accepted, grammar }) => {
    expect(isTenantId(value, grammar)).toBe(accepted);
    if (accepted) expect(parseTenantId(value, grammar)).toBe(value);
    else expect(codeOf(() => parseTenantId(value, grammar))).toBe('tenant-invalid');
  });

  it('are exactly what the default grammar writes', () => {
    const grammar = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: anyCharacter, maxLength: 70 }),
          fc.string({ unit: fc.constantFrom(...'aZ09_.-+=/ \n'), maxLength: 70 }),
        ),
        (text) => {
          expect(isTenantId(text)).toBe(grammar.test(text) && !text.includes('..') && !text.endsWith('\n'));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('are safe at once in a session name, a session tag, an S3 prefix and policy text', () => {
    const characters = fc.string({ unit: fc.constantFrom(...tenantIdAlphabet), minLength: 1, maxLength: 63 });
    fc.assert(
      fc.property(characters, (text) => {
        if (!isTenantId(text, { pattern: { characters: tenantIdAlphabet } })) return;
        expect(text).toMatch(/^[\w+=,.@-]{1,64}$/);
        expect(JSON.stringify(text)).toBe(`"${text}"`);
        expect(text).not.toMatch(/[*?${}/\\:"\s]|\.\./);
      }),
    );
  });

  it('keep their limits where a grammar has a field that is undefined', () => {
    const grammar = {
      minLength: undefined,
      maxLength: undefined,
      pattern: undefined,
    } as unknown as Partial<TenantIdGrammar>;
    expect(isTenantId('acme', grammar)).toBe(true);
    expect(isTenantId('a'.repeat(64), grammar)).toBe(false);
    expect(isTenantId('', grammar)).toBe(false);
  });

  it('are not taken from objects that read like one', () => {
    const tricky = { length: 4, toString: (): string => 'acme', valueOf: (): string => 'acme' };
    expect(isTenantId(tricky)).toBe(false);
    expect(isTenantId(new String('acme'))).toBe(false);
  });

  it('never stand in the refusal', () => {
    expect(refusalOf(() => parseTenantId('evil*value')).message).not.toContain('evil');
  });
});

describe('deciding the tenant', () => {
  const decide = (claims: Json, issuer: Json = {}): unknown =>
    decideTenant(configWith({ issuers: [issuerInput(issuer)] }), claimsWith(claims));

  it('reads the claim of the issuer', () => {
    expect(decide({ tenant: 'globex' })).toBe('globex');
  });

  it.each(['tenant_id', 'custom:tenant', 'org_id', 'Tenant', 'tenant ', ' tenant', 'TENANT', 'tenants', 'tenantId'])(
    'SEC-TEN-10 does not fall back to the claim "%s"',
    (name) => {
      expect(codeOf(() => decide({ tenant: undefined, [name]: 'globex' }))).toBe('tenant-invalid');
    },
  );

  it('SEC-FMT-07 does not read an inherited tenant', () => {
    const inherited = Object.assign(Object.create({ tenant: 'globex' }) as Json, { sub: 'alice' });
    const claims = { issuerIndex: 0, all: inherited, expiresAt: 0 };
    expect(codeOf(() => decideTenant(configWith(), claims))).toBe('tenant-invalid');
    expect(codeOf(() => decide({ tenant: undefined, constructor: { prototype: { tenant: 'globex' } } }))).toBe(
      'tenant-invalid',
    );
  });

  it('SEC-FMT-08 reads a dotted name as one literal claim', () => {
    const claims = { 'custom.tenant': 'literal', custom: { tenant: 'nested' } };
    expect(decide(claims, { tenant: { claim: 'custom.tenant' } })).toBe('literal');
    expect(decide(claims, { tenant: { claim: ['custom', 'tenant'] } })).toBe('nested');
    expect(codeOf(() => decide({ custom: { tenant: 'nested' } }, { tenant: { claim: 'custom.tenant' } }))).toBe(
      'tenant-invalid',
    );
    expect(codeOf(() => decide({ 'custom.tenant': 'literal' }, { tenant: { claim: ['custom', 'tenant'] } }))).toBe(
      'tenant-invalid',
    );
  });

  it('SEC-ISS-07 refuses a tenant that the issuer may not assert', () => {
    expect(decide({ tenant: 'a-1' }, { tenants: ['a-1', 'a-2'] })).toBe('a-1');
    for (const tenant of ['b-1', 'a', 'a-11', 'A-1', 'a-1-']) {
      expect(['tenant-not-allowed', 'tenant-invalid']).toContain(
        codeOf(() => decide({ tenant }, { tenants: ['a-1', 'a-2'] })),
      );
    }
    expect(codeOf(() => decide({ tenant: 'b-1' }, { tenants: ['a-1'] }))).toBe('tenant-not-allowed');
  });

  it('refuses the grammar first, so that no list can let a bad id in', () => {
    expect(codeOf(() => decide({ tenant: 'a/b' }, { tenants: ['acme'] }))).toBe('tenant-invalid');
  });

  it('ignores every claim where the tenant is fixed', () => {
    expect(decide({ tenant: 'globex' }, { tenant: { fixed: 'acme' } })).toBe('acme');
  });

  it('uses the grammar of the configuration', () => {
    const config = configWith({ tenantId: { pattern: 'uuid' } });
    expect(codeOf(() => decideTenant(config, claimsWith({ tenant: 'acme' })))).toBe('tenant-invalid');
  });

  it('compares exactly what an issuer may assert', () => {
    const { issuers } = configWith({ issuers: [issuerInput({ tenants: ['acme'] })] });
    expect(mayAssert(issuers[0]!, 'acme')).toBe(true);
    for (const other of ['ACME', 'acme2', 'acm', '', 'any']) expect(mayAssert(issuers[0]!, other)).toBe(false);
    const fixed = configWith({ issuers: [issuerInput({ tenant: { fixed: 'acme' }, tenants: 'any' })] }).issuers[0]!;
    expect(mayAssert(fixed, 'globex')).toBe(false);
  });
});
