// Signatures with aws-jwt-verify as oracle: whatever key, algorithm and damage, we take no signature that it refuses, and refuse
// none that it takes but for an encoding that is not canonical and an algorithm that is not the key's.
import { verifyJwtSync } from 'aws-jwt-verify/jwt-verifier';
import type { Jwk } from 'aws-jwt-verify/jwk';
import fc from 'fast-check';
import {
  createSecretKey,
  generateKeyPairSync,
  sign,
  type JsonWebKey,
  type KeyObject,
  type SignKeyObjectInput,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TvmError } from '../../core/errors.ts';
import { decodeToken } from '../../core/token.ts';
import { importKeys, type SigningKey } from '../../lambda/signing-keys.ts';
import { isSignedBy } from '../../lambda/token-signature.ts';
import { base64Url } from './fixtures.ts';

const issuer = 'https://idp.example/';
const pairs = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  rsaOther: generateKeyPairSync('rsa', { modulusLength: 3072 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  ed25519: generateKeyPairSync('ed25519'),
};
type KeyName = keyof typeof pairs;
const names = Object.keys(pairs) as KeyName[];
const keysOf: Readonly<Record<string, readonly KeyName[]>> = {
  RS256: ['rsa', 'rsaOther'],
  RS384: ['rsa', 'rsaOther'],
  RS512: ['rsa', 'rsaOther'],
  ES256: ['p256'],
  ES384: ['p384'],
  ES512: ['p521'],
  EdDSA: ['ed25519'],
};
const algorithms = Object.keys(keysOf);

const jwks = Object.fromEntries(
  names.map((name) => [name, { ...pairs[name].publicKey.export({ format: 'jwk' }), kid: name }]),
) as Readonly<Record<KeyName, JsonWebKey & { readonly kid: string }>>;
const signingKeys = importKeys({ keys: Object.values(jwks) })!;

function signWith(privateKey: KeyObject, digest: string | null, input: string): Buffer {
  const isEc = privateKey.asymmetricKeyType === 'ec';
  const key: SignKeyObjectInput = isEc ? { key: privateKey, dsaEncoding: 'ieee-p1363' } : { key: privateKey };
  return sign(privateKey.asymmetricKeyType === 'ed25519' ? null : digest, Buffer.from(input), key);
}

function ours(token: string, key: SigningKey): boolean {
  try {
    return isSignedBy(decodeToken(token), key);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TvmError);
    return false;
  }
}

function theirs(token: string, key: SigningKey): boolean {
  try {
    verifyJwtSync(token, key.jwk as Jwk, { issuer, audience: null, graceSeconds: 1e12 }, () => key.keyObject);
    return true;
  } catch {
    return false;
  }
}

const damages: Readonly<Record<string, (signature: Buffer, at: number) => string>> = {
  none: (signature) => signature.toString('base64url'),
  'a bit': (signature, at) => {
    signature[at % signature.length]! ^= 1 << (at % 8);
    return signature.toString('base64url');
  },
  shorter: (signature, at) => signature.subarray(0, at % signature.length).toString('base64url'),
  longer: (signature, at) => Buffer.concat([signature, Buffer.alloc(1 + (at % 3), at)]).toString('base64url'),
  padded: (signature) => `${signature.toString('base64url')}==`,
  'of another alphabet': (signature) => signature.toString('base64'),
  zeros: (signature) => Buffer.alloc(signature.length).toString('base64url'),
  missing: () => '',
};
const canonical = ['none', 'a bit', 'shorter', 'longer', 'zeros'];

describe('a signature', () => {
  it('is judged as aws-jwt-verify judges it, in 1,500 random ways', () => {
    const counts = { taken: 0, refused: 0, stricter: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...algorithms),
        fc.boolean(),
        fc.constantFrom(...names),
        fc.option(fc.constantFrom(...algorithms), { nil: undefined, freq: 3 }),
        fc.constantFrom('none', 'none', 'none', ...Object.keys(damages)),
        fc.nat(10_000),
        (stated, isFitting, anyKey, lie, damage, at) => {
          const signer: KeyName = isFitting ? keysOf[stated]![at % keysOf[stated]!.length]! : anyKey;
          // What the header says, what the key signs with, and with which key it is verified may all differ.
          const header = base64Url({ alg: stated, kid: signer });
          const input = `${header}.${base64Url({ iss: issuer, sub: 'a', exp: 2e9 })}`;
          const digest = `sha${(lie ?? stated).slice(2)}`;
          const signature = signWith(pairs[signer].privateKey, digest === 'shaDSA' ? 'sha256' : digest, input);
          const token = `${input}.${damages[damage]!(signature, at)}`;
          const key = signingKeys.get(at % 5 === 0 ? anyKey : signer)!;
          const [mine, oracle] = [ours(token, key), theirs(token, key)];
          // The oracle takes RS256 from an elliptic curve where the key names no algorithm (5.2.1).
          const fits = keysOf[stated]!.some((name) => name === key.keyId);
          if (canonical.includes(damage)) expect(mine).toBe(oracle && fits);
          else if (mine) expect(oracle).toBe(true);
          counts[mine ? 'taken' : oracle ? 'stricter' : 'refused'] += 1;
        },
      ),
      { numRuns: 1_500 },
    );
    expect(counts.taken).toBeGreaterThan(100);
    expect(counts.refused).toBeGreaterThan(100);
    expect(counts.stricter).toBeGreaterThan(10);
  }, 60_000);

  it.each(algorithms)('of %s is taken from its own key and from no other', (algorithm) => {
    for (const signer of names) {
      const input = `${base64Url({ alg: algorithm, kid: signer })}.${base64Url({ iss: issuer, sub: 'a' })}`;
      const digest = algorithm === 'EdDSA' ? 'sha256' : `sha${algorithm.slice(2)}`;
      const token = `${input}.${signWith(pairs[signer].privateKey, digest, input).toString('base64url')}`;
      for (const name of names) {
        const fits = name === signer && keysOf[algorithm]!.includes(name);
        expect(ours(token, signingKeys.get(name)!), `${signer} signed, ${name} verifies`).toBe(fits);
      }
    }
  });

  it('is refused under a key that names another algorithm of its kind', () => {
    const [key] = importKeys({ keys: [{ ...jwks.rsa, alg: 'RS512' }] })!.values();
    const input = `${base64Url({ alg: 'RS256', kid: 'rsa' })}.${base64Url({ iss: issuer })}`;
    expect(ours(`${input}.${signWith(pairs.rsa.privateKey, 'sha256', input).toString('base64url')}`, key!)).toBe(false);
  });

  it('is refused under a key that OpenSSL cannot verify with', () => {
    const input = `${base64Url({ alg: 'RS256', kid: 'rsa' })}.${base64Url({ iss: issuer })}`;
    const token = `${input}.${signWith(pairs.rsa.privateKey, 'sha256', input).toString('base64url')}`;
    const key = signingKeys.get('rsa')!;
    expect(ours(token, key)).toBe(true);
    expect(ours(token, { ...key, keyObject: createSecretKey(Buffer.from('secret')) })).toBe(false);
  });

  it('of ECDSA in DER is refused: JWS knows r and s only', () => {
    const input = `${base64Url({ alg: 'ES256', kid: 'p256' })}.${base64Url({ iss: issuer })}`;
    const der = sign('sha256', Buffer.from(input), pairs.p256.privateKey);
    expect(ours(`${input}.${der.toString('base64url')}`, signingKeys.get('p256')!)).toBe(false);
  });
});
