// Which published keys may verify tokens.
import { describe, expect, it } from 'vitest';
import { importKeys } from '../../lambda/signing-keys.ts';
import { ecKey, rsaKey } from './fixtures.ts';

const rsa = rsaKey('rsa');
const ec = ecKey('ec');

describe('importKeys', () => {
  it('takes RSA keys of 2,048 bits for the RS algorithms', () => {
    expect(importKeys({ keys: [rsa.jwk] })?.get('rsa')?.algorithms).toEqual(['RS256', 'RS384', 'RS512']);
  });

  it.each([
    ['P-256', 'ES256'],
    ['P-384', 'ES384'],
    ['P-521', 'ES512'],
  ] as const)('SEC-ALG-07 binds curve %s to %s alone', (curve, algorithm) => {
    expect(importKeys({ keys: [ecKey('k', curve).jwk] })?.get('k')?.algorithms).toEqual([algorithm]);
  });

  it('SEC-ALG-06 binds a key to the algorithm it declares', () => {
    expect(importKeys({ keys: [{ ...rsa.jwk, alg: 'RS256' }] })?.get('rsa')?.algorithms).toEqual(['RS256']);
    expect(importKeys({ keys: [{ ...rsa.jwk, alg: 'PS256' }] })?.size).toBe(0);
    expect(importKeys({ keys: [{ ...ec.jwk, alg: 'ES384' }] })?.size).toBe(0);
  });

  it.each([512, 1024])('SEC-ALG-08 leaves out an RSA key of %i bits', (bits) => {
    expect(importKeys({ keys: [rsaKey('weak', bits).jwk] })?.size).toBe(0);
  });

  it.each([
    ['SEC-ALG-11 use enc', { use: 'enc' }],
    ['SEC-ALG-12 key_ops without verify', { key_ops: ['encrypt'] }],
    ['key_ops that is no list', { key_ops: 'verify' }],
    ['a private member', { d: 'AQAB' }],
    ['a symmetric member', { k: 'AQAB' }],
    ['kty oct', { kty: 'oct' }],
    ['kty missing', { kty: undefined }],
    ['an empty kid', { kid: '' }],
    ['a kid that is no string', { kid: 5 }],
    ['an exponent of 1', { e: 'AQ' }],
    ['a modulus that is no base64url', { n: '!!' }],
  ])('leaves out a key with %s', (_, change) => {
    expect(importKeys({ keys: [{ ...rsa.jwk, ...change }] })?.size).toBe(0);
  });

  it('keeps good keys beside malformed siblings', () => {
    expect([...(importKeys({ keys: [null, 5, {}, { kid: 'x', kty: 'RSA' }, ec.jwk] })?.keys() ?? [])]).toEqual(['ec']);
  });

  it('SEC-HDR-07 leaves out every key of a duplicated id, also a third one', () => {
    const keys = [rsa.jwk, { ...ec.jwk, kid: 'rsa' }, { ...rsa.jwk }, ec.jwk];
    expect([...(importKeys({ keys })?.keys() ?? [])]).toEqual(['ec']);
  });

  it.each([[undefined], [null], [{}], [{ keys: 'x' }], ['keys'], [[]]])('takes %j for no key set', (document) => {
    expect(importKeys(document)).toBeUndefined();
  });
});
