import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  execution,
  openRoom,
  presignRaw,
  refusal,
  roleArn,
  sendRaw,
  signRaw,
  tenantData,
  type Keys,
  type RawRequest,
  type Room,
} from './room.ts';

let room: Room;
let keys: Keys;
beforeAll(async () => {
  room = await openRoom();
  room.aws.putObject('documents', 'acme/a', 'hello');
  keys = await room.tenant('acme');
});
afterAll(() => room.stop());

const get: RawRequest = { target: '/documents/acme/a', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } };
const identity: RawRequest = {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'Action=GetCallerIdentity&Version=2011-06-15',
};
const getItem: RawRequest = {
  method: 'POST',
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' },
  body: '{"TableName":"records","Key":{"tenant":{"S":"acme"},"id":{"S":"1"}}}',
};
const send = async (request: RawRequest): Promise<string> => {
  const { status, body } = await sendRaw(room, request);
  const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? /#(\w+)"/.exec(body)?.[1] ?? 'none';
  return `${code} ${status}`;
};

describe('header signatures', () => {
  const calls: [string, (k: Keys) => Promise<unknown>][] = [
    [
      'S3',
      (k) =>
        room
          .s3(k)
          .send(new GetObjectCommand({ Bucket: 'documents', Key: 'acme/a' }))
          .then(() => 'ok'),
    ],
    ['STS', (k) => room.sts(k).send(new GetCallerIdentityCommand({}))],
    [
      'DynamoDB',
      (k) =>
        room
          .dynamoDb(k)
          .send(new GetItemCommand({ TableName: 'records', Key: { tenant: { S: 'acme' }, id: { S: '1' } } })),
    ],
  ];

  test.each(calls)('%s takes the signature of its SDK', async (_, call) => {
    await expect(call(keys)).resolves.toBeDefined();
  });

  const codes: Record<string, readonly [string, string, string]> = {
    S3: ['SignatureDoesNotMatch 403', 'InvalidAccessKeyId 403', 'InvalidToken 400'],
    STS: ['SignatureDoesNotMatch 403', 'InvalidClientTokenId 403', 'InvalidClientTokenId 403'],
    DynamoDB: ['InvalidSignatureException 400', 'UnrecognizedClientException 400', 'UnrecognizedClientException 400'],
  };
  test.each(calls)('%s refuses a wrong secret, an unknown key and a wrong session token', async (name, call) => {
    const [mismatch, unknown, token] = codes[name]!;
    expect(await refusal(call({ ...keys, secretAccessKey: 'x'.repeat(40) }))).toBe(mismatch);
    expect(await refusal(call({ ...keys, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }))).toBe(unknown);
    expect(await refusal(call({ ...keys, sessionToken: `${keys.sessionToken}x` }))).toBe(token);
    expect(await refusal(call({ ...keys, sessionToken: room.keysOf(execution).sessionToken }))).toBe(token);
  });

  test.each([
    ['S3', 'ExpiredToken 400'],
    ['STS', 'ExpiredToken 403'],
    ['DynamoDB', 'ExpiredTokenException 400'],
  ])('%s refuses a session that has ended', async (name, expected) => {
    room.clock.offsetMs = -13 * 3_600_000;
    const old = room.keysOf(tenantData);
    room.clock.offsetMs = 0;
    expect(await refusal(calls.find(([service]) => service === name)![1](old))).toBe(expected);
  });

  test.each<[string, string, RawRequest, string]>([
    ['S3', 's3', get, 'RequestTimeTooSkewed 403'],
    ['STS', 'sts', identity, 'SignatureDoesNotMatch 403'],
    ['DynamoDB', 'dynamodb', getItem, 'InvalidSignatureException 400'],
  ])('%s refuses a clock that is 16 minutes off, either way', async (_, service, request, expected) => {
    for (const minutes of [-16, 16]) {
      const signingDate = new Date(Date.now() + minutes * 60_000);
      expect(await send(await signRaw(room, keys, service, request, { signingDate }))).toBe(expected);
    }
    const signingDate = new Date(Date.now() - 14 * 60_000);
    expect(await send(await signRaw(room, keys, service, request, { signingDate }))).toBe('none 200');
  });

  test('tells clients its own time', async () => {
    room.clock.offsetMs = 86_400_000;
    const { headers } = await sendRaw(room, { headers: {} });
    room.clock.offsetMs = 0;
    expect(Date.parse(headers['date'] as string) - Date.now()).toBeGreaterThan(86_000_000);
  });

  test('takes any Region of the scope', async () => {
    expect(await send(await signRaw(room, keys, 's3', get, { signingRegion: 'ap-south-1' }))).toBe('none 200');
  });

  test('refuses a scope whose Region was changed after signing', async () => {
    const signed = await signRaw(room, keys, 's3', get);
    const authorization = signed.headers['authorization']!.replace('us-east-1', 'eu-west-1');
    expect(await send({ ...signed, headers: { ...signed.headers, authorization } })).toBe('SignatureDoesNotMatch 403');
  });

  test.each<[string, (signed: Awaited<ReturnType<typeof signRaw>>) => RawRequest]>([
    ['another path', (signed) => ({ ...signed, target: '/documents/globex/a' })],
    ['another method', (signed) => ({ ...signed, method: 'DELETE' })],
    [
      'a further query parameter',
      (signed) => ({ ...signed, target: `${signed.target}?response-content-type=text%2Fhtml` }),
    ],
    [
      'another value of a signed header',
      (signed) => ({ ...signed, headers: { ...signed.headers, 'x-amz-date': '20200101T000000Z' } }),
    ],
  ])('refuses a request that has %s after signing', async (_, change) => {
    const signed = await signRaw(room, keys, 's3', get);
    expect(await send(change(signed))).toMatch(/^(?:SignatureDoesNotMatch 403|AuthorizationQueryParametersError 400)$/);
  });

  test.each([
    ['x-amz-copy-source', 'documents/globex/a'],
    ['x-amz-acl', 'public-read'],
    ['x-amz-meta-a', 'b'],
  ])('refuses the header %s when it is not signed', async (name, value) => {
    const signed = await signRaw(room, keys, 's3', get);
    expect(await send({ ...signed, headers: { ...signed.headers, [name]: value } })).toBe('AccessDenied 403');
  });

  test('refuses a body that is not the one that was hashed', async () => {
    const put: RawRequest = { method: 'PUT', target: '/documents/acme/b', body: 'hello' };
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256').update('hello').digest('hex');
    const signed = await signRaw(room, keys, 's3', { ...put, headers: { 'x-amz-content-sha256': hash } });
    expect(await send(signed)).toBe('none 200');
    expect(await send({ ...signed, body: 'hellO' })).toBe('XAmzContentSHA256Mismatch 400');
    const form = await signRaw(room, keys, 'sts', identity);
    expect(await send({ ...form, body: `${identity.body as string}&` })).toBe('SignatureDoesNotMatch 403');
    const item = await signRaw(room, keys, 'dynamodb', getItem);
    expect(await send({ ...item, body: (getItem.body as string).replace('acme', 'evil') })).toBe(
      'InvalidSignatureException 400',
    );
  });

  test('takes no unsigned payload outside S3', async () => {
    const headers = { ...getItem.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect(await send(await signRaw(room, keys, 'dynamodb', { ...getItem, headers }))).toBe(
      'InvalidSignatureException 400',
    );
  });

  test('demands the payload hash of S3', async () => {
    const signed = await signRaw(room, keys, 's3', get);
    const headers: Record<string, string> = { ...signed.headers };
    delete headers['x-amz-content-sha256'];
    expect(await send({ ...signed, headers })).toMatch(/^(?:InvalidRequest 400|SignatureDoesNotMatch 403)$/);
  });

  test.each([
    ['no signature', {}, 'AccessDenied 403'],
    ['a bearer token', { authorization: 'Bearer x' }, 'InvalidRequest 400'],
    ['an AWS signature of version 2', { authorization: 'AWS AKIA:xyz=' }, 'InvalidRequest 400'],
    ['half a signature', { authorization: 'AWS4-HMAC-SHA256 Credential=a/b' }, 'AuthorizationQueryParametersError 400'],
  ])('refuses %s', async (_, headers, expected) => {
    expect(await send({ target: '/documents/acme/a', headers })).toBe(expected);
  });

  test('refuses unsigned STS and DynamoDB requests in their own words', async () => {
    expect(await send(identity)).toBe('MissingAuthenticationToken 403');
    expect(await send(getItem)).toBe('MissingAuthenticationTokenException 400');
  });

  test('executes nothing for a service the signature was not made for', async () => {
    expect(await send(await signRaw(room, keys, 's3', identity))).toMatch(
      /^(?:InvalidRequest 400|NotImplemented 501)$/,
    );
    expect(await send(await signRaw(room, keys, 'iam', identity))).toBe('NotImplemented 501');
    expect(await send(await signRaw(room, keys, 'dynamodb', get))).toMatch(/ 400$/);
  });

  test('refuses two values of one header', async () => {
    const signed = await signRaw(room, keys, 's3', get);
    const headers = { ...signed.headers, 'X-Amz-Date': [signed.headers['x-amz-date'], 'x'] } as unknown as Record<
      string,
      string
    >;
    delete headers['x-amz-date'];
    expect(await send({ ...signed, headers })).toBe('InvalidRequest 400');
  });
});

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
