import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  type GetSessionTokenCommandInput,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountId, execution, openRoom, refusal, refusalText, roleArn, type Keys } from './room.ts';
import { denied, openUsersRoom, secondsLeft, toKeys, userArn, wide, type UsersRoom } from './users-room.ts';

let room: UsersRoom;
beforeAll(async () => {
  room = await openUsersRoom();
});
afterAll(() => room.stop());

const whoAmI = (keys: Keys) => room.sts(keys).send(new GetCallerIdentityCommand({}));
const read: UsersRoom['read'] = (...input) => room.read(...input);
const session: UsersRoom['session'] = (...input) => room.session(...input);
const federate: UsersRoom['federate'] = (...input) => room.federate(...input);

describe('a long-term key', () => {
  test('is who it is: the user with its path, and one id at every start', async () => {
    const identity = await whoAmI(room.userKeys('alice'));
    expect(identity).toMatchObject({ Arn: userArn('ops/alice'), Account: accountId });
    expect(identity.UserId).toMatch(/^AIDA[A-Z2-7]{17}$/);
    const other = await openRoom();
    const again = await other.sts(other.userKeys('alice')).send(new GetCallerIdentityCommand({}));
    await other.stop();
    expect(again.UserId).toBe(identity.UserId);
  });

  test('does what its user may, with its name as a policy variable', async () => {
    expect(await read(room.userKeys('named'), 'named/a')).toContain('read');
    expect(await read(room.userKeys('named'), 'acme/a')).toBe(denied);
    expect(await read(room.userKeys('powerless'), 'acme/a')).toBe(denied);
  });

  test('does not verify with a session token or with another secret', async () => {
    const keys = room.userKeys('alice');
    expect(await refusal(whoAmI({ ...keys, sessionToken: 'IQoJLocal' }))).toBe('InvalidClientTokenId 403');
    expect(await refusal(whoAmI({ ...keys, secretAccessKey: 'secret-of-proxy' }))).toBe('SignatureDoesNotMatch 403');
    expect(await refusal(whoAmI({ ...keys, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }))).toBe('InvalidClientTokenId 403');
  });

  test('assumes a role that trusts the user, for twelve hours: this is no chain', async () => {
    const assume = (name: string, keys: Keys, seconds: number) =>
      room
        .sts(keys)
        .send(new AssumeRoleCommand({ RoleArn: roleArn(name), RoleSessionName: 'ops', DurationSeconds: seconds }));
    expect(secondsLeft(await assume('for-alice', room.userKeys('alice'), 43_200))).toBeGreaterThan(43_190);
    expect(await refusal(assume('for-alice', room.userKeys('proxy'), 900))).toBe(denied);
    expect(await refusal(assume('tvm/tenant-data', room.userKeys('alice'), 900))).toBe(denied);
  });
});

describe('GetSessionToken', () => {
  test('gives the user a session of its own name, id and permissions', async () => {
    const keys = toKeys(await session('named'));
    expect(await whoAmI(keys)).toMatchObject({
      Arn: userArn('named'),
      UserId: (await whoAmI(room.userKeys('named'))).UserId,
    });
    expect(await read(keys, 'named/a')).toContain('read');
    expect(await read(keys, 'acme/a')).toBe(denied);
  });

  test('lasts twelve hours, or from 15 minutes to 36 hours', async () => {
    expect(secondsLeft(await session('named'))).toBe(43_200);
    expect(secondsLeft(await session('named', { DurationSeconds: 900 }))).toBe(900);
    expect(secondsLeft(await session('named', { DurationSeconds: 129_600 }))).toBe(129_600);
    expect(await refusal(session('named', { DurationSeconds: 899 }))).toBe('ValidationError 400');
    expect(await refusal(session('named', { DurationSeconds: 129_601 }))).toBe('ValidationError 400');
  });

  test('needs no permission, and no deny stops it', async () => {
    await expect(session('powerless')).resolves.toBeDefined();
    await expect(session('forbidden')).resolves.toBeDefined();
  });

  test('opens what wants MFA, with the code of the device and not without', async () => {
    const mfa = { SerialNumber: 'GAHT00000001', TokenCode: '012345' };
    expect(await read(toKeys(await session('careful', mfa)), 'secret')).toContain('read');
    expect(await read(toKeys(await session('careful')), 'secret')).toBe(denied);
    expect(await read(room.userKeys('careful'), 'secret')).toBe(denied);
  });

  test.each<[string, string, GetSessionTokenCommandInput, string]>([
    ['a wrong code', 'careful', { SerialNumber: 'GAHT00000001', TokenCode: '012346' }, denied],
    ["another user's device", 'careful', { SerialNumber: 'GAHT12345678', TokenCode: '123456' }, denied],
    ['a device where the user has none', 'named', { SerialNumber: 'GAHT00000001', TokenCode: '012345' }, denied],
    ['a code without a device', 'careful', { TokenCode: '012345' }, 'ValidationError 400'],
    ['a device without a code', 'careful', { SerialNumber: 'GAHT00000001' }, 'ValidationError 400'],
    ['a code of five digits', 'careful', { SerialNumber: 'GAHT00000001', TokenCode: '12345' }, 'ValidationError 400'],
  ])('refuses %s', async (_, name, input, expected) => {
    expect(await refusal(session(name, input))).toBe(expected);
  });

  test('is refused to every session', async () => {
    const callers = [
      room.keysOf(execution),
      room.keysOf('admin'),
      toKeys(await session('alice')),
      toKeys(await federate('alice', { Policy: wide })),
    ];
    for (const keys of callers) {
      const call = room.sts(keys).send(new GetSessionTokenCommand({}));
      expect(await refusalText(call)).toBe('Cannot call GetSessionToken with session credentials');
      expect(await refusal(room.sts(keys).send(new GetSessionTokenCommand({})))).toBe(denied);
    }
  });

  test('lets its session assume roles and ask who it is, and nothing else of STS', async () => {
    const sts = room.sts(toKeys(await session('alice')));
    await expect(
      sts.send(new AssumeRoleCommand({ RoleArn: roleArn('for-alice'), RoleSessionName: 'ops' })),
    ).resolves.toBeDefined();
    const key = { AccessKeyId: room.userKeys('alice').accessKeyId };
    expect(await refusal(sts.send(new GetAccessKeyInfoCommand(key)))).toBe(denied);
    expect(await refusal(sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'bad' })))).toBe(denied);
    expect(await refusal(sts.send(new GetFederationTokenCommand({ Name: 'acme' })))).toBe(denied);
  });

  test('ends', async () => {
    const own = await openRoom();
    // Both ends within the skew that signatures may have.
    own.clock.offsetMs = -600_000;
    const answer = await own.sts(own.userKeys('alice')).send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    own.clock.offsetMs = 310_000;
    expect(await refusal(own.sts(toKeys(answer)).send(new GetCallerIdentityCommand({})))).toBe('ExpiredToken 403');
    await own.stop();
  });
});
