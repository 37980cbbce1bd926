// Executes an authorised operation on the store. Asks for one permission more only where S3 does: whether a caller may
// know that a key is missing, and each key of DeleteObjects. All of it runs without a pause, so nothing changes between.
import type { HttpAnswer } from '../refusal.ts';
import { completeUpload, copyPart, findUpload, listParts } from './execute-multipart.ts';
import type { S3Execution } from './execution.ts';
import { findBucket, readSource, requireConditions } from './find.ts';
import { listObjects } from './list.ts';
import type { S3Operation } from './operation.ts';
import { answerObject } from './read.ts';
import { createUploadId, toStoredObject, toStoredPart } from './store.ts';
import { s3Error } from './errors.ts';
import { checksumElements, empty, isoDate, ownerElement, quoted, xmlAnswer } from './xml.ts';
import { element, parent } from '../wire/xml.ts';
import { checksumHeader, type Checksum } from './checksum.ts';

/** Runs an operation. Throws {@link AwsRefusal}. */
export function executeS3(operation: S3Operation, execution: S3Execution): HttpAnswer {
  const { store, account, now } = execution;
  switch (operation.kind) {
    case 'ListBuckets': {
      const buckets = [...store.buckets.values()].map(({ name, createdAt }) =>
        parent('Bucket', [element('Name', name), element('CreationDate', isoDate(createdAt))]),
      );
      return xmlAnswer('ListAllMyBucketsResult', [ownerElement('Owner', account), parent('Buckets', buckets)]);
    }
    case 'CreateBucket': {
      const { bucket: name } = operation;
      if (store.buckets.has(name)) throw s3Error('BucketAlreadyOwnedByYou');
      store.buckets.set(name, { name, createdAt: now, objects: new Map() });
      return empty(200, { location: `/${name}` });
    }
    case 'HeadBucket':
      findBucket(store, operation.bucket);
      return empty(200, { 'x-amz-bucket-region': account.region });
    case 'GetBucketLocation': {
      findBucket(store, operation.bucket);
      // us-east-1 is the empty location, for historical reasons.
      const location = account.region === 'us-east-1' ? [] : [account.region];
      return xmlAnswer('LocationConstraint', location);
    }
    case 'ListObjectsV2':
      return listObjects(operation, findBucket(store, operation.bucket), account);
    case 'GetObject':
    case 'HeadObject':
      return answerObject(operation, readSource(operation, execution));
    case 'PutObject': {
      const { bytes, headers, checksum } = operation;
      const { objects } = findBucket(store, operation.bucket);
      requireConditions(operation.conditions, objects.get(operation.key));
      const object = toStoredObject(bytes, headers, now, { checksum });
      objects.set(operation.key, object);
      return empty(200, { etag: quoted(object.etag), ...checksumAnswer(checksum) });
    }
    case 'CopyObject': {
      const source = readSource(operation.source, execution);
      requireConditions(operation.source.conditions, source, 'copy');
      const { objects } = findBucket(store, operation.bucket);
      requireConditions(operation.conditions, objects.get(operation.key));
      const { checksum } = source;
      const copy = toStoredObject(source.body, operation.headers ?? source.headers, now, { checksum });
      objects.set(operation.key, copy);
      const result = [element('LastModified', isoDate(copy.lastModified)), element('ETag', quoted(copy.etag))];
      return xmlAnswer('CopyObjectResult', [...result, ...checksumElements(checksum)]);
    }
    case 'DeleteObject':
      findBucket(store, operation.bucket).objects.delete(operation.key);
      return empty(204);
    case 'DeleteObjects':
      return deleteObjects(operation, execution);
    case 'CreateMultipartUpload': {
      const { bucket, key, headers, algorithm, checksumType } = operation;
      findBucket(store, bucket);
      const id = createUploadId();
      store.uploads.set(id, { id, bucket, key, headers, algorithm, checksumType, parts: new Map() });
      const result = [element('Bucket', bucket), element('Key', key), element('UploadId', id)];
      return xmlAnswer('InitiateMultipartUploadResult', result, {
        ...(algorithm === undefined ? {} : { 'x-amz-checksum-algorithm': algorithm }),
        ...(checksumType === undefined ? {} : { 'x-amz-checksum-type': checksumType }),
      });
    }
    case 'UploadPart': {
      const part = toStoredPart(operation.bytes, operation.checksum, now);
      findUpload(store, operation).parts.set(operation.partNumber, part);
      return empty(200, { etag: quoted(part.etag), ...checksumAnswer(operation.checksum) });
    }
    case 'UploadPartCopy':
      return copyPart(operation, execution);
    case 'CompleteMultipartUpload':
      return completeUpload(operation, store, now);
    case 'AbortMultipartUpload':
      store.uploads.delete(findUpload(store, operation).id);
      return empty(204);
    case 'ListParts':
      return listParts(operation, findUpload(store, operation), account);
  }
}

function checksumAnswer(checksum: Checksum | undefined): Readonly<Record<string, string>> {
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** Each key is decided for itself; the ones that are denied stand in the answer, the others are gone. */
function deleteObjects(
  { bucket, entries, quiet }: Extract<S3Operation, { kind: 'DeleteObjects' }>,
  { store, findDenial }: S3Execution,
): HttpAnswer {
  const results = entries.map(({ key, need }) => {
    const denial = findDenial(need);
    if (denial !== undefined) {
      const parts = [element('Key', key), element('Code', denial.code), element('Message', denial.message)];
      return parent('Error', parts);
    }
    findBucket(store, bucket).objects.delete(key);
    return quiet ? '' : parent('Deleted', [element('Key', key)]);
  });
  return xmlAnswer('DeleteResult', results);
}
