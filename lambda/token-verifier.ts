// Step 4: the only door. Strict decoding first, then the configured issuer by exact look-up, then the signature by
// aws-jwt-verify with a key of that issuer, then our own rules on the claims. Nothing a token says leads to a fetch elsewhere.
import { verifyJwtSync } from 'aws-jwt-verify/jwt-verifier';
import type { Jwk } from 'aws-jwt-verify/jwk';
import type { VendingConfig } from '../core/config.ts';
import { TvmError } from '../core/errors.ts';
import type { TokenVerifier } from '../core/ports.ts';
import { checkClaims, findIssuer } from '../core/token-claims.ts';
import { decodeToken, type UnverifiedToken } from '../core/token.ts';
import { createKeySource, type KeySource } from './key-source.ts';
import type { SigningKey } from './signing-keys.ts';

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
    const { issuer, index } = findIssuer(config, token);
    const key = await sources[index]!.find(token.keyId, signal);
    if (key === undefined) throw new TvmError('token-invalid', { detail: 'the issuer has no usable key of that kid' });
    if (!key.algorithms.some((algorithm) => algorithm === token.algorithm)) {
      throw new TvmError('token-invalid', { detail: 'alg does not fit the key' });
    }
    verifySignature(untrustedToken, token, key, issuer.issuer);
    return checkClaims(config, index, token.claims, clock() / 1000);
  };
  return {
    verifyToken,
    warm: async () => {
      await Promise.all(sources.map((source) => source.warm()));
    },
  };
}

/** Far beyond any date: times are ours to judge (core/token-claims), so that no error class of the library decides a code. */
const noTimeChecks = 1e12;

function verifySignature(untrustedToken: string, token: UnverifiedToken, key: SigningKey, issuer: string): void {
  try {
    verifyJwtSync(
      untrustedToken,
      key.jwk as Jwk,
      { issuer, audience: null, graceSeconds: noTimeChecks },
      // The key object we imported and examined; importing it again would cost 50 µs a request.
      () => key.keyObject,
    );
  } catch (cause) {
    // The library throws several kinds of error here, plain ones among them: all mean the same to the caller.
    throw new TvmError('token-invalid', {
      detail: `the signature or header does not verify (${token.algorithm})`,
      cause,
    });
  }
}
