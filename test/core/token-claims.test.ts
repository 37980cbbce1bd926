import { describe, expect, it } from 'vitest';
import type { VendingConfig } from '../../core/config.ts';
import type { TvmErrorCode } from '../../core/errors.ts';
import { checkClaims, findIssuer } from '../../core/token-claims.ts';
import vectors from '../vectors/token-claims.json' with { type: 'json' };
import { codeOf, configWith, issuerInput, now, type Json } from './fixtures.ts';

interface ClaimsVector {
  readonly id: string;
  /** Fields of the issuer beside the fixture's. */
  readonly issuer?: Json;
  /** Claims over the good ones; null removes. Times are relative to now. */
  readonly claims: Json;
  readonly remove?: readonly string[];
  readonly code: TvmErrorCode | null;
}

const good = { iss: 'https://idp.example/', aud: 'tvm', sub: 'alice', tenant: 'acme', iat: now - 60, exp: now + 3600 };

function claimsOf({ claims, remove = [] }: ClaimsVector): Json {
  const all: Json = { ...good, ...claims };
  for (const name of ['exp', 'iat', 'nbf']) {
    const shift = all[`${name}In`];
    if (typeof shift === 'number') all[name] = now + shift;
    Reflect.deleteProperty(all, `${name}In`);
  }
  for (const name of remove) Reflect.deleteProperty(all, name);
  return all;
}

describe('claims of a token with a good signature', () => {
  it.each(vectors as unknown as readonly ClaimsVector[])('$id', (vector) => {
    const config = configWith({ issuers: [issuerInput(vector.issuer)] });
    const check = (): unknown => checkClaims(config, 0, claimsOf(vector), now);
    if (vector.code === null) expect(check()).toMatchObject({ issuerIndex: 0, all: claimsOf(vector) });
    else expect(codeOf(check)).toBe(vector.code);
  });

  it('come back as they are, with exp', () => {
    expect(checkClaims(configWith(), 0, good, now)).toEqual({ issuerIndex: 0, all: good, expiresAt: good.exp });
  });

  it('SEC-TIME-01 expire 30 seconds after exp, to the second', () => {
    const claims = { ...good, exp: now };
    expect(() => checkClaims(configWith(), 0, claims, now + 29.9)).not.toThrow();
    expect(codeOf(() => checkClaims(configWith(), 0, claims, now + 30))).toBe('token-expired');
  });

  it('hold for their own issuer only', () => {
    const config = configWith({
      issuers: [
        issuerInput({ tenants: 'any' }),
        issuerInput({ name: 'other', issuer: 'https://other.example/', tenants: 'any' }),
      ],
    });
    expect(codeOf(() => checkClaims(config, 1, good, now))).toBe('token-invalid');
  });
});

describe('the issuer of an unverified token', () => {
  const find = (claims: Json, config: VendingConfig = configWith(), algorithm = 'RS256'): unknown =>
    findIssuer(config, { algorithm, keyId: 'k', claims, signingInput: '', signature: '' });

  it('is found by exact equality', () => {
    expect(find({ iss: 'https://idp.example/' })).toMatchObject({ index: 0 });
  });

  it.each([
    ['SEC-ISS-01 without the trailing slash', 'https://idp.example'],
    ['SEC-ISS-01 with one slash more', 'https://idp.example//'],
    ['SEC-ISS-02 with an upper-case host', 'https://IDP.example/'],
    ['SEC-ISS-02 with the default port', 'https://idp.example:443/'],
    ['SEC-ISS-02 with a dot segment', 'https://idp.example/./'],
    ['SEC-ISS-02 percent-encoded', 'https://idp.example%2f'],
    ['SEC-ISS-13 without a scheme', 'idp.example/'],
    ['with a space', ' https://idp.example/'],
    ['with a newline', 'https://idp.example/\n'],
    ['with a full stop behind the host', 'https://idp.example./'],
    ['SEC-ISS-04 when it is not configured', 'https://attacker.example/'],
    ['SEC-ISS-06 when it is missing', undefined],
    ['SEC-ISS-06 when it is null', null],
    ['SEC-ISS-06 when it is a number', 42],
    ['SEC-ISS-06 when it is a list', ['https://idp.example/']],
    ['SEC-ISS-06 when it is an object', { 0: 'https://idp.example/' }],
    ['when it is empty', ''],
  ])('is not found %s', (_, iss) => {
    expect(codeOf(() => find({ iss }))).toBe('token-invalid');
  });

  it.each(['none', 'None', 'HS256', 'PS256', 'RS512', 'rs256', 'RS256 ', '', 'EdDSA', 'ES256K'])(
    'refuses alg %s outside its list',
    (algorithm) => {
      expect(codeOf(() => find({ iss: 'https://idp.example/' }, configWith(), algorithm))).toBe('token-invalid');
    },
  );

  it('takes an algorithm that its list names, and then not the default ones', () => {
    const config = configWith({ issuers: [issuerInput({ algorithms: ['EdDSA'] })] });
    expect(find({ iss: 'https://idp.example/' }, config, 'EdDSA')).toMatchObject({ index: 0 });
    expect(codeOf(() => find({ iss: 'https://idp.example/' }, config, 'RS256'))).toBe('token-invalid');
  });
});
