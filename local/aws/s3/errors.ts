// S3's own error codes with their statuses and texts, and how S3 writes a refusal. The one place that knows an S3 status.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
import { randomUUID } from 'node:crypto';
import { AwsRefusal, type HttpAnswer } from '../refusal.ts';
import { element, parent, xmlDocument } from '../wire/xml.ts';

const table = {
  BadDigest: [400, 'The Content-MD5 or checksum you specified did not match what we received.'],
  BucketAlreadyOwnedByYou: [409, 'The bucket that you tried to create already exists, and you own it.'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
  IncompleteBody: [400, 'The request body is not what its headers announce.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidDigest: [400, 'The Content-MD5 or checksum you specified is not valid.'],
  InvalidLocationConstraint: [400, 'The specified location-constraint is not valid'],
  InvalidPart: [400, 'One or more of the specified parts could not be found, or its entity tag did not match.'],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order.'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  KeyTooLongError: [400, 'Your key is too long'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchUpload: [404, 'The specified multipart upload does not exist.'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

/** The codes of {@link s3Error}. */
export type S3ErrorCode = keyof typeof table;

/** A refusal with S3's status for the code. */
export function s3Error(code: S3ErrorCode, message?: string): AwsRefusal {
  const [status, text] = table[code];
  return new AwsRefusal(code, status, message ?? text);
}

/** Headers of every S3 answer. */
export function requestIds(): Readonly<Record<'x-amz-request-id' | 'x-amz-id-2', string>> {
  const id = randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase();
  return { 'x-amz-request-id': id, 'x-amz-id-2': `local-${id}` };
}

/** A refusal as S3 writes it: no body for HEAD. */
export function renderS3Refusal({ code, status, message }: AwsRefusal, method: string): HttpAnswer {
  const ids = requestIds();
  const body = xmlDocument(
    parent('Error', [
      element('Code', code),
      element('Message', message),
      element('RequestId', ids['x-amz-request-id']),
      element('HostId', ids['x-amz-id-2']),
    ]),
  );
  return { status, headers: { ...ids, 'content-type': 'application/xml' }, body: method === 'HEAD' ? '' : body };
}
