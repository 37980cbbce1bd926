// Which S3 operation a request is: method, bucket, key and subresource. What is not listed is refused, so no subresource
// (acl, policy, tagging, versions, uploads, ...) can be mistaken for the object or bucket it hangs on.
import { notImplemented } from '../refusal.ts';
import type { S3Call } from './operation.ts';
import {
  parseCreateBucket,
  parseDeleteObjects,
  parseGetBucketLocation,
  parseHeadBucket,
  parseListBuckets,
  parseListObjects,
} from './parse-bucket.ts';
import {
  parseAbortUpload,
  parseCompleteUpload,
  parseCreateUpload,
  parseListParts,
  parseUploadPart,
  parseUploadPartCopy,
} from './parse-multipart.ts';
import { parseCopyObject, parseDeleteObject, parsePutObject, parseReadObject } from './parse-object.ts';
import type { S3Request } from './request.ts';
import type { ParseS3, ParseSurroundings } from './parser.ts';

/** Parses any S3 request. Throws NotImplemented for what local S3 does not do. */
export function parseS3(request: S3Request, around: ParseSurroundings): S3Call {
  const target = request.bucket === '' ? 'account' : request.key === '' ? 'bucket' : 'object';
  const parse = { account: findAccountParser, bucket: findBucketParser, object: findObjectParser }[target](request);
  if (parse === undefined) {
    const parameters = [...request.query.keys()].join(', ');
    throw notImplemented(`${request.method} on an S3 ${target}${parameters === '' ? '' : ` with ${parameters}`}`);
  }
  return parse(request, around);
}

function findAccountParser({ method }: S3Request): ParseS3 | undefined {
  return method === 'GET' ? parseListBuckets : undefined;
}

function findBucketParser({ method, query }: S3Request): ParseS3 | undefined {
  if (method === 'PUT') return parseCreateBucket;
  if (method === 'HEAD') return parseHeadBucket;
  if (method === 'GET' && query.has('location')) return parseGetBucketLocation;
  if (method === 'GET' && query.has('list-type')) return parseListObjects;
  if (method === 'POST' && query.has('delete')) return parseDeleteObjects;
  return undefined;
}

function findObjectParser({ method, query, headers }: S3Request): ParseS3 | undefined {
  const isPart = query.has('uploadId') || query.has('partNumber');
  const isCopy = headers.has('x-amz-copy-source');
  switch (method) {
    case 'GET':
      return query.has('uploadId') ? parseListParts : parseReadObject;
    case 'HEAD':
      return parseReadObject;
    case 'PUT':
      if (isPart) return isCopy ? parseUploadPartCopy : parseUploadPart;
      return isCopy ? parseCopyObject : parsePutObject;
    case 'POST':
      if (query.has('uploads')) return parseCreateUpload;
      return query.has('uploadId') ? parseCompleteUpload : undefined;
    case 'DELETE':
      return query.has('uploadId') ? parseAbortUpload : parseDeleteObject;
    default:
      return undefined;
  }
}
