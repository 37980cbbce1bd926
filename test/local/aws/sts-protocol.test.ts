import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accountId,
  execution,
  openRoom,
  policy,
  refusal,
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
  const anyKeys = (): Keys => room.keysOf(execution);
  const form = (body: string, headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
  const post = async (body: string, headers?: Record<string, string>, target = '/', keys = anyKeys()) => {
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

  test.each(['AssumeRoot', 'GetWebIdentityToken', 'GetDelegatedAccessToken'])(
    'refuses %s as not implemented',
    async (action) => {
      expect(await post(`Version=2011-06-15&Action=${action}`)).toBe('NotImplemented 501');
    },
  );

  test.each([
    ['GetSessionToken', '&Tags.member.1.Key=a&Tags.member.1.Value=b', 'ValidationError 400'],
    ['GetFederationToken', '', 'ValidationError 400'],
    ['GetFederationToken', '&Name=acme&TransitiveTagKeys.member.1=a', 'ValidationError 400'],
    ['GetFederationToken', '&Name=acme&SourceIdentity=alice', 'ValidationError 400'],
    ['GetAccessKeyInfo', '', 'ValidationError 400'],
    ['DecodeAuthorizationMessage', '', 'ValidationError 400'],
    ['GetCallerIdentity', '&RoleArn=x', 'ValidationError 400'],
  ])('refuses what %s does not take: "%s"', async (action, rest, expected) => {
    expect(await post(`Version=2011-06-15&Action=${action}${rest}`, {}, '/', room.userKeys('alice'))).toBe(expected);
  });

  test('gives SDK clients a refusal they can read', async () => {
    expect(await refusal(room.sts(room.keysOf(execution)).send(new GetSessionTokenCommand({})))).toBe(
      'AccessDenied 403',
    );
  });
});
