// Step 4: the only door. Strict decoding first, then the configured issuer by exact look-up, then the signature with a key of
// that issuer, then the rules on the claims. Nothing a token says leads to a fetch elsewhere.
import type { VendingConfig } from '../core/config.ts';
import { TvmError } from '../core/errors.ts';
import type { TokenVerifier } from '../core/ports.ts';
import { checkClaims, findIssuer } from '../core/token-claims.ts';
import { decodeToken } from '../core/token.ts';
import { createKeySource, type KeySource } from './key-source.ts';
import { isSignedBy } from './token-signature.ts';

/** A verifier with its key caches. */
export interface WarmableVerifier {
  readonly verifyToken: TokenVerifier;
  /** Fetches all issuers' keys ahead; never rejects, for a slow issuer must not fail the start. */
  readonly warm: () => Promise<void>;
}

/** Makes the verifier of a configuration. `clock` in milliseconds since 1970; `onKeyFailure` is told of each failed fetch. */
export function createTokenVerifier(
  config: VendingConfig,
  clock: () => number,
  onKeyFailure: () => void = () => undefined,
): WarmableVerifier {
  const sources: readonly KeySource[] = config.issuers.map((issuer) => createKeySource(issuer, clock, onKeyFailure));
  const verifyToken: TokenVerifier = async (untrustedToken, signal) => {
    const token = decodeToken(untrustedToken);
    const { index } = findIssuer(config, token);
    const key = await sources[index]!.find(token.keyId, signal);
    if (key === undefined) throw new TvmError('token-invalid', { detail: 'the issuer has no usable key of that kid' });
    if (!isSignedBy(token, key)) {
      throw new TvmError('token-invalid', { detail: `the signature does not verify (${token.algorithm})` });
    }
    return checkClaims(config, index, token.claims, clock() / 1000);
  };
  return {
    verifyToken,
    warm: async () => {
      await Promise.all(sources.map((source) => source.warm()));
    },
  };
}
