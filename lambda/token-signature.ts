// Step 4, the signature alone: node:crypto, with a key that was imported and examined before. Which algorithms a key may verify is
// said by the key, never by the token (the confusion of RS256 with HS256, and of one curve with another).
// @see https://www.rfc-editor.org/rfc/rfc7515#section-5.2 and https://www.rfc-editor.org/rfc/rfc7518#section-3.1
import { verify } from 'node:crypto';
import type { Algorithm } from '../core/config.ts';
import type { UnverifiedToken } from '../core/token.ts';
import type { SigningKey } from './signing-keys.ts';

/** The digest of an algorithm, as OpenSSL names it. Ed25519 has its own. */
const digests: Readonly<Record<Algorithm, string | null>> = {
  RS256: 'sha256',
  RS384: 'sha384',
  RS512: 'sha512',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  EdDSA: null,
};

/** Whether the key made the token's signature, with an algorithm that fits it. Never throws. */
export function isSignedBy(token: UnverifiedToken, key: SigningKey): boolean {
  const algorithm = key.algorithms.find((fitting) => fitting === token.algorithm);
  if (algorithm === undefined) return false;
  // JWS writes an ECDSA signature as r and s side by side (RFC 7518 section 3.4). The others get the bare key: to find out that
  // a wrapped one is wrapped, Node throws and catches two errors, which takes longer than RSA does.
  const input = algorithm.startsWith('ES') ? { key: key.keyObject, dsaEncoding: 'ieee-p1363' as const } : key.keyObject;
  try {
    return verify(
      digests[algorithm],
      Buffer.from(token.signingInput),
      input,
      Buffer.from(token.signature, 'base64url'),
    );
  } catch {
    // OpenSSL refuses some malformed signatures by an error.
    return false;
  }
}
