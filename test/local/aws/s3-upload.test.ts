import { createHash, createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digest } from '../../../local/aws/s3/checksum.ts';
import { openRoom, refusal, region, sendRaw, signRaw, type Keys, type Room } from './room.ts';

let room: Room;
let keys: Keys;
let acme: S3Client;
beforeAll(async () => {
  room = await openRoom();
  keys = await room.tenant('acme');
  acme = room.s3(keys);
});
afterAll(() => room.stop());

const Bucket = 'documents';
const read = async (Key: string, client = acme) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  return Body!.transformToString();
};

describe('checksums', () => {
  test.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ] as const)('%s has its check value', (algorithm, expected) => {
    expect(digest(algorithm, Buffer.from('123456789')).toString('hex')).toBe(expected);
  });

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
    '%s of the SDK is verified and given back',
    async (algorithm) => {
      await acme.send(new PutObjectCommand({ Bucket, Key: 'acme/sum', Body: 'hello', ChecksumAlgorithm: algorithm }));
      const answer = await acme.send(new GetObjectCommand({ Bucket, Key: 'acme/sum', ChecksumMode: 'ENABLED' }));
      expect(answer[`Checksum${algorithm}`]).toBe(digest(algorithm, Buffer.from('hello')).toString('base64'));
      expect(await answer.Body!.transformToString()).toBe('hello');
    },
  );

  const putRaw = async (headers: Record<string, string>, body = 'hello') => {
    const all = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers };
    const answer = await sendRaw(
      room,
      await signRaw(room, keys, 's3', { method: 'PUT', target: '/documents/acme/bad', headers: all, body }),
    );
    return `${/<Code>(\w+)<\/Code>/.exec(answer.body)?.[1] ?? 'none'} ${answer.status}`;
  };
  test.each<[string, Record<string, string>, string]>([
    ['a wrong CRC32', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 'BadDigest 400'],
    ['a wrong CRC64NVME', { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' }, 'BadDigest 400'],
    ['a checksum of the wrong length', { 'x-amz-checksum-crc32': 'AAAA' }, 'InvalidDigest 400'],
    [
      'two checksums',
      { 'x-amz-checksum-crc32': 'NhCmhg==', 'x-amz-checksum-sha1': 'qvTGHdzF6KLavt4PO0gs2a6pQ00=' },
      'InvalidRequest 400',
    ],
    ['a checksum of an unknown kind', { 'x-amz-checksum-md4': 'AAAA' }, 'NotImplemented 501'],
    ['an announced checksum that is missing', { 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 'InvalidRequest 400'],
    ['a wrong MD5', { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'BadDigest 400'],
    ['a broken MD5', { 'content-md5': 'AAAA' }, 'InvalidDigest 400'],
    ['aws-chunked framing without a streaming hash', { 'content-encoding': 'aws-chunked' }, 'InvalidRequest 400'],
    ['a trailer without a streaming hash', { 'x-amz-trailer': 'x-amz-checksum-crc32' }, 'InvalidRequest 400'],
    ['a decoded length that is not the body', { 'x-amz-decoded-content-length': '4' }, 'IncompleteBody 400'],
  ])('an upload with %s is refused and stores nothing', async (_, headers, expected) => {
    expect(await putRaw(headers)).toBe(expected);
    expect(await refusal(read('acme/bad', room.s3(room.keysOf('admin'))))).toBe('NoSuchKey 404');
  });

  test.each([
    ['x-amz-acl', 'public-read'],
    ['x-amz-grant-read', 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'],
    ['x-amz-tagging', 'TenantId=globex'],
    ['x-amz-website-redirect-location', '/x'],
    ['x-amz-object-lock-mode', 'GOVERNANCE'],
    ['x-amz-object-lock-legal-hold', 'ON'],
    ['x-amz-server-side-encryption', 'aws:kms'],
    ['x-amz-server-side-encryption-customer-algorithm', 'AES256'],
    ['x-amz-storage-class', 'GLACIER'],
    ['x-amz-write-offset-bytes', '0'],
    ['x-amz-unheard-of', '1'],
    ['range', 'bytes=0-1'],
  ])('an upload with the header %s is refused', async (name, value) => {
    expect(await putRaw({ [name]: value })).toBe('NotImplemented 501');
  });

  test('metadata over 2 KB is refused', async () => {
    expect(await putRaw({ 'x-amz-meta-a': 'x'.repeat(2048) })).toBe('MetadataTooLarge 400');
  });
});

describe('aws-chunked bodies', () => {
  test('of a stream are stored without their framing', async () => {
    const Body = Readable.from([Buffer.from('hello '), Buffer.from('world')]);
    await acme.send(
      new PutObjectCommand({ Bucket, Key: 'acme/stream', Body, ContentEncoding: 'gzip', ContentLength: 11 }),
    );
    const answer = await acme.send(new GetObjectCommand({ Bucket, Key: 'acme/stream' }));
    expect(await answer.Body!.transformToString()).toBe('hello world');
    expect(answer.ContentEncoding).toBe('gzip');
    expect(answer.ContentLength).toBe(11);
  });

  test('of a long stream with a known length survive 100-continue', async () => {
    const bytes = Buffer.alloc(6_000_000, 'abcdefghij');
    const Body = Readable.from([bytes.subarray(0, 3_000_001), bytes.subarray(3_000_001)]);
    await acme.send(new PutObjectCommand({ Bucket, Key: 'acme/long', Body, ContentLength: bytes.length }));
    expect(
      createHash('md5')
        .update(await read('acme/long'))
        .digest('hex'),
    ).toBe(createHash('md5').update(bytes).digest('hex'));
  });

  const crc = 'NhCmhg=='; // of "hello"
  const unsigned = async (body: string, headers: Record<string, string> = {}, key = 'acme/chunk') => {
    const signed = await signRaw(room, keys, 's3', {
      method: 'PUT',
      target: `/documents/${key}`,
      headers: {
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'content-encoding': 'aws-chunked',
        'x-amz-trailer': 'x-amz-checksum-crc32',
        ...headers,
      },
    });
    const answer = await sendRaw(room, { ...signed, body });
    return `${/<Code>(\w+)<\/Code>/.exec(answer.body)?.[1] ?? 'none'} ${answer.status}`;
  };

  test('with a trailer are verified', async () => {
    expect(await unsigned(`2\r\nhe\r\n3\r\nllo\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`)).toBe('none 200');
    expect(await read('acme/chunk')).toBe('hello');
  });

  test.each<[string, string, string]>([
    ['a wrong checksum', `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`, 'BadDigest 400'],
    ['no trailer though announced', `5\r\nhello\r\n0\r\n\r\n`, 'InvalidRequest 400'],
    ['another trailer', `5\r\nhello\r\n0\r\nx-amz-meta-a:b\r\n\r\n`, 'InvalidRequest 400'],
    [
      'a trailer twice',
      `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc}\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`,
      'IncompleteBody 400',
    ],
    ['no last chunk', `5\r\nhello\r\n`, 'IncompleteBody 400'],
    ['a chunk that is too short', `9\r\nhello\r\n0\r\n\r\n`, 'IncompleteBody 400'],
    ['a chunk that is too long', `4\r\nhello\r\n0\r\n\r\n`, 'IncompleteBody 400'],
    ['bytes after the end', `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\nmore`, 'IncompleteBody 400'],
    ['a size that is no number', `-5\r\nhello\r\n0\r\n\r\n`, 'IncompleteBody 400'],
    [
      'a chunk signature nobody verifies',
      `5;chunk-signature=${'0'.repeat(64)}\r\nhello\r\n0\r\n\r\n`,
      'IncompleteBody 400',
    ],
    ['plain bytes', 'hello', 'IncompleteBody 400'],
  ])('with %s are refused', async (_, body, expected) => {
    expect(await unsigned(body, {}, 'acme/refused')).toBe(expected);
  });

  test('of an unknown streaming kind are refused', async () => {
    const headers = { 'x-amz-content-sha256': 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' };
    expect(await unsigned('5\r\nhello\r\n0\r\n\r\n', headers)).toMatch(/ 400$/);
  });

  describe('with signed chunks', () => {
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const sha = (text: string) => createHash('sha256').update(text).digest('hex');

    const signedChunks = async (chunks: readonly string[], change: (body: string) => string, trailer?: string) => {
      const kind = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer === undefined ? '' : '-TRAILER'}`;
      const headers: Record<string, string> = { 'x-amz-content-sha256': kind, 'content-encoding': 'aws-chunked' };
      if (trailer !== undefined) headers['x-amz-trailer'] = 'x-amz-checksum-crc32';
      const signed = await signRaw(room, keys, 's3', { method: 'PUT', target: '/documents/acme/signed', headers });
      const date = signed.headers['x-amz-date']!;
      const day = date.slice(0, 8);
      const key = hmac(hmac(hmac(hmac(`AWS4${keys.secretAccessKey}`, day), region), 's3'), 'aws4_request');
      const scope = `${day}/${region}/s3/aws4_request`;
      let previous = /Signature=([0-9a-f]+)/.exec(signed.headers['authorization']!)![1]!;
      let body = '';
      for (const chunk of [...chunks, '']) {
        const text = ['AWS4-HMAC-SHA256-PAYLOAD', date, scope, previous, sha(''), sha(chunk)].join('\n');
        previous = hmac(key, text).toString('hex');
        body += `${chunk.length.toString(16)};chunk-signature=${previous}\r\n${chunk}${chunk === '' ? '' : '\r\n'}`;
      }
      if (trailer !== undefined) {
        const line = `x-amz-checksum-crc32:${trailer}`;
        const text = ['AWS4-HMAC-SHA256-TRAILER', date, scope, previous, sha(`${line}\n`)].join('\n');
        body += `${line}\r\nx-amz-trailer-signature:${hmac(key, text).toString('hex')}\r\n`;
      }
      const answer = await sendRaw(room, { ...signed, body: change(`${body}\r\n`) });
      return `${/<Code>(\w+)<\/Code>/.exec(answer.body)?.[1] ?? 'none'} ${answer.status}`;
    };
    const same = (body: string) => body;

    test('they are stored, with and without a signed trailer', async () => {
      expect(await signedChunks(['he', 'llo'], same)).toBe('none 200');
      expect(await signedChunks(['he', 'llo'], same, crc)).toBe('none 200');
      expect(await read('acme/signed')).toBe('hello');
    });

    test.each<[string, (body: string) => string, string | undefined]>([
      ['another chunk', (body) => body.replace('llo', 'LLO'), undefined],
      [
        'another chunk signature',
        (body) => body.replace(/chunk-signature=[0-9a-f]{4}/, 'chunk-signature=0000'),
        undefined,
      ],
      ['another trailer', (body) => body.replace(crc, 'AAAAAA=='), crc],
    ])('they are refused with %s', async (_, change, trailer) => {
      expect(await signedChunks(['he', 'llo'], change, trailer)).toBe('SignatureDoesNotMatch 403');
    });

    test.each<[string, (body: string) => string, string | undefined]>([
      ['a chunk without a signature', (body) => body.replace(/;chunk-signature=[0-9a-f]+/, ''), undefined],
      ['a trailer without a signature', (body) => body.replace(/x-amz-trailer-signature.*\r\n/, ''), crc],
    ])('they are refused with %s', async (_, change, trailer) => {
      expect(await signedChunks(['he', 'llo'], change, trailer)).toBe('IncompleteBody 400');
    });
  });
});
