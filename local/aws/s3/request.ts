// An S3 request on the way to an operation: bucket and key taken from the path once, and the allow-lists. Whatever an
// operation does not know by name is refused here: an ignored subresource or header would answer another question.
import type { Need } from '../authorise.ts';
import { AwsRefusal, notImplemented } from '../refusal.ts';
import { decode, type WireRequest } from '../wire/request.ts';
import type { VerifiedSignature } from '../wire/sigv4.ts';
import { checksumHeaders, digest } from './checksum.ts';
import { s3Error } from './errors.ts';

/** A signed request with its target. `bucket` and `key` are '' where the path has none. */
export interface S3Request {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly signature: VerifiedSignature;
}

/** Headers other than `x-amz-…` that change what S3 does. Those an operation does not list are refused. */
const meaningfulHeaders = new Set([
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
  'x-http-method-override',
]);

/** Of the SDKs themselves, without meaning. */
const idleHeaders = new Set(['x-amz-user-agent', 'x-amz-expected-bucket-owner']);
const maxKeyBytes = 1024;

/** Takes the target apart. The key is everything after the bucket's slash, decoded once and never normalised. */
export function toS3Request(request: WireRequest, signature: VerifiedSignature): S3Request {
  const { method, path, query, headers, body } = request;
  const slash = path.indexOf('/', 1);
  const bucket = decode(slash === -1 ? path.slice(1) : path.slice(1, slash));
  const key = slash === -1 ? '' : decode(path.slice(slash + 1));
  if (bucket === '' && key !== '') throw s3Error('InvalidBucketName');
  if (bucket !== '') checkBucketName(bucket);
  checkKeyLength(key);
  return { method, bucket, key, query, headers, body, signature };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function checkBucketName(name: string): void {
  const isName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..');
  if (!isName || /^[0-9]+(?:\.[0-9]+){3}$/.test(name)) throw s3Error('InvalidBucketName');
}

/** Throws KeyTooLongError. */
export function checkKeyLength(key: string): void {
  if (Buffer.byteLength(key) > maxKeyBytes) throw s3Error('KeyTooLongError');
}

/** What an operation takes. A name that ends with `*` is a prefix. */
export interface Allowed {
  readonly name: string;
  readonly query?: readonly string[];
  readonly headers?: readonly string[];
  /** Default false: a body is refused. */
  readonly hasBody?: boolean;
}

/** Refuses every query parameter and every meaningful header that the operation does not know. */
export function allowOnly(request: S3Request, allowed: Allowed, accountId: string): void {
  for (const [name, value] of request.query) {
    // SDKs name the operation for readers of access logs; it must at least be this one.
    if (name === 'x-id' && value === allowed.name) continue;
    if (!(allowed.query ?? []).includes(name)) throw notImplemented(`the query parameter ${name} of ${allowed.name}`);
  }
  for (const [name, value] of request.headers) {
    const matters = name.startsWith('x-amz-') || meaningfulHeaders.has(name);
    if (!matters || idleHeaders.has(name)) continue;
    if (allowed.hasBody !== true && isChecksumOfNothing(name, value)) continue;
    const isAllowed = (allowed.headers ?? []).some((pattern) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    );
    if (!isAllowed) throw notImplemented(`the header ${name} of ${allowed.name}`);
  }
  const owner = request.headers.get('x-amz-expected-bucket-owner');
  if (owner !== undefined && owner !== accountId) throw new AwsRefusal('AccessDenied', 403, 'Access Denied');
  if (allowed.hasBody !== true && request.body.length > 0) {
    throw s3Error('InvalidRequest', `${allowed.name} takes no body.`);
  }
}

/** The SDK for Java sends the checksum of the body that its reads do not have. */
function isChecksumOfNothing(name: string, value: string): boolean {
  const algorithm = checksumHeaders.get(name);
  return algorithm !== undefined && digest(algorithm, Buffer.alloc(0)).toString('base64') === value;
}

/** Context keys of every S3 request.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html */
export function s3Context({ signature, headers }: S3Request, now: number): NonNullable<Need['context']> {
  const { claim } = signature;
  const isPresigned = claim.kind === 'presigned';
  const context: Record<string, string> = {
    's3:authType': isPresigned ? 'REST-QUERY-STRING' : 'REST-HEADER',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:TlsVersion': '1.3',
  };
  if (isPresigned) context['s3:signatureAge'] = String(Math.max(0, now - claim.signedAt));
  if (claim.contentSha256 !== undefined) context['s3:x-amz-content-sha256'] = claim.contentSha256;
  for (const name of [
    'x-amz-copy-source',
    'x-amz-metadata-directive',
    'x-amz-server-side-encryption',
    'x-amz-storage-class',
    'if-match',
    'if-none-match',
  ]) {
    const value = headers.get(name);
    if (value !== undefined) context[`s3:${name}`] = value;
  }
  return context;
}
