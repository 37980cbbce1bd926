// Values of S3 request headers: conditions, ranges, copy sources, object headers. Strict: a value that S3 would read in
// more than one way is refused.
import { notImplemented } from '../refusal.ts';
import { decode } from '../wire/request.ts';
import { s3Error } from './errors.ts';
import type { ByteRange, Conditions, ObjectAddress, ObjectHeaders } from './operation.ts';
import { contentEncodings } from './payload.ts';
import { checkBucketName, checkKeyLength } from './request.ts';

type Headers = ReadonlyMap<string, string>;

const storedHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const maxMetadataBytes = 2048;

/** The headers that are stored with an object. */
export function readObjectHeaders(headers: Headers): ObjectHeaders {
  const standard: Record<string, string> = {};
  for (const name of storedHeaders) {
    const value = name === 'content-encoding' ? withoutChunking(headers) : headers.get(name);
    if (value !== undefined && value !== '') standard[name] = value;
  }
  const metadata = [...headers]
    .filter(([name]) => name.startsWith('x-amz-meta-'))
    .map(([name, value]): [string, string] => [name.slice('x-amz-meta-'.length), value]);
  const bytes = metadata.reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0);
  if (bytes > maxMetadataBytes) throw s3Error('MetadataTooLarge');
  return { standard, metadata: Object.fromEntries(metadata) };
}

/** Headers that {@link readObjectHeaders} reads and that allow-lists must name. */
export const objectHeaderNames: readonly string[] = [
  'x-amz-meta-*',
  'x-amz-server-side-encryption',
  'x-amz-storage-class',
];

/** Storage settings of which local S3 has one each. */
export function checkStorage(headers: Headers): void {
  const encryption = headers.get('x-amz-server-side-encryption');
  if (encryption !== undefined && encryption !== 'AES256') throw notImplemented(`server-side encryption ${encryption}`);
  const storageClass = headers.get('x-amz-storage-class');
  if (storageClass !== undefined && storageClass !== 'STANDARD') throw notImplemented(`storage class ${storageClass}`);
}

/** Conditional headers; `prefix` is '' or `x-amz-copy-source-`. */
export function readConditions(headers: Headers, prefix: '' | 'x-amz-copy-source-'): Conditions {
  const match = readEntityTag(headers.get(`${prefix}if-match`));
  const noneMatch = readEntityTag(headers.get(`${prefix}if-none-match`));
  const modifiedSince = readDate(headers.get(`${prefix}if-modified-since`));
  const unmodifiedSince = readDate(headers.get(`${prefix}if-unmodified-since`));
  return {
    ...(match === undefined ? {} : { match }),
    ...(noneMatch === undefined ? {} : { noneMatch }),
    ...(modifiedSince === undefined ? {} : { modifiedSince }),
    ...(unmodifiedSince === undefined ? {} : { unmodifiedSince }),
  };
}

/** Conditions of a write: If-Match with an entity tag, If-None-Match with a star. */
export function readWriteConditions(headers: Headers): Conditions {
  const conditions = readConditions(headers, '');
  if (conditions.noneMatch !== undefined && conditions.noneMatch !== '*') {
    throw notImplemented('If-None-Match with an entity tag on a write');
  }
  return conditions;
}

/** One byte range. Several ranges are refused, as in S3. */
export function readRange(value: string | undefined): ByteRange | undefined {
  if (value === undefined) return undefined;
  if (value.includes(',')) throw notImplemented('several ranges in one request');
  const [, first = '', last = ''] = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(value.trim()) ?? [];
  if (first === '' && last === '') throw s3Error('InvalidArgument', 'The range is not of the form bytes=first-last.');
  if (first !== '' && last !== '' && Number(first) > Number(last)) throw s3Error('InvalidRange');
  return { first: first === '' ? undefined : Number(first), last: last === '' ? undefined : Number(last) };
}

/** `x-amz-copy-source`: split at the first slash, then decoded once. A version id is refused. */
export function parseCopySource(value: string): ObjectAddress {
  if (value.includes('?')) throw notImplemented('versions of a copy source');
  // Unescaped, a plus is a space to some readers and other characters have no agreed bytes.
  if (!/^[\x21-\x7e]+$/.test(value) || value.includes('+')) {
    throw s3Error('InvalidArgument', 'Copy Source must be URL-encoded.');
  }
  const path = value.startsWith('/') ? value.slice(1) : value;
  const slash = path.indexOf('/');
  if (slash < 1 || slash === path.length - 1) {
    throw s3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey');
  }
  const source = { bucket: decode(path.slice(0, slash)), key: decode(path.slice(slash + 1)) };
  checkBucketName(source.bucket);
  checkKeyLength(source.key);
  return source;
}

function withoutChunking(headers: Headers): string | undefined {
  const codings = contentEncodings(headers).filter((coding) => coding !== 'aws-chunked');
  return codings.length === 0 ? undefined : codings.join(',');
}

function readEntityTag(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, tag] = /^"?(\*|[0-9a-f]{32}(?:-[0-9]{1,5})?)"?$/.exec(value.trim()) ?? [];
  if (tag !== undefined) return tag;
  if (/^"?[\x21\x23-\x2b\x2d-\x7e]*"?$/.test(value.trim())) return `other:${value}`;
  throw notImplemented('lists of entity tags');
}

function readDate(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw s3Error('InvalidArgument', 'A conditional header holds no date.');
  return time;
}
