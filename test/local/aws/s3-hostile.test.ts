import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseXml } from '../../../local/aws/wire/xml-reader.ts';
import { openRoom, sendRaw, signRaw, type Keys, type RawRequest, type Room } from './room.ts';

let room: Room;
let admin: Keys;
let acme: Keys;
beforeAll(async () => {
  room = await openRoom();
  admin = room.keysOf('admin');
  acme = await room.tenant('acme');
  room.aws.putObject('documents', 'acme/a', 'mine');
  room.aws.putObject('documents', 'globex/a', 'theirs');
});
afterAll(() => room.stop());

const hash = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
const send = async (request: RawRequest, keys: Keys = admin) => {
  const headers = { ...hash, ...request.headers };
  return sendRaw(room, await signRaw(room, keys, 's3', { ...request, headers }));
};
const outcome = async (request: RawRequest, keys?: Keys) => {
  const { status, body } = await send(request, keys);
  return `${/<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? 'none'} ${status}`;
};

describe('what local S3 does not do is refused, also for somebody who may do everything', () => {
  test.each([
    'acl',
    'policy',
    'policyStatus',
    'tagging',
    'versioning',
    'versions',
    'uploads',
    'website',
    'lifecycle',
    'cors',
    'encryption',
    'logging',
    'notification',
    'replication',
    'requestPayment',
    'accelerate',
    'analytics',
    'inventory',
    'metrics',
    'object-lock',
    'ownershipControls',
    'publicAccessBlock',
    'intelligent-tiering',
    'metadataTable',
    'session',
  ])('GET and PUT ?%s of a bucket', async (subresource) => {
    for (const method of ['GET', 'PUT']) {
      expect(await outcome({ method, target: `/documents?${subresource}` })).toBe('NotImplemented 501');
    }
  });

  test.each([
    'acl',
    'tagging',
    'attributes',
    'legal-hold',
    'retention',
    'torrent',
    'versionId=1',
    'partNumber=1',
    'restore',
    'select',
    'x-id=PutObject',
    'unheard-of',
  ])('GET ?%s of an object', async (subresource) => {
    expect(await outcome({ target: `/documents/acme/a?${subresource}` })).toBe('NotImplemented 501');
  });

  test.each(['acl', 'tagging', 'legal-hold', 'retention', 'renameObject', 'encryption'])(
    'PUT ?%s of an object, and it stays as it was',
    async (subresource) => {
      const request = { method: 'PUT', target: `/documents/acme/a?${subresource}`, body: 'overwritten' };
      expect(await outcome(request)).toBe('NotImplemented 501');
      expect((await send({ target: '/documents/acme/a' })).body).toBe('mine');
    },
  );

  test.each(['tagging', 'versionId=1'])('DELETE ?%s of an object, and it stays', async (subresource) => {
    expect(await outcome({ method: 'DELETE', target: `/documents/acme/a?${subresource}` })).toBe('NotImplemented 501');
    expect((await send({ target: '/documents/acme/a' })).status).toBe(200);
  });

  test.each<[string, string]>([
    ['DELETE', '/documents'],
    ['POST', '/documents'],
    ['POST', '/documents/acme/a'],
    ['POST', '/documents/acme/a?select&select-type=2'],
    ['POST', '/documents/acme/a?restore'],
    ['PATCH', '/documents/acme/a'],
    ['PUT', '/'],
    ['GET', '/documents'],
    ['GET', '/documents?list-type=1'],
    ['GET', '/documents?list-type=2&versions'],
    ['GET', '/documents?location&list-type=2'],
    ['HEAD', '/documents?acl'],
    ['GET', '/?prefix=a'],
  ])('%s %s', async (method, target) => {
    const { status } = await send({ method, target });
    expect(status).toBe(501);
  });
});

describe('paths', () => {
  test.each<[string, string]>([
    ['a parent segment', '/documents/acme/../globex/a'],
    ['an encoded parent segment', '/documents/acme/%2e%2e/globex/a'],
    ['an encoded slash', '/documents/acme%2F..%2Fglobex%2Fa'],
    ['a double slash', '/documents//globex/a'],
    ['a backslash', '/documents/acme/..%5Cglobex/a'],
  ])('with %s never reach the key they would normalise to', async (_, target) => {
    const { body } = await send({ target });
    expect(body).not.toContain('theirs');
    // An encoding that signers never write does not even match its signature.
    expect(body).toMatch(/NoSuchKey|SignatureDoesNotMatch/);
    expect((await send({ target }, acme)).body).not.toContain('theirs');
  });

  test('with an encoded slash are the key that their bytes say', async () => {
    expect((await send({ target: '/documents/acme%2Fa' }, acme)).body).toBe('mine');
    expect(await outcome({ target: '/documents/globex%2Fa' }, acme)).toBe('AccessDenied 403');
  });

  test.each<[string, string, string]>([
    ['no bucket', '//documents/acme/a', 'InvalidBucketName 400'],
    ['a bucket with a slash', '/documents%2Facme/a', 'InvalidBucketName 400'],
    ['a bucket in capitals', '/Documents/acme/a', 'InvalidBucketName 400'],
    ['a bucket that is an address', '/127.0.0.1/a', 'InvalidBucketName 400'],
    ['a bucket with dots in a row', '/a..b/a', 'InvalidBucketName 400'],
    ['broken UTF-8', '/documents/%ff', 'InvalidURI 400'],
    ['an overlong slash', '/documents/acme%c0%af..', 'InvalidURI 400'],
    ['a key over 1,024 bytes', `/documents/${'k'.repeat(1025)}`, 'KeyTooLongError 400'],
  ])('with %s are refused', async (_, target, expected) => {
    const signed = await signRaw(room, admin, 's3', { target: '/documents/acme/a', headers: hash });
    const { status, body } = await sendRaw(room, await signTarget(target, signed));
    expect(`${/<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? ''} ${status}`).toBe(expected);
  });

  const signTarget = async (target: string, fallback: RawRequest): Promise<RawRequest> => {
    const signed = await signRaw(room, admin, 's3', { target, headers: hash });
    return { ...fallback, ...signed, target };
  };
});

describe('XML bodies', () => {
  const remove = (xml: string, headers?: Record<string, string>) =>
    outcome({
      method: 'POST',
      target: '/documents?delete',
      headers: headers ?? { 'content-md5': createHash('md5').update(xml).digest('base64') },
      body: xml,
    });

  test('are taken as SDKs write them', async () => {
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?>\n<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n <Object><Key>x&#xD;&amp;&lt;</Key></Object>\n</Delete>\n';
    expect(await remove(xml)).toBe('none 200');
    const object = parseXml(Buffer.from(xml), 'Delete').children[0]!;
    expect(object.children[0]!.text).toBe('x\r&<');
  });

  test.each<[string, string, string]>([
    [
      'a doctype with an entity',
      '<!DOCTYPE d [<!ENTITY e "globex/a">]><Delete><Object><Key>&e;</Key></Object></Delete>',
      'MalformedXML 400',
    ],
    ['an unknown entity', '<Delete><Object><Key>&nbsp;</Key></Object></Delete>', 'MalformedXML 400'],
    ['a bare ampersand', '<Delete><Object><Key>a & b</Key></Object></Delete>', 'MalformedXML 400'],
    ['a comment in a key', '<Delete><Object><Key>a<!-- b -->c</Key></Object></Delete>', 'MalformedXML 400'],
    ['CDATA', '<Delete><Object><Key><![CDATA[a]]></Key></Object></Delete>', 'MalformedXML 400'],
    ['two keys in one object', '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>', 'MalformedXML 400'],
    ['an unknown element', '<Delete><Thing/><Object><Key>a</Key></Object></Delete>', 'MalformedXML 400'],
    ['a version', '<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object></Delete>', 'NotImplemented 501'],
    ['an attribute', '<Delete><Object k="v"><Key>a</Key></Object></Delete>', 'MalformedXML 400'],
    ['another root', '<Remove><Object><Key>a</Key></Object></Remove>', 'MalformedXML 400'],
    ['two roots', '<Delete><Object><Key>a</Key></Object></Delete><Delete/>', 'MalformedXML 400'],
    ['an open end', '<Delete><Object><Key>a</Key></Object>', 'MalformedXML 400'],
    ['deep nesting', '<Delete>'.repeat(5000), 'MalformedXML 400'],
    ['no objects', '<Delete></Delete>', 'MalformedXML 400'],
    ['an empty key', '<Delete><Object><Key></Key></Object></Delete>', 'MalformedXML 400'],
    ['over 1,000 objects', `<Delete>${'<Object><Key>a</Key></Object>'.repeat(1001)}</Delete>`, 'MalformedXML 400'],
    ['a surrogate reference', '<Delete><Object><Key>&#xD800;</Key></Object></Delete>', 'MalformedXML 400'],
    [
      'a quiet that is neither',
      '<Delete><Quiet>yes</Quiet><Object><Key>a</Key></Object></Delete>',
      'InvalidArgument 400',
    ],
  ])('with %s are refused', async (_, xml, expected) => {
    expect(await remove(xml)).toBe(expected);
  });

  test('to delete need a digest, and the right one', async () => {
    const xml = '<Delete><Object><Key>acme/a</Key></Object></Delete>';
    expect(await remove(xml, {})).toBe('InvalidRequest 400');
    expect(await remove(xml, { 'content-md5': createHash('md5').update('x').digest('base64') })).toBe('BadDigest 400');
    expect((await send({ target: '/documents/acme/a' })).body).toBe('mine');
  });
});

describe('requests with something too much', () => {
  test('such as a body on a read are refused', async () => {
    expect(await outcome({ target: '/documents/acme/a', body: 'x', headers: { 'content-length': '1' } })).toBe(
      'InvalidRequest 400',
    );
    expect(
      await outcome({ method: 'DELETE', target: '/documents/acme/a', body: 'x', headers: { 'content-length': '1' } }),
    ).toBe('InvalidRequest 400');
  });

  test('such as the checksum of a body on a read are refused, unless it is that of no body', async () => {
    const read = (headers: Record<string, string>) => outcome({ target: '/documents/acme/a', headers });
    expect(await read({ 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-te': 'append-md5' })).toBe('none 200');
    expect(await read({ 'x-amz-checksum-crc32': 'AAAAAQ==' })).toBe('NotImplemented 501');
    expect(await read({ 'x-amz-checksum-sha256': 'AAAAAA==' })).toBe('NotImplemented 501');
    expect(await read({ 'x-amz-te': 'chunked' })).toBe('NotImplemented 501');
  });

  test('such as an override that would break the answer are refused', async () => {
    const target = '/documents/acme/a?response-content-type=a%0d%0aSet-Cookie:x';
    expect(await outcome({ target })).toBe('InvalidArgument 400');
  });

  test('such as a method override are refused', async () => {
    const headers = { 'x-http-method-override': 'DELETE' };
    expect(await outcome({ target: '/documents/acme/a', headers })).toBe('NotImplemented 501');
  });

  test('such as a list count that is no number are refused', async () => {
    for (const count of ['-1', '1e3', 'x', '']) {
      expect(await outcome({ target: `/documents?list-type=2&max-keys=${count}` })).toBe('InvalidArgument 400');
    }
    expect(await outcome({ target: '/documents?list-type=2&encoding-type=base64' })).toBe('InvalidArgument 400');
  });

  test('such as a PUT of unknown length are refused', async () => {
    const signed = await signRaw(room, admin, 's3', { method: 'PUT', target: '/documents/acme/n', headers: hash });
    const { status } = await sendRaw(room, {
      ...signed,
      headers: { ...signed.headers, 'transfer-encoding': 'chunked' },
      body: 'x',
    });
    expect(status).toBe(411);
  });
});

test('errors carry what S3 errors carry, and HEAD errors nothing', async () => {
  const { body, headers } = await send({ target: '/documents/none' });
  expect(body).toMatch(
    /^<\?xml[^>]*>\n<Error><Code>NoSuchKey<\/Code><Message>[^<]+<\/Message><RequestId>\w{16}<\/RequestId><HostId>/,
  );
  expect(headers['x-amz-request-id']).toMatch(/^\w{16}$/);
  const head = await send({ method: 'HEAD', target: '/documents/none' });
  expect(head).toMatchObject({ status: 404, body: '' });
});
