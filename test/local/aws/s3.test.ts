import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
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

describe('buckets', () => {
  test('are listed, looked at and located', async () => {
    const { Buckets, Owner } = await admin.send(new ListBucketsCommand({}));
    expect(Buckets!.map(({ Name }) => Name)).toEqual(expect.arrayContaining(['documents', 'other']));
    expect(Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    expect((await admin.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('us-east-1');
    expect((await admin.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint ?? '').toBe('');
  });

  test('are created once, in the Region of the account', async () => {
    await admin.send(new CreateBucketCommand({ Bucket: 'fresh-bucket' }));
    await admin.send(new PutObjectCommand({ Bucket: 'fresh-bucket', Key: 'a', Body: 'x' }));
    const again = admin.send(new CreateBucketCommand({ Bucket: 'fresh-bucket' }));
    expect(await refusal(again)).toBe('BucketAlreadyOwnedByYou 409');
    const abroad = { Bucket: 'fresh-2', CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' as const } };
    expect(await refusal(admin.send(new CreateBucketCommand(abroad)))).toBe('InvalidLocationConstraint 400');
  });

  test('are closed to a tenant', async () => {
    expect(await refusal(acme.send(new ListBucketsCommand({})))).toBe('AccessDenied 403');
    expect(await refusal(acme.send(new HeadBucketCommand({ Bucket })))).toMatch(/ 403$/);
    expect(await refusal(acme.send(new GetBucketLocationCommand({ Bucket })))).toBe('AccessDenied 403');
    expect(await refusal(acme.send(new CreateBucketCommand({ Bucket: 'mine-now' })))).toBe('AccessDenied 403');
  });

  test('that are missing are told to who may ask', async () => {
    const call = (client: S3Client) => refusal(client.send(new ListObjectsV2Command({ Bucket: 'no-such-bucket' })));
    expect(await call(admin)).toBe('NoSuchBucket 404');
    expect(await call(acme)).toBe('AccessDenied 403');
  });
});

describe('listings', () => {
  const list = (client: S3Client, more: object) => client.send(new ListObjectsV2Command({ Bucket, ...more }));

  test.each<[string, object]>([
    ['without a prefix', {}],
    ['with an empty prefix', { Prefix: '' }],
    ['with the bare tenant', { Prefix: 'acme' }],
    ['with a delimiter only', { Delimiter: '/' }],
    ['with another tenant', { Prefix: 'globex/' }],
    ['with a prefix that only begins like the tenant', { Prefix: 'acme-evil/' }],
    ['with a start in the own prefix', { StartAfter: 'acme/' }],
  ])('are denied to a tenant %s', async (_, more) => {
    expect(await refusal(list(acme, more))).toBe('AccessDenied 403');
  });

  test('of the own prefix hold nothing else', async () => {
    room.aws.putObject(Bucket, 'globex/x', 'x');
    await put('acme/list/1');
    const { Contents } = await list(acme, { Prefix: 'acme/' });
    expect(Contents!.every(({ Key }) => Key!.startsWith('acme/'))).toBe(true);
  });

  test('do not leave the authorised prefix by a foreign continuation token', async () => {
    room.aws.putObject('other', 'a/1', 'x');
    for (const key of ['globex/t1', 'globex/t2', 'acme/t1', 'zeta/t1']) room.aws.putObject(Bucket, key, 'x');
    const { NextContinuationToken } = await list(admin, { Prefix: 'globex/', MaxKeys: 1 });
    const answer = await list(acme, { Prefix: 'acme/', ContinuationToken: NextContinuationToken });
    expect(answer.Contents ?? []).toEqual([]);
    expect(await refusal(list(acme, { Prefix: 'acme/', ContinuationToken: 'bm9uc2Vuc2U' }))).toBe(
      'InvalidArgument 400',
    );
  });

  test('go page by page, in the order of UTF-8, with common prefixes', async () => {
    const keys = ['p/a', 'p/b/1', 'p/b/2', 'p/b/c/3', 'p/c', 'p/d/1', 'p/\uff5e', 'p/😀'];
    for (const key of keys.toReversed()) room.aws.putObject('other', key, key);
    for (const size of [1, 2, 3, 1000]) {
      for (const Delimiter of [undefined, '/']) {
        const seen: string[] = [];
        let token: string | undefined;
        do {
          const page = await admin.send(
            new ListObjectsV2Command({
              Bucket: 'other',
              Prefix: 'p/',
              MaxKeys: size,
              ContinuationToken: token,
              ...(Delimiter === undefined ? {} : { Delimiter }),
            }),
          );
          const names = [
            ...(page.Contents ?? []).map(({ Key }) => Key!),
            ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
          ];
          expect(page.KeyCount).toBe(names.length);
          expect(names.length).toBeLessThanOrEqual(size);
          seen.push(...names);
          token = page.NextContinuationToken;
          expect(page.IsTruncated).toBe(token !== undefined);
        } while (token !== undefined);
        const expected = Delimiter === undefined ? keys : ['p/a', 'p/b/', 'p/c', 'p/d/', 'p/\uff5e', 'p/😀'];
        if (size === 1 || Delimiter === undefined) expect(seen).toEqual(expected);
        expect(seen.toSorted()).toEqual(expected.toSorted());
      }
    }
  });

  test('start after a key, and may be empty', async () => {
    const after = await admin.send(new ListObjectsV2Command({ Bucket: 'other', Prefix: 'p/', StartAfter: 'p/d/1' }));
    expect(after.Contents!.map(({ Key }) => Key)).toEqual(['p/\uff5e', 'p/😀']);
    const none = await admin.send(new ListObjectsV2Command({ Bucket: 'other', MaxKeys: 0 }));
    expect(none).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  test('name the owner when asked', async () => {
    const { Contents } = await admin.send(
      new ListObjectsV2Command({ Bucket: 'other', Prefix: 'p/', FetchOwner: true }),
    );
    expect(Contents![0]!.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('copies', () => {
  const copy = (client: S3Client, CopySource: string, Key: string, more: object = {}) =>
    refusal(client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more })).then(() => 'copied'));

  test('bring bytes, headers and metadata along, or replace them', async () => {
    await acme.send(
      new PutObjectCommand({ Bucket, Key: 'acme/from ü+%', Body: 'x', ContentType: 'text/css', Metadata: { a: 'b' } }),
    );
    const source = `${Bucket}/${encodeURIComponent('acme/from ü+%')}`;
    expect(await copy(acme, source, 'acme/to')).toContain('copied');
    expect(await acme.send(new HeadObjectCommand({ Bucket, Key: 'acme/to' }))).toMatchObject({
      ContentType: 'text/css',
      Metadata: { a: 'b' },
    });
    const more = { MetadataDirective: 'REPLACE', ContentType: 'text/plain', Metadata: { c: 'd' } };
    expect(await copy(acme, `/${source}`, 'acme/to2', more)).toContain('copied');
    const head = await acme.send(new HeadObjectCommand({ Bucket, Key: 'acme/to2' }));
    expect(head).toMatchObject({ ContentType: 'text/plain', Metadata: { c: 'd' } });
  });

  test.each<[string, string, string, object, string]>([
    ["another tenant's object", 'documents/globex/secret', 'acme/stolen', {}, 'AccessDenied 403'],
    ["another tenant's missing object", 'documents/globex/none', 'acme/stolen', {}, 'AccessDenied 403'],
    ["another tenant's object by an encoded slash", 'documents/globex%2Fsecret', 'acme/stolen', {}, 'AccessDenied 403'],
    ['a path that only looks like the own', 'documents/acme/../globex/secret', 'acme/stolen', {}, 'AccessDenied 403'],
    ["into another tenant's prefix", 'documents/acme/mine', 'globex/planted', {}, 'AccessDenied 403'],
    ['a version', 'documents/acme/mine?versionId=1', 'acme/v', {}, 'NotImplemented 501'],
    ['an access point', 'arn:aws:s3:us-east-1:1:accesspoint/x/object/acme/mine', 'acme/v', {}, 'InvalidBucketName 400'],
    ['an unencoded plus', 'documents/acme/a+b', 'acme/v', {}, 'InvalidArgument 400'],
    ['a source without a key', 'documents/', 'acme/v', {}, 'InvalidArgument 400'],
    ['an object onto itself', 'documents/acme/mine', 'acme/mine', {}, 'InvalidRequest 400'],
    [
      'a source that does not match',
      'documents/acme/mine',
      'acme/v',
      { CopySourceIfMatch: '"0"' },
      'PreconditionFailed 412',
    ],
    ['tags', 'documents/acme/mine', 'acme/v', { TaggingDirective: 'REPLACE', Tagging: 'a=b' }, 'NotImplemented 501'],
    ['with an ACL', 'documents/acme/mine', 'acme/v', { ACL: 'public-read' }, 'NotImplemented 501'],
    ['with a KMS key', 'documents/acme/mine', 'acme/v', { ServerSideEncryption: 'aws:kms' }, 'NotImplemented 501'],
  ])('do not take %s', async (_, source, key, more, expected) => {
    room.aws.putObject(Bucket, 'globex/secret', 'theirs');
    await put('acme/mine');
    expect(await copy(acme, source, key, more)).toBe(expected);
  });
});

describe('DeleteObjects', () => {
  test('decides every key for itself and answers per key', async () => {
    room.aws.putObject(Bucket, 'globex/keep', 'x');
    await put('acme/d1');
    const answer = await acme.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: {
          Objects: [{ Key: 'acme/d1' }, { Key: 'globex/keep' }, { Key: 'acme/none' }, { Key: 'acme/../globex/keep' }],
        },
      }),
    );
    expect(answer.Deleted!.map(({ Key }) => Key)).toEqual(['acme/d1', 'acme/none', 'acme/../globex/keep']);
    expect(answer.Errors).toEqual([
      { Key: 'globex/keep', Code: 'AccessDenied', Message: expect.stringContaining('s3:DeleteObject') as string },
    ]);
    expect(await read('globex/keep', admin)).toBe('x');
  });

  test('is quiet about successes when asked, never about denials', async () => {
    const Objects = [{ Key: 'acme/q' }, { Key: 'globex/keep' }];
    const answer = await acme.send(new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects } }));
    expect(answer.Deleted).toBeUndefined();
    expect(answer.Errors).toHaveLength(1);
  });

  test('refuses versions as a whole', async () => {
    const Delete = { Objects: [{ Key: 'acme/a', VersionId: '1' }] };
    expect(await refusal(acme.send(new DeleteObjectsCommand({ Bucket, Delete })))).toBe('NotImplemented 501');
  });
});
