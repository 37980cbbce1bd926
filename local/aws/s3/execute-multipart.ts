// Multipart uploads on the store: parts, copies into parts, completion. An upload is found by its id together with its
// bucket and key, so the id of one tenant's upload is worth nothing under another tenant's key.
import type { LocalAccount } from '../../account.ts';
import type { HttpAnswer } from '../refusal.ts';
import { element, parent } from '../wire/xml.ts';
import { digest, type Checksum } from './checksum.ts';
import { s3Error } from './errors.ts';
import type { S3Execution } from './execution.ts';
import { findBucket, readSource, requireConditions } from './find.ts';
import type { CompletedPart, ObjectAddress, S3Operation } from './operation.ts';
import { toSlice } from './read.ts';
import { md5, toStoredObject, toStoredPart, type S3Store, type StoredPart, type Upload } from './store.ts';
import { checksumElements, isoDate, nameEncoder, ownerElement, quoted, xmlAnswer } from './xml.ts';

type Operation<K extends S3Operation['kind']> = Extract<S3Operation, { kind: K }>;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const minPartBytes = 5 * 1024 * 1024;

/** An upload of exactly this bucket and key, or NoSuchUpload. */
export function findUpload({ uploads }: S3Store, address: ObjectAddress & { readonly uploadId: string }): Upload {
  const upload = uploads.get(address.uploadId);
  if (upload?.bucket !== address.bucket || upload.key !== address.key) throw s3Error('NoSuchUpload');
  return upload;
}

/** UploadPartCopy. */
export function copyPart(operation: Operation<'UploadPartCopy'>, execution: S3Execution): HttpAnswer {
  const upload = findUpload(execution.store, operation);
  const source = readSource(operation.source, execution);
  requireConditions(operation.source.conditions, source, 'copy');
  const slice = operation.range === undefined ? undefined : toSlice(operation.range, source.body.length);
  if (slice !== undefined && slice.last !== operation.range?.last) throw s3Error('InvalidRange');
  const bytes = slice === undefined ? source.body : source.body.subarray(slice.first, slice.last + 1);
  const part = toStoredPart(bytes, undefined, execution.now);
  upload.parts.set(operation.partNumber, part);
  const result = [element('LastModified', isoDate(part.lastModified)), element('ETag', quoted(part.etag))];
  return xmlAnswer('CopyPartResult', result);
}

/** CompleteMultipartUpload. */
export function completeUpload(
  operation: Operation<'CompleteMultipartUpload'>,
  store: S3Store,
  now: number,
): HttpAnswer {
  const { bucket, key, conditions } = operation;
  const upload = findUpload(store, operation);
  const { objects } = findBucket(store, bucket);
  const parts = pickParts(upload, operation.parts);
  requireConditions(conditions, objects.get(key));
  const body = Buffer.concat(parts.map((part) => part.body));
  if (operation.objectBytes !== undefined && operation.objectBytes !== body.length) {
    throw s3Error('InvalidRequest', 'The object is not of the size that x-amz-mp-object-size says.');
  }
  const checksum = combineChecksums(upload, parts, body);
  if (operation.checksum !== undefined) {
    const isSame =
      operation.checksum.algorithm === checksum?.algorithm &&
      // Senders of a composite checksum may leave the number of parts out.
      (operation.checksum.value === checksum.value || `${operation.checksum.value}-${parts.length}` === checksum.value);
    if (!isSame) throw s3Error('BadDigest');
  }
  const etag = `${md5(Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')))).toString('hex')}-${parts.length}`;
  objects.set(key, toStoredObject(body, upload.headers, now, { checksum, etag }));
  store.uploads.delete(upload.id);
  return xmlAnswer('CompleteMultipartUploadResult', [
    element('Location', `/${bucket}/${encodeURIComponent(key)}`),
    element('Bucket', bucket),
    element('Key', key),
    element('ETag', quoted(etag)),
    ...checksumElements(checksum),
  ]);
}

/** ListParts. */
export function listParts(operation: Operation<'ListParts'>, upload: Upload, account: LocalAccount): HttpAnswer {
  const { maxParts, partNumberMarker } = operation;
  const later = [...upload.parts].filter(([number]) => number > partNumberMarker).sort(([a], [b]) => a - b);
  const page = later.slice(0, maxParts);
  const isTruncated = later.length > page.length;
  const encode = nameEncoder(operation.encodeUrl);
  return xmlAnswer('ListPartsResult', [
    element('Bucket', upload.bucket),
    element('Key', encode(upload.key)),
    element('UploadId', upload.id),
    ownerElement('Initiator', account),
    ownerElement('Owner', account),
    element('StorageClass', 'STANDARD'),
    element('PartNumberMarker', partNumberMarker),
    element('NextPartNumberMarker', page.at(-1)?.[0] ?? partNumberMarker),
    element('MaxParts', maxParts),
    element('IsTruncated', isTruncated),
    ...page.map(([number, { body, etag, lastModified, checksum }]) =>
      parent('Part', [
        element('PartNumber', number),
        element('LastModified', isoDate(lastModified)),
        element('ETag', quoted(etag)),
        element('Size', body.length),
        ...checksumElements(checksum),
      ]),
    ),
  ]);
}

function pickParts(upload: Upload, wanted: readonly CompletedPart[]): readonly StoredPart[] {
  const isOrdered = wanted.every(({ partNumber }, index) => partNumber > (wanted[index - 1]?.partNumber ?? 0));
  if (!isOrdered) throw s3Error('InvalidPartOrder');
  return wanted.map(({ partNumber, etag, checksum }, index) => {
    const part = upload.parts.get(partNumber);
    if (part?.etag !== etag) throw s3Error('InvalidPart');
    if (checksum !== undefined && digest(checksum.algorithm, part.body).toString('base64') !== checksum.value) {
      throw s3Error('InvalidPart');
    }
    if (index < wanted.length - 1 && part.body.length < minPartBytes) throw s3Error('EntityTooSmall');
    return part;
  });
}

function combineChecksums(upload: Upload, parts: readonly StoredPart[], body: Buffer): Checksum | undefined {
  const { algorithm, checksumType: type } = upload;
  if (algorithm === undefined || type === undefined) return undefined;
  if (type === 'FULL_OBJECT') return { algorithm, type, value: digest(algorithm, body).toString('base64') };
  const digests = Buffer.concat(parts.map((part) => digest(algorithm, part.body)));
  return { algorithm, type, value: `${digest(algorithm, digests).toString('base64')}-${parts.length}` };
}
