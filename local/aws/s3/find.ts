// Finds what an operation names, or says in S3's way that it is not there, and holds conditions against it.
import type { S3Execution } from './execution.ts';
import { s3Error } from './errors.ts';
import type { Conditions, CopySource, ReadObject } from './operation.ts';
import type { S3Store, StoredBucket, StoredObject } from './store.ts';

/** A bucket, or NoSuchBucket. */
export function findBucket({ buckets }: S3Store, name: string): StoredBucket {
  const bucket = buckets.get(name);
  if (bucket === undefined) throw s3Error('NoSuchBucket');
  return bucket;
}

/** An object to read. Without `s3:ListBucket` its absence is a 403: a 404 would tell which keys exist.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export function readSource(
  { bucket, key, existence }: ReadObject | CopySource,
  { store, findDenial }: Pick<S3Execution, 'store' | 'findDenial'>,
): StoredObject {
  const object = findBucket(store, bucket).objects.get(key);
  if (object !== undefined) return object;
  throw findDenial(existence) ?? s3Error('NoSuchKey');
}

/** Holds the conditions of a write (or of a copy's source) against the object, if there is one.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html */
export function requireConditions(
  conditions: Conditions,
  object: StoredObject | undefined,
  purpose: 'write' | 'copy' = 'write',
): void {
  if (conditions.match !== undefined && object === undefined) throw s3Error('NoSuchKey');
  const outcome = object === undefined ? 'pass' : checkConditions(conditions, object);
  // A copy has no "not modified": every condition that fails is a 412.
  if (outcome !== 'pass')
    throw s3Error('PreconditionFailed', purpose === 'copy' ? 'The source does not match.' : undefined);
}

/** The order is RFC 9110's: entity tags win over dates. */
export function checkConditions(
  { match, noneMatch, modifiedSince, unmodifiedSince }: Conditions,
  { etag, lastModified }: StoredObject,
): 'pass' | 'failed' | 'not-modified' {
  const matches = (tag: string): boolean => tag === '*' || tag === etag;
  if (match !== undefined) {
    if (!matches(match)) return 'failed';
  } else if (unmodifiedSince !== undefined && lastModified > unmodifiedSince) {
    return 'failed';
  }
  if (noneMatch !== undefined) return matches(noneMatch) ? 'not-modified' : 'pass';
  return modifiedSince !== undefined && lastModified <= modifiedSince ? 'not-modified' : 'pass';
}
