import {
  CreateBucketCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRoom, refusal, type Room } from './room.ts';

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
const put = (Key: string) => acme.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));

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
