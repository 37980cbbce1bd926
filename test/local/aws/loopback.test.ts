import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRoom, presignRaw, roleArn, sendRaw, signRaw, type Keys, type RawRequest, type Room } from './room.ts';

let room: Room;
let keys: Keys;
beforeAll(async () => {
  room = await openRoom();
  room.aws.putObject('documents', 'acme/a', 'hello');
  keys = await room.tenant('acme');
});
afterAll(() => room.stop());

const get: RawRequest = { target: '/documents/acme/a', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } };
const send = async (request: RawRequest): Promise<string> => {
  const { status, body } = await sendRaw(room, request);
  return `${/<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? 'none'} ${status}`;
};

describe('presigned URLs', () => {
  test('are accepted for S3 until they end', async () => {
    const target = await presignRaw(room, keys, 's3', { target: '/documents/acme/a' }, { expiresIn: 60 });
    expect((await sendRaw(room, { target })).body).toBe('hello');
    room.clock.offsetMs = 61_000;
    expect(await send({ target })).toBe('AccessDenied 403');
    room.clock.offsetMs = 0;
  });

  test('are accepted for GetCallerIdentity, as clusters use them to prove who they are', async () => {
    const target = await presignRaw(room, keys, 'sts', { target: '/?Action=GetCallerIdentity&Version=2011-06-15' });
    expect((await sendRaw(room, { target })).body).toContain('assumed-role/tenant-data/acme@tests');
  });

  test('carry hoisted headers into the same allow-lists', async () => {
    const refused = await presignRaw(room, keys, 's3', {
      method: 'PUT',
      target: '/documents/acme/p',
      headers: { 'x-amz-acl': 'public-read' },
    });
    expect(await send({ method: 'PUT', target: refused, body: 'x' })).toBe('NotImplemented 501');
    const kept = await presignRaw(room, keys, 's3', {
      method: 'PUT',
      target: '/documents/acme/p',
      headers: { 'x-amz-meta-a': 'b' },
    });
    expect(await send({ method: 'PUT', target: kept, body: 'x' })).toBe('none 200');
    const head = await sendRaw(
      room,
      await signRaw(room, keys, 's3', { ...get, method: 'HEAD', target: '/documents/acme/p' }),
    );
    expect(head.headers['x-amz-meta-a']).toBe('b');
  });

  test.each<[string, (target: string) => string, string]>([
    ['another key', (target) => target.replace('/acme/a', '/acme/b'), 'SignatureDoesNotMatch 403'],
    ['a longer life', (target) => target.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'), 'SignatureDoesNotMatch 403'],
    ['a further parameter', (target) => `${target}&response-content-type=text%2Fhtml`, 'SignatureDoesNotMatch 403'],
    ['a further header in the query', (target) => `${target}&x-amz-acl=public-read`, 'SignatureDoesNotMatch 403'],
    [
      'a life of over a week',
      (target) => target.replace('X-Amz-Expires=60', 'X-Amz-Expires=604801'),
      'AuthorizationQueryParametersError 400',
    ],
    [
      'no signature',
      (target) => target.replace(/&X-Amz-Signature=[0-9a-f]+/, ''),
      'AuthorizationQueryParametersError 400',
    ],
    ['two signatures', (target) => `${target}&X-Amz-Signature=${'0'.repeat(64)}`, 'InvalidArgument 400'],
    ['no session token', (target) => target.replace(/&X-Amz-Security-Token=[^&]+/, ''), 'InvalidAccessKeyId 403'],
  ])('are refused with %s', async (_, change, expected) => {
    const target = await presignRaw(room, keys, 's3', { target: '/documents/acme/a' }, { expiresIn: 60 });
    expect(await send({ target: change(target) })).toBe(expected);
  });

  test('are refused with a header value that no header could hold', async () => {
    for (const value of ['a\r\nSet-Cookie: x', '\u{1f600}', 'a\u0000']) {
      const request = { method: 'PUT', target: '/documents/acme/p', headers: { 'x-amz-meta-a': value } };
      const target = await presignRaw(room, keys, 's3', request);
      expect(await send({ method: 'PUT', target, body: 'x' })).toBe('AuthorizationQueryParametersError 400');
    }
  });

  test('of version 2 are refused by name', async () => {
    const target = '/documents/acme/a?AWSAccessKeyId=ASIAX&Signature=x&Expires=1';
    expect(await send({ target })).toBe('InvalidRequest 400');
  });

  test('are refused beside an Authorization header', async () => {
    const target = await presignRaw(room, keys, 's3', { target: '/documents/acme/a' });
    const { headers } = await signRaw(room, keys, 's3', get);
    expect(await send({ target, headers: { authorization: headers['authorization']! } })).toBe('InvalidArgument 400');
  });

  test('give no more than the session has', async () => {
    const target = await presignRaw(room, keys, 's3', { target: '/documents/globex/a' });
    expect(await send({ target })).toBe('AccessDenied 403');
  });
});

describe('the loopback port', () => {
  test.each<[string, Record<string, string>]>([
    ['a foreign host', { host: 'evil.example' }],
    ['a bucket in the host name', { host: 'documents.localhost:1' }],
    ['another port in the host', { host: '127.0.0.1:1' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['the null origin', { origin: 'null' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
    ['a same-site fetch from another port', { 'sec-fetch-site': 'same-site' }],
  ])('does not answer %s', async (_, headers) => {
    const signed = await signRaw(room, keys, 's3', get);
    const answer = await sendRaw(room, { ...signed, headers: { ...signed.headers, ...headers } });
    expect(answer.status).toBe(403);
    expect(answer.headers['content-type']).toBe('text/plain');
  });

  test('answers to localhost too', async () => {
    const host = `localhost:${room.port}`;
    expect(await send(await signRaw(room, keys, 's3', { ...get, headers: { ...get.headers, host } }))).toBe('none 200');
  });

  test.each(['http://evil.example/documents/acme/a', '*', '/documents/acme/a#b', '/?a=b+c', '/?a=1&a=2'])(
    'refuses the target %s',
    async (target) => {
      expect((await sendRaw(room, { target })).status).toBe(400);
    },
  );

  test('does not know a role that the account lacks', () => {
    expect(() => room.aws.roleSession(roleArn('no-such-role'), 'x')).toThrow(TypeError);
    expect(() => {
      room.aws.putObject('no-such-bucket', 'k', 'x');
    }).toThrow(TypeError);
  });

  test('a PutObject of the SDK over a fresh connection after stop fails', async () => {
    const own = await openRoom();
    const client = own.s3(own.keysOf('admin'));
    await client.send(new PutObjectCommand({ Bucket: 'documents', Key: 'x', Body: 'x' }));
    await own.aws.stop();
    await expect(client.send(new PutObjectCommand({ Bucket: 'documents', Key: 'x', Body: 'x' }))).rejects.toThrow();
    await own.stop();
  });
});
