// Public keys of one issuer, out of a JWK set: which ones may verify what. A key that is weak, private, symmetric or meant for
// something else is left out; one bad key does not spoil the set, two keys of one id spoil each other.
// @see https://www.rfc-editor.org/rfc/rfc7517 and https://www.rfc-editor.org/rfc/rfc7518
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Algorithm } from '../core/config.ts';
import { token as limits } from '../core/limits.ts';

type Jwk = Readonly<Record<string, unknown>>;

/** One key that may verify tokens, imported once. */
export interface SigningKey {
  readonly keyId: string;
  readonly jwk: Jwk;
  readonly keyObject: KeyObject;
  readonly algorithms: readonly Algorithm[];
}

/** Imports a JWK set. Undefined where the document is none; keys that may not be used are left out. */
export function importKeys(document: unknown): ReadonlyMap<string, SigningKey> | undefined {
  const members: unknown = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(members)) return undefined;
  const keys = new Map<string, SigningKey>();
  const seen = new Set<string>();
  for (const member of members as unknown[]) {
    const keyId = (member as { kid?: unknown } | null)?.kid;
    if (typeof keyId !== 'string' || keyId === '') continue;
    // Which of two keys of one id is meant cannot be known, and picking the first lets an attacker's key stand in.
    if (seen.has(keyId)) {
      keys.delete(keyId);
      continue;
    }
    seen.add(keyId);
    const key = importKey(keyId, member as Jwk);
    if (key !== undefined) keys.set(keyId, key);
  }
  return keys;
}

function importKey(keyId: string, jwk: Jwk): SigningKey | undefined {
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') return undefined;
  const operations = jwk['key_ops'];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined;
  // A published private key is a stolen key, and a symmetric one would let every verifier sign.
  if (jwk['kty'] === 'oct' || Object.hasOwn(jwk, 'd') || Object.hasOwn(jwk, 'k')) return undefined;
  try {
    const keyObject = createPublicKey({ key: jwk, format: 'jwk' });
    const fitting = algorithmsOf(keyObject, jwk);
    const algorithms = fitting.filter((algorithm) => jwk['alg'] === undefined || jwk['alg'] === algorithm);
    return algorithms.length === 0 ? undefined : { keyId, jwk, keyObject, algorithms };
  } catch {
    return undefined;
  }
}

/** The curve and the size decide: ES256 with a P-384 key, or RSA of 1,024 bits, verifies and proves nothing. */
function algorithmsOf(keyObject: KeyObject, jwk: Jwk): readonly Algorithm[] {
  if (jwk['kty'] === 'RSA') {
    const { modulusLength = 0, publicExponent = 0n } = keyObject.asymmetricKeyDetails ?? {};
    const strong = modulusLength >= limits.minRsaBits && publicExponent >= 3n && publicExponent % 2n === 1n;
    return strong ? ['RS256', 'RS384', 'RS512'] : [];
  }
  if (jwk['kty'] === 'EC') {
    const curves: Readonly<Record<string, Algorithm>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };
    const algorithm =
      typeof jwk['crv'] === 'string' && Object.hasOwn(curves, jwk['crv']) ? curves[jwk['crv']] : undefined;
    return algorithm === undefined ? [] : [algorithm];
  }
  return jwk['kty'] === 'OKP' && jwk['crv'] === 'Ed25519' ? ['EdDSA'] : [];
}
