import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  execution,
  openRoom,
  refusal,
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
