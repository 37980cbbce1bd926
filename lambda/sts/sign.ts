// AWS Signature Version 4 for the one request we send: a POST without a query, whose headers and path are ours. Fifty lines where
// a library for every AWS service is an eighth of the bundle; AWS's own signer is the oracle in the tests.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { SigningCredentials } from './connection.ts';
import { percentEncode } from './query.ts';

export interface UnsignedRequest {
  readonly region: string;
  readonly credentials: SigningCredentials;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** As it stands on the wire. */
  readonly path: string;
  /** Names in lower case, values as they are sent; `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The request's headers with those of the signature, which covers all of them. */
export function signRequest(request: UnsignedRequest): Readonly<Record<string, string>> {
  const { region, credentials, time, path, body } = request;
  const date = new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const bodyHash = hash('sha256', body);
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': date,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    path.split('/').map(percentEncode).join('/'),
    '',
    ...names.map((name) => `${name}:${headers[name]!.trim().replace(/\s+/g, ' ')}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const scope = [date.slice(0, 8), region, 'sts', 'aws4_request'];
  const key = signingKey(credentials, scope);
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), hash('sha256', canonical)].join('\n');
  const signature = hmac(key, toSign).toString('hex');
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

/** The keys of the day: four of five HMACs are the same for all requests of one. Gone with their credentials. */
const signingKeys = new WeakMap<SigningCredentials, { readonly scope: string; readonly key: KeyObject }>();

function signingKey(credentials: SigningCredentials, scope: readonly string[]): KeyObject {
  const kept = signingKeys.get(credentials);
  if (kept?.scope === scope.join('/')) return kept.key;
  const derived = scope.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const key = createSecretKey(derived as Buffer);
  signingKeys.set(credentials, { scope: scope.join('/'), key });
  return key;
}

function hmac(key: string | Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
