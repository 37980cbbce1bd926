import { readFileSync } from 'node:fs';
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accountId,
  execution,
  openRoom,
  policy,
  refusal,
  region,
  roleArn,
  sendRaw,
  signRaw,
  tenantData,
  type Keys,
  type Room,
} from './room.ts';

let room: Room;
beforeAll(async () => {
  room = await openRoom();
});
afterAll(() => room.stop());

describe('GetCallerIdentity', () => {
  test('names the session, its role without the path, and the account', async () => {
    const identity = await room.sts(room.keysOf(execution, 'vend')).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(`arn:aws:sts::${accountId}:assumed-role/vend-function/vend`);
    expect(identity.Account).toBe(accountId);
    expect(identity.UserId).toMatch(/^AROA[A-Z2-7]{17}:vend$/);
  });

  test('answers a session that may do nothing at all', async () => {
    const deny = JSON.stringify(policy({ Effect: 'Deny', Action: '*', Resource: '*' }));
    const keys = await room.tenant('acme', { Policy: deny });
    await expect(room.sts(keys).send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
  });
});

describe('the Query protocol', () => {
  const form = (body: string, headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
  const post = async (body: string, headers?: Record<string, string>, target = '/') => {
    const keys = room.keysOf(execution);
    const answer = await sendRaw(room, await signRaw(room, keys, 'sts', { ...form(body, headers), target }));
    return `${/<Code>(\w+)<\/Code>/.exec(answer.body)?.[1] ?? 'none'} ${answer.status}`;
  };
  const minimal = `Version=2011-06-15&Action=AssumeRole&RoleArn=${encodeURIComponent(roleArn(tenantData))}&RoleSessionName=acme`;

  test('accepts the minimal form', async () => {
    expect(await post(minimal)).toBe('none 200');
  });

  test.each([
    ['a repeated parameter', `${minimal}&RoleSessionName=globex`, 'ValidationError 400'],
    ['an unknown parameter', `${minimal}&Polcy=x`, 'ValidationError 400'],
    ['a list with a gap', `${minimal}&Tags.member.2.Key=a&Tags.member.2.Value=b`, 'ValidationError 400'],
    [
      'a list member counted with a zero',
      `${minimal}&Tags.member.01.Key=a&Tags.member.01.Value=b`,
      'ValidationError 400',
    ],
    ['a tag without a value', `${minimal}&Tags.member.1.Key=a`, 'ValidationError 400'],
    [
      'an unknown field of a tag',
      `${minimal}&Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.1.X=c`,
      'ValidationError 400',
    ],
    ['a broken escape', `${minimal}&ExternalId=%zz`, 'InvalidURI 400'],
    ['a duration that is no number', `${minimal}&DurationSeconds=1e3`, 'ValidationError 400'],
    ['another version', minimal.replace('2011-06-15', '2010-01-01'), 'InvalidAction 400'],
    ['an action that does not exist', minimal.replace('AssumeRole', 'AssumeRoles'), 'InvalidAction 400'],
    ['an action in another case', minimal.replace('AssumeRole', 'assumerole'), 'InvalidAction 400'],
    ['no action', 'Version=2011-06-15', 'MissingAction 400'],
  ])('refuses %s', async (_, body, expected) => {
    expect(await post(body)).toBe(expected);
  });

  test('refuses a body that is not a form, and parameters in both places', async () => {
    expect(await post(minimal, { 'content-type': 'application/json' })).toBe('ValidationError 400');
    expect(await post(minimal, {}, '/?RoleSessionName=globex')).toBe('ValidationError 400');
    expect(await post(minimal, {}, '/sts/')).toBe('InvalidAction 400');
  });

  test.each([
    'GetSessionToken',
    'GetFederationToken',
    'AssumeRoot',
    'DecodeAuthorizationMessage',
    'GetAccessKeyInfo',
    'AssumeRoleWithWebIdentity',
    'AssumeRoleWithSAML',
  ])('refuses %s as not implemented', async (action) => {
    expect(await post(`Version=2011-06-15&Action=${action}`)).toBe('NotImplemented 501');
  });

  test('refuses AssumeRoleWithWebIdentity unsigned, as SDKs send it, as not implemented', async () => {
    const answer = await sendRaw(room, form('Version=2011-06-15&Action=AssumeRoleWithWebIdentity'));
    expect(answer.status).toBe(501);
    expect(answer.body).toContain('<Code>NotImplemented</Code>');
  });

  test('gives SDK clients a refusal they can read', async () => {
    expect(await refusal(room.sts(room.keysOf(execution)).send(new GetSessionTokenCommand({})))).toBe(
      'NotImplemented 501',
    );
  });
});

interface Vector {
  readonly id: string;
  readonly request: { readonly method: string; readonly headers: Record<string, string>; readonly body: string };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: string };
}

describe('the shared STS vectors', () => {
  const { vectors } = JSON.parse(readFileSync(new URL('../../vectors/sts-vectors.json', import.meta.url), 'utf8')) as {
    vectors: readonly Vector[];
  };
  const shape = (xml: string) =>
    xml
      .replace(/^<\?xml[^>]*>\s*/, '')
      .match(/<[^>]+>/g)!
      .join('');
  const text = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

  const caller: Readonly<Record<string, () => Keys | Promise<Keys>>> = {
    'get-caller-identity-assumed-role': () => room.keysOf(tenantData, 'acme-u-1001'),
    'error-access-denied': () => room.keysOf('nobody', 'fn'),
    'error-invalid-client-token': () => ({ ...room.keysOf(execution), accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }),
    'error-expired-session': () => {
      room.clock.offsetMs = -13 * 3_600_000;
      const keys = room.keysOf(tenantData);
      room.clock.offsetMs = 0;
      return keys;
    },
  };

  test.each([
    'assume-role-minimal',
    'assume-role-unicode-tag',
    'get-caller-identity-assumed-role',
    'error-access-denied',
    'error-malformed-policy',
    'error-duration-over-max',
    'error-session-name-charset',
    'error-invalid-client-token',
    'error-expired-session',
    'error-invalid-action',
  ])('%s', async (id) => {
    const vector = vectors.find((candidate) => candidate.id === id)!;
    const keys = await (caller[id] ?? (() => room.keysOf(execution)))();
    const { method, headers, body } = vector.request;
    const answer = await sendRaw(room, await signRaw(room, keys, 'sts', { method, headers, body }));
    expect(answer.status).toBe(vector.response.status);
    expect(answer.headers['content-type']).toBe(vector.response.headers['content-type']);
    const tags = (xml: string) =>
      shape(xml)
        .replace(/<\/?PackedPolicySize>/g, '')
        .match(/<[^>]+>/g)!
        .toSorted();
    expect(tags(answer.body)).toEqual(tags(vector.response.body));
    for (const name of ['Code', 'Type', 'Account'])
      expect(text(answer.body, name)).toBe(text(vector.response.body, name));
    const arn = text(vector.response.body, 'Arn');
    if (arn !== undefined) expect(text(answer.body, 'Arn')).toBe(arn);
    if (id === 'error-access-denied') {
      const expected = text(vector.response.body, 'Message')?.replace('tvm-fn/fn', 'nobody/fn');
      expect(text(answer.body, 'Message')).toBe(expected);
    }
  });

  test.each([
    ['assume-role-all-parameters', 501],
    ['assume-role-mfa', 501],
    ['get-session-token', 501],
    ['get-federation-token', 501],
    ['decode-authorization-message', 501],
    ['get-access-key-info', 501],
    ['get-web-identity-token', 501],
    ['get-delegated-access-token', 501],
    ['assume-root', 501],
  ])('%s is refused, not half done', async (id, status) => {
    const { method, headers, body } = vectors.find((candidate) => candidate.id === id)!.request;
    const answer = await sendRaw(room, await signRaw(room, room.keysOf(execution), 'sts', { method, headers, body }));
    expect(answer.status).toBe(status);
  });

  test('are signed for any Region', async () => {
    const { method, headers, body } = vectors[0]!.request;
    const request = await signRaw(
      room,
      room.keysOf(execution),
      'sts',
      { method, headers, body },
      { signingRegion: 'eu-central-1' },
    );
    expect((await sendRaw(room, request)).status).toBe(200);
    expect(region).toBe('us-east-1');
  });
});
