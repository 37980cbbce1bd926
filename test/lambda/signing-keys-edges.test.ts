// Keys one member at a time: what makes a good key unusable, and what does not.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { importKeys } from '../../lambda/signing-keys.ts';
import { ecKey, rsaKey } from './fixtures.ts';

type Jwk = Readonly<Record<string, unknown>>;

const rsa = rsaKey('k').jwk;
const curves = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' } as const;
const ed25519: Jwk = { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'k' };
const ed448: Jwk = { ...generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' }), kid: 'k' };
const x25519: Jwk = { ...generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }), kid: 'k' };
const p256k: Jwk = {
  ...generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' }),
  kid: 'k',
};

const algorithmsOf = (jwk: unknown): readonly string[] | undefined => importKeys({ keys: [jwk] })?.get('k')?.algorithms;

describe('a key', () => {
  it('of RSA is for the three RSA algorithms, or the one it names', () => {
    expect(algorithmsOf(rsa)).toEqual(['RS256', 'RS384', 'RS512']);
    expect(algorithmsOf({ ...rsa, alg: 'RS384' })).toEqual(['RS384']);
  });

  it.each(Object.entries(curves))('of %s is for %s alone', (curve, algorithm) => {
    const { jwk } = ecKey('k', curve as keyof typeof curves);
    expect(algorithmsOf(jwk)).toEqual([algorithm]);
    expect(algorithmsOf({ ...jwk, alg: algorithm })).toEqual([algorithm]);
    for (const other of Object.values(curves))
      if (other !== algorithm) expect(algorithmsOf({ ...jwk, alg: other })).toBeUndefined();
  });

  it('of Ed25519 is for EdDSA alone', () => {
    expect(algorithmsOf(ed25519)).toEqual(['EdDSA']);
    expect(algorithmsOf({ ...ed25519, alg: 'EdDSA' })).toEqual(['EdDSA']);
    expect(algorithmsOf({ ...ed25519, alg: 'ES256' })).toBeUndefined();
  });

  it.each([
    { use: 'sig' },
    { key_ops: ['verify'] },
    { key_ops: ['sign', 'verify'] },
    { use: 'sig', key_ops: ['verify'] },
    { x5t: 'x' },
  ])('is usable with %j', (members) => {
    expect(algorithmsOf({ ...rsa, ...members })).toHaveLength(3);
  });

  it.each([
    { use: 'enc' },
    { use: '' },
    { use: null },
    { use: ['sig'] },
    { key_ops: [] },
    { key_ops: ['encrypt'] },
    { key_ops: 'verify' },
    { key_ops: null },
    { use: 'sig', key_ops: ['encrypt'] },
    { use: 'enc', key_ops: ['verify'] },
    { alg: 'RS257' },
    { alg: 'ES256' },
    { alg: 'PS256' },
    { alg: null },
    { d: 'AA' },
    { k: 'AA' },
    { d: undefined },
    { kty: 'oct' },
    { kty: 'EC' },
    { kty: 'OKP' },
    { kty: undefined },
    { e: 'AQ' },
    { e: 'Ag' },
    { e: 'BA' },
    { n: 'AQAB' },
    { n: undefined },
    { kid: '' },
    { kid: 5 },
    { kid: undefined },
  ])('is left out with %j', (members) => {
    expect(importKeys({ keys: [{ ...rsa, ...members }] })?.size).toBe(0);
  });

  it.each([
    ['Ed448', ed448],
    ['X25519', x25519],
    ['secp256k1', p256k],
    ['a symmetric key', { kty: 'oct', kid: 'k', k: 'c2VjcmV0' }],
    ['RSA under an elliptic curve', { ...rsa, crv: 'P-256', kty: 'EC' }],
    ['an elliptic curve under another name', { ...ecKey('k').jwk, crv: 'P-384' }],
    ['a curve named after what every object has', { ...ecKey('k').jwk, crv: 'constructor' }],
    ['a curve that is no text', { ...ecKey('k').jwk, crv: ['P-256'] }],
  ])('is left out where it is %s', (_, jwk) => {
    expect(importKeys({ keys: [jwk] })?.size).toBe(0);
  });

  it('may have the exponent 3', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    expect(algorithmsOf({ ...publicKey.export({ format: 'jwk' }), kid: 'k' })).toHaveLength(3);
  });

  it('has 2,048 bits or more', () => {
    expect(algorithmsOf(rsaKey('k', 2047).jwk)).toBeUndefined();
    expect(algorithmsOf(rsaKey('k', 2048).jwk)).toHaveLength(3);
  });
});

describe('a set of keys', () => {
  it('keeps its good keys whatever stands beside them', () => {
    const other = { ...ecKey('other').jwk };
    const keys = importKeys({
      keys: [null, 5, 'x', [], {}, { kid: 'bad' }, rsa, { ...rsa, kid: 'enc', use: 'enc' }, other],
    });
    expect([...keys!.keys()]).toEqual(['k', 'other']);
  });

  it('has no key of an id that comes twice, nor where it comes three times or the first was bad', () => {
    const copy = { ...ecKey('k').jwk };
    expect(importKeys({ keys: [rsa, copy] })?.size).toBe(0);
    expect(importKeys({ keys: [rsa, copy, rsa] })?.size).toBe(0);
    expect(importKeys({ keys: [{ ...rsa, use: 'enc' }, copy] })?.size).toBe(0);
    expect(importKeys({ keys: [rsa, rsa] })?.size).toBe(0);
  });

  it.each([undefined, null, 5, 'x', [], {}, { keys: {} }, { keys: null }, { keys: 'x' }])('is none: %j', (document) => {
    expect(importKeys(document)).toBeUndefined();
  });

  it('may be empty', () => {
    expect(importKeys({ keys: [] })?.size).toBe(0);
  });
});
