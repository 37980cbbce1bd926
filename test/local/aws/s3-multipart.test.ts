import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type ChecksumAlgorithm,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRoom, refusal, type Room } from './room.ts';

let room: Room;
let acme: S3Client;
let globex: S3Client;
beforeAll(async () => {
  room = await openRoom();
  acme = room.s3(await room.tenant('acme'));
  globex = room.s3(await room.tenant('globex'));
});
afterAll(() => room.stop());

const Bucket = 'documents';
const read = async (Key: string) => {
  const { Body } = await acme.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  return Body!.transformToString();
};

describe('multipart uploads', () => {
  const big = Buffer.alloc(5 * 1024 * 1024, 'a');
  const create = async (Key: string, more: { ChecksumAlgorithm?: ChecksumAlgorithm } = {}, client = acme) =>
    (
      await client.send(
        new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/x', Metadata: { m: '1' }, ...more }),
      )
    ).UploadId!;
  const part = async (Key: string, UploadId: string, PartNumber: number, Body: Buffer | string, client = acme) =>
    client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
  const complete = (
    Key: string,
    UploadId: string,
    Parts: { PartNumber: number; ETag: string | undefined }[],
    client = acme,
  ) => client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));

  test.each<ChecksumAlgorithm | 'none'>(['none', 'CRC32', 'SHA256', 'CRC32C'])(
    'become one object (checksum %s)',
    async (algorithm) => {
      const Key = `acme/multi-${algorithm}`;
      const id = await create(Key, algorithm === 'none' ? {} : { ChecksumAlgorithm: algorithm });
      const one = await part(Key, id, 1, big);
      const two = await part(Key, id, 2, 'end');
      const listed = await acme.send(new ListPartsCommand({ Bucket, Key, UploadId: id, MaxParts: 1 }));
      expect(listed.Parts).toHaveLength(1);
      expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '1' });
      const rest = await acme.send(new ListPartsCommand({ Bucket, Key, UploadId: id, PartNumberMarker: '1' }));
      expect(rest.Parts!.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([[2, 3]]);
      const done = await complete(Key, id, [
        { PartNumber: 1, ETag: one.ETag },
        { PartNumber: 2, ETag: two.ETag },
      ]);
      expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
      const answer = await acme.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED', Range: 'bytes=-5' }));
      expect(await answer.Body!.transformToString()).toBe('aaend');
      expect(answer).toMatchObject({ ContentType: 'text/x', Metadata: { m: '1' } });
      expect((await read(Key)).length).toBe(big.length + 3);
      expect(await refusal(part(Key, id, 3, 'x'))).toBe('NoSuchUpload 404');
    },
  );

  test('copy parts out of other objects, of which they must be allowed to read each', async () => {
    room.aws.putObject(Bucket, 'globex/secret', 'theirs');
    await acme.send(new PutObjectCommand({ Bucket, Key: 'acme/src', Body: '0123456789' }));
    const id = await create('acme/pc');
    const copy = (CopySource: string, CopySourceRange?: string) =>
      acme.send(
        new UploadPartCopyCommand({ Bucket, Key: 'acme/pc', UploadId: id, PartNumber: 1, CopySource, CopySourceRange }),
      );
    expect(await refusal(copy('documents/globex/secret'))).toBe('AccessDenied 403');
    expect(await refusal(copy('documents/acme/missing'))).toBe('AccessDenied 403');
    expect(await refusal(copy('documents/acme/src', 'bytes=5-20'))).toBe('InvalidRange 416');
    expect(await refusal(copy('documents/acme/src', 'bytes=5-'))).toBe('InvalidArgument 400');
    const { CopyPartResult } = await copy('documents/acme/src', 'bytes=2-4');
    await complete('acme/pc', id, [{ PartNumber: 1, ETag: CopyPartResult!.ETag }]);
    expect(await read('acme/pc')).toBe('234');
  });

  test('are worth nothing under the key of another tenant', async () => {
    const id = await create('acme/own');
    expect(await refusal(part('globex/x', id, 1, 'x'))).toBe('AccessDenied 403');
    expect(await refusal(part('acme/other', id, 1, 'x'))).toBe('NoSuchUpload 404');
    expect(await refusal(part('globex/own', id, 1, 'x', globex))).toBe('NoSuchUpload 404');
    expect(await refusal(globex.send(new ListPartsCommand({ Bucket, Key: 'acme/own', UploadId: id })))).toBe(
      'AccessDenied 403',
    );
    expect(await refusal(globex.send(new ListPartsCommand({ Bucket, Key: 'globex/own', UploadId: id })))).toBe(
      'NoSuchUpload 404',
    );
    const abort = (Key: string) => refusal(globex.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id })));
    expect(await abort('acme/own')).toBe('AccessDenied 403');
    expect(await abort('globex/own')).toBe('NoSuchUpload 404');
    const { ETag } = await part('acme/own', id, 1, 'mine');
    expect(await refusal(complete('globex/own', id, [{ PartNumber: 1, ETag }], globex))).toBe('NoSuchUpload 404');
    expect(await refusal(complete('globex/own', id, [{ PartNumber: 1, ETag }]))).toBe('AccessDenied 403');
  });

  test('end with an abort', async () => {
    const id = await create('acme/ab');
    await acme.send(new AbortMultipartUploadCommand({ Bucket, Key: 'acme/ab', UploadId: id }));
    expect(await refusal(part('acme/ab', id, 1, 'x'))).toBe('NoSuchUpload 404');
  });

  test('complete only with the parts they have, in order, and large enough', async () => {
    const Key = 'acme/strict';
    const id = await create(Key);
    const one = await part(Key, id, 1, 'small');
    const two = await part(Key, id, 2, 'end');
    const parts = [
      { PartNumber: 1, ETag: one.ETag },
      { PartNumber: 2, ETag: two.ETag },
    ];
    expect(await refusal(complete(Key, id, parts))).toBe('EntityTooSmall 400');
    expect(await refusal(complete(Key, id, parts.toReversed()))).toBe('InvalidPartOrder 400');
    expect(await refusal(complete(Key, id, [{ PartNumber: 1, ETag: two.ETag }]))).toBe('InvalidPart 400');
    expect(await refusal(complete(Key, id, [{ PartNumber: 3, ETag: two.ETag }]))).toBe('InvalidPart 400');
    expect(await refusal(complete(Key, id, []))).toBe('MalformedXML 400');
    expect(await refusal(part(Key, id, 10_001, 'x'))).toBe('InvalidArgument 400');
    const wrongSize = new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId: id,
      MpuObjectSize: 99,
      MultipartUpload: { Parts: [{ PartNumber: 2, ETag: two.ETag }] },
    });
    expect(await refusal(acme.send(wrongSize))).toBe('InvalidRequest 400');
    await complete(Key, id, [{ PartNumber: 2, ETag: two.ETag }]);
    expect(await read(Key)).toBe('end');
  });

  test('are not listed', async () => {
    const admin = room.s3(room.keysOf('admin'));
    expect(await refusal(admin.send(new ListMultipartUploadsCommand({ Bucket })))).toBe('NotImplemented 501');
  });
});
