// Requests on one object, parsed into operations with their needs.
// @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
import { notImplemented } from '../refusal.ts';
import { s3Error } from './errors.ts';
import {
  checkStorage,
  objectHeaderNames,
  parseCopySource,
  readConditions,
  readObjectHeaders,
  readRange,
  readWriteConditions,
} from './header-values.ts';
import type { Conditions, CopySource } from './operation.ts';
import type { ParseS3, ParseSurroundings } from './parser.ts';
import { payloadHeaders, readPayload } from './payload.ts';
import { allowOnly, type S3Request } from './request.ts';

const readConditionNames = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];
const writeConditionNames = ['if-match', 'if-none-match'];
const copyConditionNames = readConditionNames.map((name) => `x-amz-copy-source-${name}`);
const overrideNames = ['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type'];

/** Headers of a request that copies. */
export const copySourceHeaders: readonly string[] = [
  'x-amz-copy-source',
  ...copyConditionNames,
  'x-amz-source-expected-bucket-owner',
];

/** GetObject and HeadObject. */
export const parseReadObject: ParseS3 = (request, { resources, account }) => {
  const { bucket, key, query, headers } = request;
  const kind = request.method === 'HEAD' ? 'HeadObject' : 'GetObject';
  const overridable = [...overrideNames, 'expires'];
  const allowed = {
    name: kind,
    query: overridable.map((name) => `response-${name}`),
    headers: ['range', 'x-amz-checksum-mode', 'x-amz-te', ...readConditionNames],
  };
  allowOnly(request, allowed, account.accountId);
  // The SDK for Java asks for an MD5 behind the bytes, and does without where the answer does not announce one.
  const transferEncoding = headers.get('x-amz-te');
  if (transferEncoding !== undefined && transferEncoding !== 'append-md5')
    throw notImplemented(`the x-amz-te of ${kind}`);
  const overrides: Record<string, string> = {};
  for (const name of overridable) {
    const value = query.get(`response-${name}`);
    if (value === undefined) continue;
    // It becomes a header of the answer.
    if (!/^[\x20-\x7e]*$/.test(value)) throw s3Error('InvalidArgument', `response-${name} is not a header value.`);
    overrides[name] = value;
  }
  const mode = headers.get('x-amz-checksum-mode');
  if (mode !== undefined && mode.toUpperCase() !== 'ENABLED') throw s3Error('InvalidArgument');
  return {
    operation: {
      kind,
      bucket,
      key,
      range: readRange(headers.get('range')),
      conditions: readConditions(headers, ''),
      overrides,
      withChecksum: mode !== undefined,
      existence: resources.onBucket('s3:ListBucket', bucket),
    },
    needs: [resources.onObject('s3:GetObject', bucket, key)],
  };
};

/** PutObject. */
export const parsePutObject: ParseS3 = (request, { resources, account }) => {
  const { bucket, key, headers } = request;
  const allowedHeaders = [...payloadHeaders, ...objectHeaderNames, ...writeConditionNames];
  allowOnly(request, { name: 'PutObject', headers: allowedHeaders, hasBody: true }, account.accountId);
  checkStorage(headers);
  checkLength(request);
  const conditions = readWriteConditions(headers);
  const { bytes, checksum } = readPayload(request);
  return {
    operation: { kind: 'PutObject', bucket, key, bytes, headers: readObjectHeaders(headers), checksum, conditions },
    needs: [
      resources.onObject('s3:PutObject', bucket, key, { 's3:ObjectCreationOperation': 'true' }),
      ...needsOfCondition(conditions, request, resources),
    ],
  };
};

/** CopyObject: reading the source is a permission of its own. */
export const parseCopyObject: ParseS3 = (request, { resources, account }) => {
  const { bucket, key, headers } = request;
  const allowedHeaders = [
    ...copySourceHeaders,
    ...objectHeaderNames,
    'x-amz-metadata-directive',
    ...writeConditionNames,
  ];
  allowOnly(request, { name: 'CopyObject', headers: allowedHeaders }, account.accountId);
  checkStorage(headers);
  const directive = headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') throw s3Error('InvalidArgument', 'Unknown metadata directive.');
  const source = readCopySource(request, { resources, account });
  if (source.bucket === bucket && source.key === key && directive === 'COPY') {
    throw s3Error('InvalidRequest', 'This copy request is illegal because it copies an object onto itself unchanged.');
  }
  const conditions = readWriteConditions(headers);
  return {
    operation: {
      kind: 'CopyObject',
      bucket,
      key,
      source,
      headers: directive === 'REPLACE' ? readObjectHeaders(headers) : undefined,
      conditions,
    },
    needs: [
      resources.onObject('s3:GetObject', source.bucket, source.key),
      resources.onObject('s3:PutObject', bucket, key, { 's3:ObjectCreationOperation': 'true' }),
      ...needsOfCondition(conditions, request, resources),
    ],
  };
};

/** DeleteObject. */
export const parseDeleteObject: ParseS3 = (request, { resources, account }) => {
  const { bucket, key } = request;
  allowOnly(request, { name: 'DeleteObject' }, account.accountId);
  return {
    operation: { kind: 'DeleteObject', bucket, key },
    needs: [resources.onObject('s3:DeleteObject', bucket, key)],
  };
};

/** The source of a copy. */
export function readCopySource({ headers }: S3Request, { resources, account }: ParseSurroundings): CopySource {
  const owner = headers.get('x-amz-source-expected-bucket-owner');
  if (owner !== undefined && owner !== account.accountId) throw notImplemented('buckets of other accounts');
  const address = parseCopySource(headers.get('x-amz-copy-source') ?? '');
  return {
    ...address,
    conditions: readConditions(headers, 'x-amz-copy-source-'),
    existence: resources.onBucket('s3:ListBucket', address.bucket),
  };
}

/** A write that depends on the present object tells what it is, so it needs to be allowed to read it. */
export function needsOfCondition(
  { match }: Conditions,
  { bucket, key }: S3Request,
  resources: ParseSurroundings['resources'],
): readonly ReturnType<typeof resources.onObject>[] {
  return match === undefined ? [] : [resources.onObject('s3:GetObject', bucket, key)];
}

/** S3 takes no body of unknown length, except for aws-chunked. */
export function checkLength({ headers, signature }: S3Request): void {
  const isChunked = signature.payload === 'chunked-signed' || signature.payload === 'chunked-unsigned';
  if (!headers.has('content-length') && !isChunked) throw s3Error('MissingContentLength');
}
