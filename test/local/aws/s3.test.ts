import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type GetObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountId, openRoom, refusal, refusalText, type Room } from './room.ts';

let room: Room;
let acme: S3Client;
let admin: S3Client;
beforeAll(async () => {
  room = await openRoom();
  acme = room.s3(await room.tenant('acme'));
  admin = room.s3(room.keysOf('admin'));
});
afterAll(() => room.stop());

const Bucket = 'documents';
const put = (Key: string, Body = 'x', client = acme) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
const read = async (Key: string, client = acme, more: Partial<GetObjectCommandInput> = {}) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Body!.transformToString();
};

describe('objects', () => {
  test('come back with their bytes, headers and metadata', async () => {
    await acme.send(
      new PutObjectCommand({
        Bucket,
        Key: 'acme/full',
        Body: 'hello',
        ContentType: 'text/plain; charset=utf-8',
        ContentEncoding: 'identity',
        ContentLanguage: 'de',
        ContentDisposition: 'attachment; filename="a b"',
        CacheControl: 'no-cache',
        Metadata: { owner: 'alice', Weird: 'a=b; c' },
      }),
    );
    const answer = await acme.send(new GetObjectCommand({ Bucket, Key: 'acme/full' }));
    expect(await answer.Body!.transformToString()).toBe('hello');
    expect(answer).toMatchObject({
      ContentLength: 5,
      ContentType: 'text/plain; charset=utf-8',
      ContentEncoding: 'identity',
      ContentLanguage: 'de',
      ContentDisposition: 'attachment; filename="a b"',
      CacheControl: 'no-cache',
      Metadata: { owner: 'alice', weird: 'a=b; c' },
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      AcceptRanges: 'bytes',
    });
    const head = await acme.send(new HeadObjectCommand({ Bucket, Key: 'acme/full' }));
    expect(head).toMatchObject({ ContentLength: 5, ETag: answer.ETag, Metadata: answer.Metadata });
  });

  const oddKeys = [
    'acme/a b',
    'acme/a+b',
    'acme/a%20b',
    'acme/100%',
    'acme/%2F',
    'acme/..',
    'acme/../globex',
    'acme/./x',
    'acme//double//',
    'acme/trailing/',
    "acme/!'()*;:@&=+$,?#[]",
    'acme/ümlaut/東京/😀',
    'acme/quote"<>&',
    'acme/back\\slash',
    'acme/ leading and trailing ',
    'acme/tab\tline\nreturn\rend',
    'acme/~.-_',
    'acme/?versionId=1',
  ];
  test.each(oddKeys)('live under the key %j exactly', async (key) => {
    await put(key, key);
    expect(await read(key)).toBe(key);
    const { Contents } = await acme.send(new ListObjectsV2Command({ Bucket, Prefix: 'acme/' }));
    expect(Contents!.filter((object) => object.Key === key)).toHaveLength(1);
    const encoded = await acme.send(new ListObjectsV2Command({ Bucket, Prefix: 'acme/', EncodingType: 'url' }));
    expect(encoded.Contents!.map((object) => decodeURIComponent(object.Key!))).toContain(key);
    await acme.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: key }] } }));
    expect(await refusal(read(key, admin))).toBe('NoSuchKey 404');
  });

  test('live under any key that UTF-8 can hold', async () => {
    const keys = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(keys, async (suffix) => {
        const key = `acme/${suffix}`;
        await put(key, suffix);
        expect(await read(key)).toBe(suffix);
        await acme.send(new DeleteObjectCommand({ Bucket, Key: key }));
      }),
      { numRuns: 60 },
    );
  });

  test('are overwritten and deleted, and deleting twice is no error', async () => {
    await put('acme/o', '1');
    await put('acme/o', '2');
    expect(await read('acme/o')).toBe('2');
    await acme.send(new DeleteObjectCommand({ Bucket, Key: 'acme/o' }));
    await acme.send(new DeleteObjectCommand({ Bucket, Key: 'acme/o' }));
    expect(await refusal(read('acme/o', admin))).toBe('NoSuchKey 404');
  });

  test('have ranges and overridden answer headers', async () => {
    await put('acme/range', '0123456789');
    expect(await read('acme/range', acme, { Range: 'bytes=2-4' })).toBe('234');
    expect(await read('acme/range', acme, { Range: 'bytes=7-' })).toBe('789');
    expect(await read('acme/range', acme, { Range: 'bytes=-3' })).toBe('789');
    expect(await read('acme/range', acme, { Range: 'bytes=8-99' })).toBe('89');
    const part = await acme.send(new GetObjectCommand({ Bucket, Key: 'acme/range', Range: 'bytes=0-0' }));
    expect(part).toMatchObject({ ContentRange: 'bytes 0-0/10', ContentLength: 1, $metadata: { httpStatusCode: 206 } });
    const answer = await acme.send(
      new GetObjectCommand({
        Bucket,
        Key: 'acme/range',
        ResponseContentType: 'text/csv',
        ResponseCacheControl: 'max-age=1',
      }),
    );
    expect(answer).toMatchObject({ ContentType: 'text/csv', CacheControl: 'max-age=1' });
  });

  test.each<[string, Partial<GetObjectCommandInput>, string]>([
    ['a range beyond the end', { Range: 'bytes=10-' }, 'InvalidRange 416'],
    ['a range backwards', { Range: 'bytes=4-2' }, 'InvalidRange 416'],
    ['an empty suffix', { Range: 'bytes=-0' }, 'InvalidRange 416'],
    ['several ranges', { Range: 'bytes=0-1,3-4' }, 'NotImplemented 501'],
    ['a range in another unit', { Range: 'lines=0-1' }, 'InvalidArgument 400'],
    [
      'an entity tag that is not the object',
      { IfMatch: '"00000000000000000000000000000000"' },
      'PreconditionFailed 412',
    ],
    ['an unmodified-since in the past', { IfUnmodifiedSince: new Date(0) }, 'PreconditionFailed 412'],
    ['a version', { VersionId: 'abc' }, 'NotImplemented 501'],
    ['a part number', { PartNumber: 1 }, 'NotImplemented 501'],
    [
      'a customer key',
      { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'a', SSECustomerKeyMD5: 'b' },
      'NotImplemented 501',
    ],
    ['a requester who pays', { RequestPayer: 'requester' }, 'NotImplemented 501'],
    ['another expected owner', { ExpectedBucketOwner: '999999999999' }, 'AccessDenied 403'],
  ])('are not read with %s', async (_, more, expected) => {
    await put('acme/range', '0123456789');
    expect(await refusal(read('acme/range', acme, more))).toBe(expected);
  });

  test('are not modified for who has them', async () => {
    await put('acme/etag', 'x');
    const { ETag } = await acme.send(new HeadObjectCommand({ Bucket, Key: 'acme/etag' }));
    expect(await read('acme/etag', acme, { IfMatch: ETag })).toBe('x');
    expect(await refusal(read('acme/etag', acme, { IfNoneMatch: ETag }))).toContain(' 304');
    expect(await refusal(read('acme/etag', acme, { IfModifiedSince: new Date() }))).toContain(' 304');
  });

  test('are written conditionally', async () => {
    const write = (more: { IfMatch?: string; IfNoneMatch?: string }, Key = 'acme/cond') =>
      refusal(acme.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more })).then(() => 'written'));
    expect(await write({ IfNoneMatch: '*' })).toContain('written');
    expect(await write({ IfNoneMatch: '*' })).toBe('PreconditionFailed 412');
    expect(await write({ IfMatch: '"9dd4e461268c8034f5c8564e155c67a6"' })).toContain('written');
    expect(await write({ IfMatch: '"00000000000000000000000000000000"' })).toBe('PreconditionFailed 412');
    expect(await write({ IfNoneMatch: '"9dd4e461268c8034f5c8564e155c67a6"' })).toBe('NotImplemented 501');
    expect(await write({ IfMatch: '"x"' }, 'acme/none')).toBe('NoSuchKey 404');
  });

  test('of another tenant are not read, written, deleted or told about', async () => {
    room.aws.putObject(Bucket, 'globex/secret', 'theirs');
    for (const key of [
      'globex/secret',
      'globex/missing',
      'acme',
      'acmeX/a',
      'acme-evil/a',
      'ACME/a',
      '/acme/a',
      'x/../acme/a',
    ]) {
      expect(await refusal(read(key))).toBe('AccessDenied 403');
      expect(await refusal(put(key))).toBe('AccessDenied 403');
      expect(await refusal(acme.send(new HeadObjectCommand({ Bucket, Key: key })))).toMatch(/ 403$/);
      expect(await refusal(acme.send(new DeleteObjectCommand({ Bucket, Key: key })))).toBe('AccessDenied 403');
    }
    expect(await read('globex/secret', admin)).toBe('theirs');
  });

  test('that are missing are 403 without s3:ListBucket and 404 with it', async () => {
    expect(await refusalText(read('acme/missing'))).toBe(
      `User: arn:aws:sts::${accountId}:assumed-role/tenant-data/acme@tests is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::documents" because no identity-based policy allows the s3:ListBucket action`,
    );
    expect(await refusal(read('acme/missing', admin))).toBe('NoSuchKey 404');
    const copy = (client: S3Client) =>
      refusal(client.send(new CopyObjectCommand({ Bucket, Key: 'acme/copy', CopySource: `${Bucket}/acme/missing` })));
    expect(await copy(acme)).toBe('AccessDenied 403');
    expect(await copy(admin)).toBe('NoSuchKey 404');
  });
});

describe('policies around a bucket', () => {
  test('deny by bucket policy whatever the role says, and say so', async () => {
    room.aws.putObject(Bucket, 'sealed/a', 'x');
    expect(await refusalText(read('sealed/a', admin))).toMatch(/with an explicit deny in a resource-based policy$/);
  });

  test('let a bucket policy grant what the role does not', async () => {
    room.aws.putObject(Bucket, 'granted', 'for nobody');
    const nobody = room.s3(room.keysOf('nobody'));
    expect(await read('granted', nobody)).toBe('for nobody');
    expect(await refusal(put('granted', 'x', nobody))).toBe('AccessDenied 403');
    expect(await refusal(read('granted2', nobody))).toBe('AccessDenied 403');
  });

  test('keep a role inside its boundary, and say so', async () => {
    const bounded = room.s3(room.keysOf('bounded'));
    room.aws.putObject(Bucket, 'public/a', 'open');
    expect(await read('public/a', bounded)).toBe('open');
    expect(await refusalText(put('public/a', 'x', bounded))).toMatch(
      /because no permissions boundary allows the s3:PutObject action$/,
    );
  });
});
