import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
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
const read = async (Key: string, client: S3Client) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body!.transformToString();
};

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
