import { AssumeRoleCommand, DecodeAuthorizationMessageCommand, GetAccessKeyInfoCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  account,
  accountId,
  execution,
  openRoom,
  policy,
  refusal,
  refusalText,
  role,
  roleArn,
  tenantData,
  type Keys,
  type Room,
} from './room.ts';

let room: Room;
beforeAll(async () => {
  const denies = policy(
    { Effect: 'Allow', Principal: { AWS: roleArn('asker') }, Action: 'sts:AssumeRole' },
    {
      Sid: 'NotFromHere',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sts:AssumeRole',
      Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
    },
  );
  room = await openRoom({
    roles: [
      ...account.roles,
      role('asker', [
        policy({
          Effect: 'Allow',
          Action: ['sts:GetAccessKeyInfo', 'sts:DecodeAuthorizationMessage', 'sts:AssumeRole'],
          Resource: '*',
        }),
      ]),
      role('denies', [], { trust: denies }),
    ],
  });
});
afterAll(() => room.stop());

const accountOf = (id: string, keys: Keys = room.keysOf('asker')) =>
  room.sts(keys).send(new GetAccessKeyInfoCommand({ AccessKeyId: id }));
const decode = (message: string, keys: Keys = room.keysOf('asker')) =>
  room.sts(keys).send(new DecodeAuthorizationMessageCommand({ EncodedMessage: message }));

/** The encoded message beside a denied AssumeRole. */
async function deniedMessage(name: string, keys: Keys = room.keysOf('asker')): Promise<string> {
  const call = room.sts(keys).send(new AssumeRoleCommand({ RoleArn: roleArn(name), RoleSessionName: 'x1' }));
  const cause = (await call.then(
    () => ({}),
    (thrown: unknown) => thrown,
  )) as { $response?: { headers: Record<string, string> } };
  return cause.$response?.headers['x-tvm-encoded-authorization-message'] ?? 'none';
}

describe('GetAccessKeyInfo', () => {
  test('names the account of long-term keys, sessions and ended sessions', async () => {
    room.clock.offsetMs = -13 * 3_600_000 + 60_000;
    const ended = room.keysOf(tenantData);
    room.clock.offsetMs = 0;
    for (const { accessKeyId } of [room.userKeys('alice'), room.keysOf(tenantData), ended]) {
      expect((await accountOf(accessKeyId)).Account).toBe(accountId);
    }
  });

  test.each([
    ['a key that nobody has', 'ASIAAAAAAAAAAAAAAAAA'],
    ['a key that is too short', 'ASIAAAAAAAAAAAA'],
    ['a key of 129 characters', 'A'.repeat(129)],
    ['a key with a dash', 'ASIA-AAAA-AAAA-AAAA'],
  ])('refuses %s', async (_, id) => {
    expect(await refusal(accountOf(id))).toBe('ValidationError 400');
  });

  test('needs its permission, and says no before it looks', async () => {
    const key = room.userKeys('alice').accessKeyId;
    for (const id of [key, 'ASIAAAAAAAAAAAAAAAAA']) {
      expect(await refusal(accountOf(id, room.keysOf(execution)))).toBe('AccessDenied 403');
      expect(await refusal(accountOf(id, room.userKeys('powerless')))).toBe('AccessDenied 403');
    }
    expect(await refusalText(accountOf(key, room.keysOf('nobody')))).toBe(
      `User: arn:aws:sts::${accountId}:assumed-role/nobody/tests is not authorized to perform: sts:GetAccessKeyInfo on resource: *`,
    );
  });
});

interface Message {
  readonly allowed: boolean;
  readonly explicitDeny: boolean;
  readonly matchedStatements: { readonly items: readonly { readonly statementId: string; readonly effect: string }[] };
  readonly context: {
    readonly principal: { readonly id: string; readonly arn: string };
    readonly action: string;
    readonly resource: string;
    readonly conditions: {
      readonly items: readonly {
        readonly key: string;
        readonly values: { readonly items: readonly { readonly value: string }[] };
      }[];
    };
  };
}

describe('DecodeAuthorizationMessage', () => {
  test('opens the message beside a denied AssumeRole: who, what, and which statement', async () => {
    const message = await deniedMessage('denies');
    const decoded = JSON.parse((await decode(message)).DecodedMessage!) as Message;
    expect(decoded).toMatchObject({ allowed: false, explicitDeny: true });
    expect(decoded.matchedStatements.items).toMatchObject([{ statementId: 'NotFromHere', effect: 'DENY' }]);
    expect(decoded.context).toMatchObject({ action: 'sts:AssumeRole', resource: roleArn('denies') });
    expect(decoded.context.principal.arn).toBe(`arn:aws:sts::${accountId}:assumed-role/asker/tests`);
    expect(decoded.context.principal.id).toMatch(/^AROA[A-Z2-7]{17}:tests$/);
    const name = decoded.context.conditions.items.find(({ key }) => key === 'sts:RoleSessionName');
    expect(name?.values.items).toEqual([{ value: 'x1' }]);
  });

  test('tells an implicit denial from an explicit one', async () => {
    const decoded = JSON.parse((await decode(await deniedMessage('strangers'))).DecodedMessage!) as Message;
    expect(decoded).toMatchObject({ allowed: false, explicitDeny: false });
  });

  test('makes messages of one length, whether the role exists, denies or does not', async () => {
    const lengths = await Promise.all(
      ['no-such-role', 'strangers', 'denies'].map(async (name) => (await deniedMessage(name)).length),
    );
    expect(new Set(lengths).size).toBe(1);
    expect(lengths[0]).toBeLessThanOrEqual(10_240);
  });

  test('shows nothing of the message to whoever only holds it', async () => {
    const message = await deniedMessage('denies');
    const text = Buffer.from(message, 'base64url').toString('latin1');
    expect(text).not.toContain('denies');
    expect(await deniedMessage('denies')).not.toBe(message);
    expect(await refusal(decode(message, room.keysOf(execution)))).toBe('AccessDenied 403');
    expect(await refusal(decode(message, room.userKeys('powerless')))).toBe('AccessDenied 403');
  });

  test('refuses a changed, shortened, padded or foreign message', async () => {
    const message = await deniedMessage('denies');
    const middle = Math.floor(message.length / 2);
    const changed = `${message.slice(0, middle)}${message[middle] === 'A' ? 'B' : 'A'}${message.slice(middle + 1)}`;
    const foreign = Buffer.alloc(2076, 7).toString('base64url');
    for (const bad of [
      changed,
      message.slice(0, -4),
      `${message}=`,
      `${message}\n`,
      ` ${message}`,
      `${message}AAAA`,
      foreign,
      'bad',
      '0',
    ]) {
      expect(await refusal(decode(bad))).toBe('InvalidAuthorizationMessageException 400');
    }
    expect(await refusal(decode('A'.repeat(10_241)))).toBe('ValidationError 400');
  });

  test('asks for the permission before it looks at the message', async () => {
    expect(await refusal(decode('bad', room.keysOf('nobody')))).toBe('AccessDenied 403');
  });
});
