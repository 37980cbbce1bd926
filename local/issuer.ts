// The OIDC issuer of local mode: discovery, keys, and tokens for whoever asks on this machine. Its keys live as long as the
// process and are trusted by nothing that could reach real AWS.
// @see https://openid.net/specs/openid-connect-discovery-1_0.html
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { TrustedIssuer } from '../core/config.ts';
import { TvmError } from '../core/errors.ts';
import { isRecord } from '../core/iam/syntax.ts';
import { object, anyObject, integer, list, string, type Issue } from '../core/schema.ts';

/** What a local token should say. `claims` wins over everything else, so that broken tokens can be made as well. */
export interface MintRequest {
  readonly tenant?: string;
  readonly subject?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Seconds; negative makes an expired token. */
  readonly expiresIn?: number;
  readonly audience?: string | readonly string[];
  /** Name or identifier of the trusted issuer; the first where it is absent. */
  readonly issuer?: string;
}

/** Signs tokens of the configured issuers. */
export interface LocalIssuer {
  readonly mint: (request: MintRequest) => Promise<string>;
  readonly keys: { readonly keys: readonly JWK[] };
}

const defaultLifetimeSeconds = 3600;

/** A key pair for one algorithm, made ahead because RSA keys take a while. */
export interface SigningPair {
  readonly algorithm: string;
  readonly keyId: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function generateSigningPair(algorithm: string): Promise<SigningPair> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const keyId = `local-${algorithm.toLowerCase()}`;
  return {
    algorithm,
    keyId,
    privateKey,
    jwk: { ...(await exportJWK(publicKey)), kid: keyId, alg: algorithm, use: 'sig' },
  };
}

/** Makes the issuer of a configuration. `now` in milliseconds since 1970. */
export function createLocalIssuer(
  issuers: readonly TrustedIssuer[],
  pairs: readonly SigningPair[],
  now: () => number,
): LocalIssuer {
  return {
    keys: { keys: pairs.map(({ jwk }) => jwk) },
    mint: async (request) => {
      const issuer = findTrustedIssuer(issuers, request.issuer);
      const pair =
        pairs.find(({ algorithm }) => issuer.algorithms.some((accepted) => accepted === algorithm)) ?? pairs[0]!;
      const claims = buildClaims(issuer, request, Math.floor(now() / 1000));
      return new SignJWT(claims)
        .setProtectedHeader({ alg: pair.algorithm, kid: pair.keyId, typ: 'JWT' })
        .sign(pair.privateKey);
    },
  };
}

function findTrustedIssuer(issuers: readonly TrustedIssuer[], wanted: string | undefined): TrustedIssuer {
  const found =
    wanted === undefined ? issuers[0] : issuers.find(({ name, issuer }) => name === wanted || issuer === wanted);
  if (found === undefined) throw new TvmError('request-invalid', { detail: 'issuer names no trusted issuer' });
  return found;
}

function buildClaims(issuer: TrustedIssuer, request: MintRequest, now: number): Record<string, unknown> {
  const { subject = 'alice', expiresIn = defaultLifetimeSeconds } = request;
  const expiresAt = now + expiresIn;
  const claims: Record<string, unknown> = {
    iss: issuer.issuer,
    aud: request.audience ?? issuer.audiences[0],
    sub: subject,
    iat: Math.min(now, expiresAt - 60),
    exp: expiresAt,
    jti: randomUUID(),
    ...(issuer.tokenUse === undefined ? {} : { token_use: issuer.tokenUse }),
    ...(issuer.clientIds === undefined ? {} : { client_id: issuer.clientIds[0] }),
  };
  setClaim(claims, issuer.subjectClaim, subject);
  if (request.tenant !== undefined && 'claim' in issuer.tenant) setClaim(claims, issuer.tenant.claim, request.tenant);
  return { ...claims, ...request.claims };
}

function setClaim(claims: Record<string, unknown>, path: string | readonly string[], value: unknown): void {
  const names = typeof path === 'string' ? [path] : path;
  let target = claims;
  for (const name of names.slice(0, -1)) {
    const inner = isRecord(target[name]) ? { ...target[name] } : {};
    target[name] = inner;
    target = inner;
  }
  target[names.at(-1)!] = value;
}

const anyAudience = {
  json: {},
  parse: (input: unknown, pointer: string, issues: Issue[]): string | readonly string[] | undefined =>
    Array.isArray(input) ? list(string()).parse(input, pointer, issues) : string().parse(input, pointer, issues),
};
const week = 7 * 86_400;
const mintSchema = object(
  {},
  {
    tenant: string(),
    subject: string(),
    claims: anyObject,
    expiresIn: integer(-week, week),
    audience: anyAudience,
    issuer: string(),
  },
);

/** Parses the body of `POST /oidc/token`. Throws `request-invalid`. */
export function parseMintRequest(body: unknown): MintRequest {
  const issues: Issue[] = [];
  const request = mintSchema.parse(body, '', issues);
  if (request === undefined) {
    throw new TvmError('request-invalid', {
      detail: issues.map(({ pointer, message }) => `${pointer} ${message}`).join('; '),
    });
  }
  return request;
}
