// Local tokens that are broken on purpose, one kind at a time, to see a machine refuse them. Made from tokens of the local issuer,
// which no real machine trusts.
import { createHmac, createPublicKey, generateKeyPairSync, sign, type JsonWebKey } from 'node:crypto';
import { requestDocument } from '../../client/vend.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { localToken } from './target.ts';

type Mint = Readonly<Record<string, unknown>>;

interface Break {
  readonly summary: string;
  /** What is asked of the issuer instead. */
  readonly mint?: (request: Mint) => Mint;
  /** What is done to the token it gave. */
  readonly bend?: (token: string, url: string) => string | Promise<string>;
}

/** The kinds, with the refusal each must end in. */
export const breaks: Readonly<Record<string, Break>> = {
  signature: { summary: 'a signature with one byte changed: token-invalid', bend: bendSignature },
  'alg-none': {
    summary: 'unsigned, alg none: token-invalid',
    bend: (token) => `${encode({ ...headerOf(token), alg: 'none' })}.${partOf(token, 1)}.`,
  },
  'alg-hmac': {
    summary: 'HS256 with the public key as the secret: token-invalid',
    bend: async (token, url) => {
      const signing = `${encode({ ...headerOf(token), alg: 'HS256' })}.${partOf(token, 1)}`;
      return `${signing}.${createHmac('sha256', await publicKeyText(url))
        .update(signing)
        .digest('base64url')}`;
    },
  },
  'own-key': {
    summary: 'signed with a key that the header brings along: token-invalid',
    bend: (token) => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = publicKey.export({ format: 'jwk' });
      const signing = `${encode({ ...headerOf(token), alg: 'ES256', jwk })}.${partOf(token, 1)}`;
      const signature = sign('sha256', Buffer.from(signing), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${signing}.${signature.toString('base64url')}`;
    },
  },
  kid: {
    summary: 'a key id that the issuer does not have: token-invalid',
    bend: (token) => `${encode({ ...headerOf(token), kid: 'no-such-key' })}.${partOf(token, 1)}.${partOf(token, 2)}`,
  },
  expired: { summary: 'ended five minutes ago: token-expired', mint: (request) => ({ ...request, expiresIn: -300 }) },
  'not-yet-valid': {
    summary: 'valid in an hour: token-not-yet-valid',
    mint: (request) => withClaims(request, { nbf: Math.floor(Date.now() / 1000) + 3600 }),
  },
  issuer: {
    summary: 'another issuer: token-invalid',
    mint: (request) => withClaims(request, { iss: 'https://issuer.example.com/' }),
  },
  audience: {
    summary: 'for another audience: token-invalid',
    mint: (request) => ({ ...request, audience: 'https://api.example.com/' }),
  },
  subject: { summary: 'an empty subject: token-invalid', mint: (request) => withClaims(request, { sub: '' }) },
  tenant: {
    summary: 'a tenant id that would widen a policy: tenant-invalid',
    mint: (request) => ({ ...request, tenant: '*' }),
  },
  'no-tenant': {
    summary: 'no tenant at all: tenant-invalid',
    mint: ({ tenant: _tenant, ...request }) => request,
  },
};

/** A token broken in that way. Rejects where local mode is not running. */
export async function brokenToken(kind: string, url: string, request: Mint): Promise<string> {
  const { mint = (same: Mint): Mint => same, bend = (same: string): string => same } = breaks[kind]!;
  return bend(await localToken(url, mint(request)), url);
}

function withClaims(request: Mint, claims: Mint): Mint {
  return { ...request, claims: { ...(isRecord(request['claims']) ? request['claims'] : {}), ...claims } };
}

function partOf(token: string, index: number): string {
  return token.split('.')[index] ?? '';
}

function headerOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(partOf(token, 0), 'base64url').toString('utf8')) as Readonly<Record<string, unknown>>;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function bendSignature(token: string): string {
  const signature = Buffer.from(partOf(token, 2), 'base64url');
  signature[10] = signature[10]! ^ 0xff;
  return `${partOf(token, 0)}.${partOf(token, 1)}.${signature.toString('base64url')}`;
}

/** The text that a verifier which trusts the header's algorithm would take as the HMAC secret. */
async function publicKeyText(url: string): Promise<string> {
  const keys = await requestDocument({ url }, '/oidc/jwks');
  const [key] = isRecord(keys) && Array.isArray(keys['keys']) ? (keys['keys'] as readonly JsonWebKey[]) : [];
  return createPublicKey({ key: key!, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}
