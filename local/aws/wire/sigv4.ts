// Verifies AWS Signature Version 4: the signature over exactly the request that will be executed, the session behind it,
// the clock and the payload's hash. Decides nothing about permissions. The Region of the scope is part of what is signed
// and is used for nothing else.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Session, SessionBook } from '../sessions.ts';
import { decode, type WireRequest } from './request.ts';
import type { SignatureClaim } from './signature-claim.ts';
import { SignatureError } from './signature-error.ts';

/** How the body is bound to the signature. The streaming kinds are aws-chunked bodies, decoded by the S3 service. */
export type PayloadKind = 'hashed' | 'unsigned' | 'chunked-unsigned' | 'chunked-signed';

/** A signature that held, with what is needed to verify signed chunks after it. */
export interface VerifiedSignature {
  readonly session: Session;
  readonly claim: SignatureClaim;
  readonly payload: PayloadKind;
  /** The signed chunks of this body end with signed trailers. */
  readonly hasTrailer: boolean;
  readonly signingKey: Buffer;
}

const maxSkewMs = 15 * 60 * 1000;
const emptyHash = sha256Hex('');

const streamingKinds: Readonly<Record<string, Pick<VerifiedSignature, 'payload' | 'hasTrailer'>>> = {
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { payload: 'chunked-unsigned', hasTrailer: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { payload: 'chunked-signed', hasTrailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { payload: 'chunked-signed', hasTrailer: true },
};

/** Verifies a claim for the given service. Throws {@link SignatureError}. */
export function verifySignature(
  request: WireRequest,
  claim: SignatureClaim,
  sessions: SessionBook,
  now: number,
): VerifiedSignature {
  const session = sessions.find(claim.accessKeyId);
  if (session === undefined) throw new SignatureError('unknown-key');
  checkSessionToken(claim.sessionToken, session.sessionToken);
  if (claim.amzDate.slice(0, 8) !== claim.scope.date) throw new SignatureError('incomplete');
  checkSignedHeaders(request, claim);
  const hash = payloadHash(request, claim);
  const signingKey = deriveSigningKey(session.secretAccessKey, claim.scope);
  const expected = hmac(signingKey, stringToSign(claim, canonicalRequest(request, claim, hash))).toString('hex');
  if (!isEqual(claim.signature, expected)) throw new SignatureError('mismatch');
  checkClock(claim, now);
  if (now >= session.expiresAt) throw new SignatureError('session-expired');
  return { session, claim, ...checkPayload(request, claim, hash), signingKey };
}

/** A session's key is nothing without its session token, and a long-term key has none. */
function checkSessionToken(given: string | undefined, wanted: string | undefined): void {
  if (given === undefined && wanted !== undefined) throw new SignatureError('unknown-key');
  if (given !== undefined && (wanted === undefined || !isEqual(given, wanted))) {
    throw new SignatureError('wrong-session-token');
  }
}

/** Compares in constant time, also for different lengths. */
export function isEqual(left: string, right: string): boolean {
  return timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());
}

/** HMAC-SHA256. */
export function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

/** SHA-256 in lower-case hexadecimal. */
export function sha256Hex(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The scope as it stands in a string to sign. */
export function scopeText({ scope }: SignatureClaim): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

function checkSignedHeaders({ headers }: WireRequest, { signedHeaders }: SignatureClaim): void {
  // An unsigned x-amz- header could be added by whoever saw the request, and change what it does.
  const mustBeSigned = [...headers.keys()].filter((name) => name === 'host' || name.startsWith('x-amz-'));
  if (mustBeSigned.some((name) => !signedHeaders.includes(name))) throw new SignatureError('unsigned-header');
  if (signedHeaders.some((name) => !headers.has(name))) throw new SignatureError('mismatch');
}

function payloadHash({ body }: WireRequest, { contentSha256, kind, scope }: SignatureClaim): string {
  if (contentSha256 !== undefined) return contentSha256;
  if (scope.service !== 's3') return body.length === 0 ? emptyHash : sha256Hex(body);
  if (kind === 'header') throw new SignatureError('payload-hash-missing');
  return 'UNSIGNED-PAYLOAD';
}

function checkPayload(
  { body }: WireRequest,
  { scope }: SignatureClaim,
  hash: string,
): Pick<VerifiedSignature, 'payload' | 'hasTrailer'> {
  if (scope.service === 's3') {
    if (hash === 'UNSIGNED-PAYLOAD') return { payload: 'unsigned', hasTrailer: false };
    const streaming = Object.hasOwn(streamingKinds, hash) ? streamingKinds[hash] : undefined;
    if (streaming !== undefined) return streaming;
  }
  if (!isEqual(hash, sha256Hex(body))) throw new SignatureError('payload-hash-mismatch');
  return { payload: 'hashed', hasTrailer: false };
}

function checkClock({ kind, signedAt, expiresSeconds }: SignatureClaim, now: number): void {
  if (signedAt - now > maxSkewMs) throw new SignatureError('skewed');
  if (kind === 'header' && now - signedAt > maxSkewMs) throw new SignatureError('skewed');
  if (expiresSeconds !== undefined && now > signedAt + expiresSeconds * 1000) {
    throw new SignatureError('presigned-expired');
  }
}

function canonicalRequest(request: WireRequest, claim: SignatureClaim, hash: string): string {
  const query = [...request.query]
    .filter(([name]) => claim.kind === 'header' || name !== 'X-Amz-Signature')
    .map(([name, value]): readonly [string, string] => [encode(name), encode(value)])
    // By name alone: "a=" must come before "a-b=", although "-" comes before "=". Names occur once.
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map((pair) => pair.join('='));
  const names = claim.signedHeaders.toSorted();
  return [
    request.method,
    canonicalPath(request.path, claim.scope.service),
    query.join('&'),
    ...names.map((name) => `${name}:${request.headers.get(name)!.trim().replace(/\s+/g, ' ')}`),
    '',
    claim.signedHeaders.join(';'),
    hash,
  ].join('\n');
}

/** S3 signs the path encoded once and never normalised; the others encode what is on the wire a second time. */
function canonicalPath(path: string, service: string): string {
  const segments = path.split('/');
  return segments.map((segment) => encode(service === 's3' ? decode(segment) : segment)).join('/');
}

/** RFC 3986: everything but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function stringToSign(claim: SignatureClaim, canonical: string): string {
  return ['AWS4-HMAC-SHA256', claim.amzDate, scopeText(claim), sha256Hex(canonical)].join('\n');
}

function deriveSigningKey(secret: string, { date, region, service }: SignatureClaim['scope']): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), 'aws4_request');
}
