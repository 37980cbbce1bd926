// What a request claims about its signature, from the Authorization header or a presigned URL: syntax only. Nothing here
// is verified; sigv4.ts does that.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
import type { WireRequest } from './request.ts';
import { SignatureError } from './signature-error.ts';

/** A parsed SigV4 claim. Dates are epoch milliseconds. */
export interface SignatureClaim {
  readonly kind: 'header' | 'presigned';
  readonly accessKeyId: string;
  readonly scope: { readonly date: string; readonly region: string; readonly service: string };
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** `YYYYMMDDTHHMMSSZ` as sent. */
  readonly amzDate: string;
  readonly signedAt: number;
  /** Presigned URLs only. */
  readonly expiresSeconds: number | undefined;
  /** `x-amz-content-sha256` as sent, in a header or a presigned URL. */
  readonly contentSha256: string | undefined;
}

/** Query parameters of a presigned URL that authenticate it, in AWS's casing. */
const presignedNames = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
];

const credentialPattern = /^([A-Za-z0-9]{1,128})\/([0-9]{8})\/([a-z0-9-]{1,64})\/([a-z0-9-]{1,64})\/aws4_request$/;
const authorizationPattern =
  /^AWS4-HMAC-SHA256 +Credential=([^, ]+), *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{64})$/;
const maxExpiresSeconds = 604_800;

/** Parses the claim; undefined where the request does not claim to be signed. Throws {@link SignatureError}. */
export function parseSignatureClaim(request: WireRequest): SignatureClaim | undefined {
  const authorization = request.headers.get('authorization');
  const presigned = presignedNames.some((name) => request.query.has(name));
  if (authorization !== undefined && presigned) throw new SignatureError('two-mechanisms');
  // Version 2, which old command lines still write into presigned URLs.
  if (request.query.has('AWSAccessKeyId')) throw new SignatureError('unsupported-mechanism');
  if (authorization !== undefined) return parseHeaderClaim(request, authorization);
  return presigned ? parsePresignedClaim(request) : undefined;
}

function parseHeaderClaim({ headers }: WireRequest, authorization: string): SignatureClaim {
  if (!authorization.startsWith('AWS4-HMAC-SHA256 ')) throw new SignatureError('unsupported-mechanism');
  const [, credential, signedHeaders, signature] = authorizationPattern.exec(authorization) ?? [];
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw new SignatureError('incomplete');
  }
  return {
    kind: 'header',
    ...parseCredential(credential),
    ...parseDate(headers.get('x-amz-date')),
    signedHeaders: parseSignedHeaders(signedHeaders),
    signature,
    sessionToken: headers.get('x-amz-security-token'),
    expiresSeconds: undefined,
    contentSha256: headers.get('x-amz-content-sha256'),
  };
}

function parsePresignedClaim({ headers, query }: WireRequest): SignatureClaim {
  const read = (name: string): string => query.get(name) ?? refuseIncomplete();
  if (read('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') throw new SignatureError('unsupported-mechanism');
  const expires = read('X-Amz-Expires');
  const signature = read('X-Amz-Signature');
  const inRange = /^[0-9]{1,6}$/.test(expires) && Number(expires) >= 1 && Number(expires) <= maxExpiresSeconds;
  if (!inRange || !/^[0-9a-f]{64}$/.test(signature)) throw new SignatureError('incomplete');
  const hashes = [...query].filter(([name]) => name.toLowerCase() === 'x-amz-content-sha256').map(([, value]) => value);
  const inHeader = headers.get('x-amz-content-sha256');
  if (inHeader !== undefined) hashes.push(inHeader);
  if (hashes.length > 1) throw new SignatureError('incomplete');
  return {
    kind: 'presigned',
    ...parseCredential(read('X-Amz-Credential')),
    ...parseDate(read('X-Amz-Date')),
    signedHeaders: parseSignedHeaders(read('X-Amz-SignedHeaders')),
    signature,
    sessionToken: query.get('X-Amz-Security-Token'),
    expiresSeconds: Number(expires),
    contentSha256: hashes[0],
  };
}

/** The request without what only authenticates it. Headers that a presigned URL carries as `x-amz-…` query parameters
 * become headers, as in AWS, so that they meet the same allow-lists. */
export function stripAuthentication(request: WireRequest, claim: SignatureClaim): WireRequest {
  const headers = new Map(request.headers);
  const query = new Map(request.query);
  for (const name of ['authorization', 'x-amz-date', 'x-amz-security-token']) headers.delete(name);
  if (claim.kind === 'presigned') {
    for (const name of presignedNames) query.delete(name);
    for (const [name, value] of request.query) {
      const lower = name.toLowerCase();
      if (!query.has(name) || !lower.startsWith('x-amz-')) continue;
      if (headers.has(lower)) throw new SignatureError('two-mechanisms');
      // HTTP itself never carries these in a header; in a query they would come back as a second header of an answer.
      if (!/^[a-z0-9-]+$/.test(lower) || !/^[\x20-\x7e]*$/.test(value)) throw new SignatureError('incomplete');
      headers.set(lower, value);
      query.delete(name);
    }
  }
  headers.delete('x-amz-content-sha256');
  return { ...request, headers, query };
}

function parseCredential(text: string): Pick<SignatureClaim, 'accessKeyId' | 'scope'> {
  const [, accessKeyId, date, region, service] = credentialPattern.exec(text) ?? [];
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined) {
    throw new SignatureError('incomplete');
  }
  return { accessKeyId, scope: { date, region, service } };
}

function parseDate(text: string | undefined): Pick<SignatureClaim, 'amzDate' | 'signedAt'> {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text ?? '') ?? refuseIncomplete();
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (text === undefined || Number.isNaN(signedAt)) throw new SignatureError('incomplete');
  // JavaScript reads 31 February as 3 March, which is not what was signed.
  if (new Date(signedAt).toISOString().replace(/[-:]|\.000/g, '') !== text) throw new SignatureError('incomplete');
  return { amzDate: text, signedAt };
}

function parseSignedHeaders(text: string): readonly string[] {
  const names = text.split(';');
  if (new Set(names).size !== names.length || names.some((name) => !/^[!-9<-~]+$/.test(name) || /[A-Z]/.test(name))) {
    throw new SignatureError('incomplete');
  }
  return names;
}

function refuseIncomplete(): never {
  throw new SignatureError('incomplete');
}
