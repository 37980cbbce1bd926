// What the claims of a token with a good signature must say: issuer, audience, use, times, subject. Pure; `now` is an argument.
// @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1
import type { VerifiedClaims } from './claims.ts';
import type { TrustedIssuer, VendingConfig } from './config.ts';
import { TvmError } from './errors.ts';
import { token as limits } from './limits.ts';
import { parseSubject } from './subject.ts';
import type { UnverifiedToken } from './token.ts';

/** The configured issuer whose identifier equals `iss` exactly; nothing is normalised and nothing is fetched for another.
 * Also holds the algorithm against that issuer's list. Throws `token-invalid`. */
export function findIssuer(
  config: VendingConfig,
  token: UnverifiedToken,
): { readonly issuer: TrustedIssuer; readonly index: number } {
  const { iss } = token.claims;
  const index = config.issuers.findIndex(({ issuer }) => issuer === iss);
  const issuer = config.issuers[index];
  if (issuer === undefined) throw refuse('iss is not a configured issuer');
  if (!issuer.algorithms.some((algorithm) => algorithm === token.algorithm))
    throw refuse('alg is not in the list of the issuer');
  return { issuer, index };
}

/** Checks the claims of a token whose signature was verified with a key of `config.issuers[issuerIndex]`. `now` in seconds.
 * Throws `token-invalid`, `token-expired`, `token-not-yet-valid`. */
export function checkClaims(
  config: VendingConfig,
  issuerIndex: number,
  claims: Readonly<Record<string, unknown>>,
  now: number,
): VerifiedClaims {
  const issuer = config.issuers[issuerIndex]!;
  if (claims['iss'] !== issuer.issuer) throw refuse('iss is another issuer');
  checkAudience(issuer, claims);
  if (issuer.tokenUse !== undefined && claims['token_use'] !== issuer.tokenUse) throw refuse('token_use differs');
  checkClient(issuer, claims);
  const expiresAt = checkTimes(issuer, claims, now);
  parseSubject(claims['sub']);
  return { issuerIndex, all: claims, expiresAt };
}

function checkAudience(issuer: TrustedIssuer, claims: Readonly<Record<string, unknown>>): void {
  const { aud } = claims;
  // Cognito's access tokens carry no aud; their app client stands in its place, and only for that use of token.
  const stated = aud === undefined && issuer.tokenUse === 'access' ? claims['client_id'] : aud;
  // A list is a form of aud alone.
  const values: readonly unknown[] = Array.isArray(aud) ? aud : [stated];
  if (values.length === 0 || !values.every((value) => typeof value === 'string' && value !== ''))
    throw refuse('aud is missing or malformed');
  const listed = (value: unknown): boolean => issuer.audiences.some((audience) => audience === value);
  if (issuer.audienceMode === 'exact' ? !values.every(listed) : !values.some(listed))
    throw refuse('aud is another audience');
}

function checkClient({ clientIds }: TrustedIssuer, claims: Readonly<Record<string, unknown>>): void {
  if (clientIds === undefined) return;
  const standard = [claims['azp'], claims['client_id']].filter((value) => value !== undefined);
  // Okta's access tokens name their client in cid alone, Microsoft's v1.0 ones in appid alone. Where a standard claim is there,
  // these two are anybody's claims and count for nothing.
  const own = [claims['cid'], claims['appid']].filter((value) => value !== undefined);
  const stated = standard.length > 0 ? standard : own;
  // Both, where both are there: a token that names two clients must not pass by the better one.
  if (stated.length === 0 || !stated.every((value) => clientIds.some((clientId) => clientId === value))) {
    throw refuse('azp or client_id (else cid or appid) is missing or another client');
  }
}

function checkTimes(issuer: TrustedIssuer, claims: Readonly<Record<string, unknown>>, now: number): number {
  const expiresAt = numericDate(claims, 'exp');
  if (expiresAt === undefined) throw refuse('exp is missing');
  const issuedAt = numericDate(claims, 'iat');
  const notBefore = numericDate(claims, 'nbf');
  const leeway = limits.leewaySeconds;
  if (now >= expiresAt + leeway)
    throw new TvmError('token-expired', { detail: `exp passed ${Math.floor(now - expiresAt)} s ago` });
  if (notBefore !== undefined && notBefore > now + leeway)
    throw new TvmError('token-not-yet-valid', { detail: 'nbf is in the future' });
  if (issuedAt !== undefined) {
    if (issuedAt > now + leeway) throw refuse('iat is in the future');
    if (issuedAt > expiresAt) throw refuse('iat is after exp');
    if (now - issuedAt > issuer.maxTokenAgeSeconds + leeway) throw refuse('the token is older than maxTokenAgeSeconds');
  } else if (expiresAt > now + issuer.maxTokenAgeSeconds) {
    throw refuse('exp is further away than maxTokenAgeSeconds, and there is no iat');
  }
  return expiresAt;
}

function numericDate(claims: Readonly<Record<string, unknown>>, name: string): number | undefined {
  if (!Object.hasOwn(claims, name)) return undefined;
  const value = claims[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > limits.maxNumericDate) {
    throw refuse(`${name} is not a date in whole seconds`);
  }
  return value;
}

function refuse(detail: string): TvmError {
  return new TvmError('token-invalid', { detail });
}
