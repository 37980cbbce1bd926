// Multipart requests, parsed into operations with their needs.
// @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
import { childrenOf, malformedXml, parseXml, textOf, type XmlElement } from '../wire/xml-reader.ts';
import { checksumHeaders, isChecksumAlgorithm, type Checksum, type ChecksumAlgorithm } from './checksum.ts';
import { s3Error } from './errors.ts';
import { checkStorage, objectHeaderNames, readObjectHeaders, readRange, readWriteConditions } from './header-values.ts';
import type { CompletedPart } from './operation.ts';
import type { ParseS3 } from './parser.ts';
import { readCount, readEncodingType } from './parse-bucket.ts';
import { checkLength, copySourceHeaders, needsOfCondition, readCopySource } from './parse-object.ts';
import { payloadHeaders, readPayload } from './payload.ts';
import { allowOnly, type S3Request } from './request.ts';

const maxPartNumber = 10_000;
const partContext = { 's3:ObjectCreationOperation': 'false' };

/** CreateMultipartUpload. */
export const parseCreateUpload: ParseS3 = (request, { resources, account }) => {
  const { bucket, key, headers } = request;
  const allowedHeaders = [...objectHeaderNames, 'x-amz-checksum-algorithm', 'x-amz-checksum-type'];
  const allowed = { name: 'CreateMultipartUpload', query: ['uploads'], headers: allowedHeaders };
  allowOnly(request, allowed, account.accountId);
  if (request.query.get('uploads') !== '') throw s3Error('InvalidArgument');
  checkStorage(headers);
  const algorithm = readAlgorithm(headers.get('x-amz-checksum-algorithm'));
  return {
    operation: {
      kind: 'CreateMultipartUpload',
      bucket,
      key,
      headers: readObjectHeaders(headers),
      algorithm,
      checksumType: readChecksumType(headers.get('x-amz-checksum-type'), algorithm),
    },
    needs: [resources.onObject('s3:PutObject', bucket, key, partContext)],
  };
};

/** UploadPart. */
export const parseUploadPart: ParseS3 = (request, { resources, account }) => {
  const { bucket, key } = request;
  const allowed = { name: 'UploadPart', query: ['partNumber', 'uploadId'], headers: payloadHeaders, hasBody: true };
  allowOnly(request, allowed, account.accountId);
  checkLength(request);
  const { bytes, checksum } = readPayload(request);
  return {
    operation: { kind: 'UploadPart', bucket, key, ...readPart(request), bytes, checksum },
    needs: [resources.onObject('s3:PutObject', bucket, key, partContext)],
  };
};

/** UploadPartCopy. */
export const parseUploadPartCopy: ParseS3 = (request, around) => {
  const { bucket, key, headers } = request;
  const allowed = {
    name: 'UploadPartCopy',
    query: ['partNumber', 'uploadId'],
    headers: [...copySourceHeaders, 'x-amz-copy-source-range'],
  };
  allowOnly(request, allowed, around.account.accountId);
  const source = readCopySource(request, around);
  const range = readRange(headers.get('x-amz-copy-source-range'));
  if (range !== undefined && (range.first === undefined || range.last === undefined)) throw s3Error('InvalidArgument');
  return {
    operation: { kind: 'UploadPartCopy', bucket, key, ...readPart(request), source, range },
    needs: [
      around.resources.onObject('s3:GetObject', source.bucket, source.key),
      around.resources.onObject('s3:PutObject', bucket, key, partContext),
    ],
  };
};

/** CompleteMultipartUpload. */
export const parseCompleteUpload: ParseS3 = (request, { resources, account }) => {
  const { bucket, key, headers } = request;
  const allowed = {
    name: 'CompleteMultipartUpload',
    query: ['uploadId'],
    headers: [...checksumHeaders.keys(), 'x-amz-checksum-type', 'x-amz-mp-object-size', 'if-match', 'if-none-match'],
    hasBody: true,
  };
  allowOnly(request, allowed, account.accountId);
  // Checksums in the headers of this request are the object's, not the document's.
  const own = new Map([...headers].filter(([name]) => !checksumHeaders.has(name)));
  const { bytes } = readPayload({ ...request, headers: own });
  const { many } = childrenOf(parseXml(bytes, 'CompleteMultipartUpload'), { one: [], many: ['Part'] });
  if (many.length < 1 || many.length > maxPartNumber) throw malformedXml();
  const conditions = readWriteConditions(headers);
  const size = headers.get('x-amz-mp-object-size');
  return {
    operation: {
      kind: 'CompleteMultipartUpload',
      bucket,
      key,
      uploadId: readUploadId(request),
      parts: many.map(readCompletedPart),
      checksum: readObjectChecksum(headers),
      objectBytes: size === undefined ? undefined : readCount(size, Number.MAX_SAFE_INTEGER),
      conditions,
    },
    needs: [
      resources.onObject('s3:PutObject', bucket, key, { 's3:ObjectCreationOperation': 'true' }),
      ...needsOfCondition(conditions, request, resources),
    ],
  };
};

/** AbortMultipartUpload. */
export const parseAbortUpload: ParseS3 = (request, { resources, account }) => {
  const { bucket, key } = request;
  allowOnly(request, { name: 'AbortMultipartUpload', query: ['uploadId'] }, account.accountId);
  return {
    operation: { kind: 'AbortMultipartUpload', bucket, key, uploadId: readUploadId(request) },
    needs: [resources.onObject('s3:AbortMultipartUpload', bucket, key)],
  };
};

/** ListParts. */
export const parseListParts: ParseS3 = (request, { resources, account }) => {
  const { bucket, key, query } = request;
  const names = ['uploadId', 'max-parts', 'part-number-marker', 'encoding-type'];
  allowOnly(request, { name: 'ListParts', query: names }, account.accountId);
  return {
    operation: {
      kind: 'ListParts',
      bucket,
      key,
      uploadId: readUploadId(request),
      maxParts: readCount(query.get('max-parts'), 1000),
      partNumberMarker: readCount(query.get('part-number-marker') ?? '0', maxPartNumber),
      encodeUrl: readEncodingType(query.get('encoding-type')),
    },
    needs: [resources.onObject('s3:ListMultipartUploadParts', bucket, key)],
  };
};

function readUploadId({ query }: S3Request): string {
  const uploadId = query.get('uploadId') ?? '';
  if (uploadId === '') throw s3Error('InvalidArgument', 'uploadId is missing.');
  return uploadId;
}

function readPart(request: S3Request): { readonly uploadId: string; readonly partNumber: number } {
  return { uploadId: readUploadId(request), partNumber: readPartNumber(request.query.get('partNumber')) };
}

function readPartNumber(text: string | undefined): number {
  const partNumber = /^[0-9]{1,5}$/.test(text ?? '') ? Number(text) : 0;
  if (partNumber < 1 || partNumber > maxPartNumber) {
    throw s3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  return partNumber;
}

function readCompletedPart(part: XmlElement): CompletedPart {
  const checksumNames = [...checksumHeaders.values()].map((algorithm) => `Checksum${algorithm}`);
  const { one } = childrenOf(part, { one: ['PartNumber', 'ETag', ...checksumNames] });
  const etag = textOf(one.get('ETag'));
  const checksums = [...checksumHeaders.values()].flatMap((algorithm): Checksum[] => {
    const value = textOf(one.get(`Checksum${algorithm}`));
    return value === undefined ? [] : [{ algorithm, value, type: 'FULL_OBJECT' }];
  });
  if (etag === undefined || checksums.length > 1) throw malformedXml();
  return {
    partNumber: readPartNumber(textOf(one.get('PartNumber'))?.trim()),
    etag: etag.replace(/^"(.*)"$/, '$1'),
    checksum: checksums[0],
  };
}

function readAlgorithm(text: string | undefined): ChecksumAlgorithm | undefined {
  if (text === undefined) return undefined;
  const name = text.toUpperCase();
  if (!isChecksumAlgorithm(name)) throw s3Error('InvalidRequest', 'Unknown checksum algorithm.');
  return name;
}

function readChecksumType(
  text: string | undefined,
  algorithm: ChecksumAlgorithm | undefined,
): Checksum['type'] | undefined {
  if (algorithm === undefined) {
    if (text !== undefined) throw s3Error('InvalidRequest', 'x-amz-checksum-type needs x-amz-checksum-algorithm.');
    return undefined;
  }
  const type = text ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const isPossible =
    type === 'FULL_OBJECT' ? algorithm.startsWith('CRC') : type === 'COMPOSITE' && algorithm !== 'CRC64NVME';
  if (!isPossible) throw s3Error('InvalidRequest', `The checksum type ${type} cannot be used with ${algorithm}.`);
  return type === 'FULL_OBJECT' ? 'FULL_OBJECT' : 'COMPOSITE';
}

function readObjectChecksum(
  headers: S3Request['headers'],
): { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined {
  const found = [...checksumHeaders].flatMap(([name, algorithm]) => {
    const value = headers.get(name);
    return value === undefined ? [] : [{ algorithm, value }];
  });
  if (found.length > 1) throw s3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header.');
  return found[0];
}
