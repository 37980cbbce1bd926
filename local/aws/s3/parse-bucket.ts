// Requests on the account or a bucket, parsed into operations with their needs.
// @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
import { notImplemented } from '../refusal.ts';
import { childrenOf, malformedXml, parseXml, textOf } from '../wire/xml-reader.ts';
import { s3Error } from './errors.ts';
import type { S3Call } from './operation.ts';
import type { ParseS3 } from './parser.ts';
import { payloadHeaders, readPayload } from './payload.ts';
import { allowOnly, checkKeyLength } from './request.ts';

const maxListed = 1000;

/** ListBuckets. */
export const parseListBuckets: ParseS3 = (request, { resources, account }) => {
  allowOnly(request, { name: 'ListBuckets' }, account.accountId);
  return { operation: { kind: 'ListBuckets' }, needs: [resources.onAll('s3:ListAllMyBuckets')] };
};

/** CreateBucket, in the account's Region only. */
export const parseCreateBucket: ParseS3 = (request, { resources, account }) => {
  const { bucket } = request;
  const allowed = { name: 'CreateBucket', headers: payloadHeaders, hasBody: true };
  allowOnly(request, allowed, account.accountId);
  const { bytes } = readPayload(request);
  if (bytes.length > 0) {
    const { one } = childrenOf(parseXml(bytes, 'CreateBucketConfiguration'), { one: ['LocationConstraint'] });
    const location = textOf(one.get('LocationConstraint'));
    if (location !== undefined && location !== account.region) throw s3Error('InvalidLocationConstraint');
  }
  return { operation: { kind: 'CreateBucket', bucket }, needs: [resources.onBucket('s3:CreateBucket', bucket)] };
};

/** HeadBucket. */
export const parseHeadBucket: ParseS3 = (request, { resources, account }) => {
  const { bucket } = request;
  allowOnly(request, { name: 'HeadBucket' }, account.accountId);
  return { operation: { kind: 'HeadBucket', bucket }, needs: [resources.onBucket('s3:ListBucket', bucket)] };
};

/** GetBucketLocation. */
export const parseGetBucketLocation: ParseS3 = (request, { resources, account }) => {
  const { bucket, query } = request;
  allowOnly(request, { name: 'GetBucketLocation', query: ['location'] }, account.accountId);
  if (query.get('location') !== '') throw s3Error('InvalidArgument');
  const needs = [resources.onBucket('s3:GetBucketLocation', bucket)];
  return { operation: { kind: 'GetBucketLocation', bucket }, needs };
};

/** ListObjectsV2. Its condition keys are there only where the parameter is. */
export const parseListObjects: ParseS3 = (request, { resources, account }) => {
  const { bucket, query } = request;
  const names = ['list-type', 'prefix', 'delimiter', 'max-keys', 'start-after', 'continuation-token'];
  const allowed = { name: 'ListObjectsV2', query: [...names, 'encoding-type', 'fetch-owner'] };
  allowOnly(request, allowed, account.accountId);
  if (query.get('list-type') !== '2') throw notImplemented('a list-type other than 2');
  const context: Record<string, string> = {};
  for (const name of ['prefix', 'delimiter', 'max-keys']) {
    const value = query.get(name);
    if (value !== undefined) context[`s3:${name}`] = value;
  }
  const continuationToken = query.get('continuation-token');
  return {
    operation: {
      kind: 'ListObjectsV2',
      bucket,
      prefix: query.get('prefix') ?? '',
      delimiter: query.get('delimiter') ?? '',
      maxKeys: readCount(query.get('max-keys'), maxListed),
      startAfter: query.get('start-after'),
      continuationToken,
      continueAfter: continuationToken === undefined ? undefined : decodeContinuation(continuationToken),
      encodeUrl: readEncodingType(query.get('encoding-type')),
      fetchOwner: readBoolean(query.get('fetch-owner')),
    },
    needs: [resources.onBucket('s3:ListBucket', bucket, context)],
  };
};

/** DeleteObjects: the needs stand beside each key. */
export const parseDeleteObjects: ParseS3 = (request, { resources, account }): S3Call => {
  const { bucket, headers } = request;
  const allowed = { name: 'DeleteObjects', query: ['delete'], headers: payloadHeaders, hasBody: true };
  allowOnly(request, allowed, account.accountId);
  if (request.query.get('delete') !== '') throw s3Error('InvalidArgument');
  const { bytes, checksum } = readPayload(request);
  if (checksum === undefined && !headers.has('content-md5')) {
    throw s3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
  }
  const { one, many } = childrenOf(parseXml(bytes, 'Delete'), { one: ['Quiet'], many: ['Object'] });
  if (many.length < 1 || many.length > maxListed) throw malformedXml();
  const entries = many.map((object) => {
    if (object.children.some(({ name }) => name !== 'Key')) {
      throw notImplemented('DeleteObjects with anything but keys (versions, entity tags)');
    }
    const key = textOf(childrenOf(object, { one: ['Key'] }).one.get('Key'));
    if (key === undefined || key === '') throw malformedXml();
    checkKeyLength(key);
    return { key, need: resources.onObject('s3:DeleteObject', bucket, key) };
  });
  const quiet = readBoolean(textOf(one.get('Quiet')));
  return { operation: { kind: 'DeleteObjects', bucket, quiet, entries }, needs: [] };
};

/** A count from 0, capped. */
export function readCount(text: string | undefined, max: number): number {
  if (text === undefined) return max;
  if (!/^[0-9]{1,9}$/.test(text)) throw s3Error('InvalidArgument', 'A count is not a number from 0.');
  return Math.min(Number(text), max);
}

/** True for `url`. */
export function readEncodingType(text: string | undefined): boolean {
  if (text !== undefined && text !== 'url') throw s3Error('InvalidArgument', 'Invalid Encoding Method');
  return text !== undefined;
}

/** The token that continues a listing after a key or a common prefix. It only says where to start: the prefix that was
 * authorised is applied again. */
export function encodeContinuation(last: string): string {
  return Buffer.from(`1${last}`, 'utf8').toString('base64url');
}

function decodeContinuation(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('1') || encodeContinuation(text.slice(1)) !== token) {
    throw s3Error('InvalidArgument', 'The continuation token provided is incorrect');
  }
  return text.slice(1);
}

function readBoolean(text: string | undefined): boolean {
  if (text !== undefined && text !== 'true' && text !== 'false') throw s3Error('InvalidArgument');
  return text === 'true';
}
