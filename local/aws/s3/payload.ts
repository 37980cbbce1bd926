// The bytes an upload really carries: aws-chunked framing taken off, and every digest its sender gave verified before
// anything is stored. A digest that is announced and missing is refused too.
import { createHash } from 'node:crypto';
import { decodeChunks } from './aws-chunked.ts';
import {
  checksumHeaders,
  digest,
  isChecksumAlgorithm,
  isChecksumValue,
  type Checksum,
  type ChecksumAlgorithm,
} from './checksum.ts';
import { s3Error } from './errors.ts';
import type { S3Request } from './request.ts';

/** An upload's bytes, with the checksum that its sender gave. */
export interface Payload {
  readonly bytes: Buffer;
  readonly checksum?: Checksum;
}

/** Headers that an operation with a body may carry because of its body. */
export const payloadHeaders: readonly string[] = [
  ...checksumHeaders.keys(),
  'x-amz-sdk-checksum-algorithm',
  'x-amz-trailer',
  'x-amz-decoded-content-length',
  'content-md5',
];

/** Decodes and verifies the body. Throws BadDigest, InvalidDigest, IncompleteBody or InvalidRequest. */
export function readPayload(request: S3Request): Payload {
  const { headers, signature } = request;
  const isChunked = signature.payload === 'chunked-signed' || signature.payload === 'chunked-unsigned';
  // Framing without the signature that says so would be stored as the object's content.
  if (!isChunked && contentEncodings(headers).includes('aws-chunked')) {
    throw s3Error('InvalidRequest', 'Content-Encoding aws-chunked needs a STREAMING payload hash.');
  }
  const { body: bytes, trailers } = isChunked
    ? decodeChunks(request.body, signature)
    : { body: request.body, trailers: new Map<string, string>() };
  const decodedLength = headers.get('x-amz-decoded-content-length');
  if (decodedLength !== undefined && decodedLength !== String(bytes.length)) throw s3Error('IncompleteBody');
  const announced = headers.get('x-amz-trailer')?.toLowerCase();
  if ([...trailers.keys()].join(',') !== (announced ?? '')) {
    throw s3Error('InvalidRequest', 'The trailers are not those that x-amz-trailer announces.');
  }
  checkMd5(headers.get('content-md5'), bytes);
  const checksum = readChecksum(headers, trailers);
  if (checksum === undefined) return { bytes };
  if (digest(checksum.algorithm, bytes).toString('base64') !== checksum.value) {
    throw s3Error('BadDigest', `The ${checksum.algorithm} you specified did not match the calculated checksum.`);
  }
  return { bytes, checksum };
}

/** The content codings of a request, lower-case. */
export function contentEncodings(headers: ReadonlyMap<string, string>): readonly string[] {
  const value = headers.get('content-encoding') ?? '';
  return value
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '');
}

function checkMd5(given: string | undefined, bytes: Buffer): void {
  if (given === undefined) return;
  if (Buffer.from(given, 'base64').length !== 16) throw s3Error('InvalidDigest');
  if (createHash('md5').update(bytes).digest('base64') !== given) throw s3Error('BadDigest');
}

function readChecksum(
  headers: ReadonlyMap<string, string>,
  trailers: ReadonlyMap<string, string>,
): Checksum | undefined {
  const found: Checksum[] = [];
  for (const [name, value] of [...headers, ...trailers]) {
    const algorithm = checksumHeaders.get(name);
    if (algorithm !== undefined) found.push({ algorithm, value, type: 'FULL_OBJECT' });
    else if (trailers.has(name)) throw s3Error('InvalidRequest', `The trailer ${name} is not a checksum.`);
  }
  const [checksum] = found;
  if (found.length > 1) throw s3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header.');
  checkAnnouncedAlgorithm(headers.get('x-amz-sdk-checksum-algorithm'), checksum?.algorithm);
  if (checksum !== undefined && !isChecksumValue(checksum.algorithm, checksum.value)) throw s3Error('InvalidDigest');
  return checksum;
}

function checkAnnouncedAlgorithm(announced: string | undefined, given: ChecksumAlgorithm | undefined): void {
  if (announced === undefined) return;
  const name = announced.toUpperCase();
  if (!isChecksumAlgorithm(name) || name !== given) {
    throw s3Error('InvalidRequest', 'x-amz-sdk-checksum-algorithm has no corresponding x-amz-checksum-* header.');
  }
}
