import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  type GetFederationTokenCommandInput,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountId, refusal, refusalText, roleArn, type Keys } from './room.ts';
import {
  denied,
  federatedArn,
  onDocuments,
  openUsersRoom,
  secondsLeft,
  toKeys,
  userArn,
  wide,
  type UsersRoom,
} from './users-room.ts';

let room: UsersRoom;
beforeAll(async () => {
  room = await openUsersRoom();
});
afterAll(() => room.stop());

const whoAmI = (keys: Keys) => room.sts(keys).send(new GetCallerIdentityCommand({}));
const read: UsersRoom['read'] = (...input) => room.read(...input);
const session: UsersRoom['session'] = (...input) => room.session(...input);
const federate: UsersRoom['federate'] = (...input) => room.federate(...input);

describe('GetFederationToken', () => {
  test('answers credentials and the federated user, who is that user for all of AWS', async () => {
    const answer = await federate('alice', { Policy: wide, DurationSeconds: 900 });
    expect(answer.FederatedUser).toEqual({ Arn: federatedArn('acme'), FederatedUserId: `${accountId}:acme` });
    expect(secondsLeft(answer)).toBe(900);
    expect(await whoAmI(toKeys(answer))).toMatchObject({
      Arn: federatedArn('acme'),
      UserId: `${accountId}:acme`,
      Account: accountId,
    });
  });

  test('gives what both the user and the session policy allow', async () => {
    const reading = JSON.stringify(onDocuments('s3:GetObject', 'acme/*'));
    const keys = toKeys(await federate('alice', { Policy: reading }));
    expect(await read(keys, 'acme/a')).toContain('read');
    expect(await read(keys, 'globex/a')).toBe(denied);
    const put = room.s3(keys).send(new PutObjectCommand({ Bucket: 'documents', Key: 'acme/new', Body: 'x' }));
    expect(await refusalText(put)).toContain(`User: ${federatedArn('acme')} is not authorized`);
    expect(await read(toKeys(await federate('untagging', { Policy: wide })), 'acme/a')).toBe(denied);
  });

  test('gives nothing without a session policy, not even to an administrator', async () => {
    const call = room
      .s3(toKeys(await federate('alice')))
      .send(new GetObjectCommand({ Bucket: 'documents', Key: 'acme/a' }));
    expect(await refusalText(call)).toContain('because no session policy allows the s3:GetObject action');
  });

  test('takes policies by reference, and stays within the boundary of the user', async () => {
    const keys = toKeys(await federate('alice', { PolicyArns: [{ arn: `arn:aws:iam::${accountId}:policy/Public` }] }));
    expect(await read(keys, 'acme/public')).toContain('read');
    expect(await read(keys, 'acme/a')).toBe(denied);
    const bounded = toKeys(await federate('bounded', { Policy: wide }));
    expect(await read(bounded, 'acme/a')).toContain('read');
    const put = room.s3(bounded).send(new PutObjectCommand({ Bucket: 'documents', Key: 'acme/new', Body: 'x' }));
    expect(await refusal(put)).toBe(denied);
  });

  test('tags the session, and the tag decides', async () => {
    const keys = toKeys(await federate('proxy', { Policy: wide, Tags: [{ Key: 'TenantId', Value: 'acme' }] }));
    expect(await read(keys, 'acme/a')).toContain('read');
    expect(await read(keys, 'globex/a')).toBe(denied);
    expect(await read(toKeys(await federate('proxy', { Policy: wide })), 'acme/a')).toBe(denied);
  });

  test('lets a bucket name the federated user, and limits what it gives to the user', async () => {
    const guest = toKeys(await federate('proxy', { Name: 'guest' }));
    expect(await read(guest, 'session', 'shared-with')).toContain('read');
    expect(await read(guest, 'user', 'shared-with')).toBe(denied);
    expect(await read(toKeys(await federate('proxy', { Name: 'guess' })), 'session', 'shared-with')).toBe(denied);
    expect(await read(toKeys(await federate('proxy', { Policy: wide })), 'user', 'shared-with')).toContain('read');
  });

  test.each<[string, string, Partial<GetFederationTokenCommandInput>, string]>([
    ['a user without the permission', 'powerless', {}, denied],
    ['a user with an explicit deny', 'forbidden', {}, denied],
    ['a name that the user may not federate', 'narrow', { Name: 'globex' }, denied],
    ['tags from a user without sts:TagSession', 'untagging', { Tags: [{ Key: 'TenantId', Value: 'acme' }] }, denied],
    ['a name of one character', 'alice', { Name: 'a' }, 'ValidationError 400'],
    ['a name of 33 characters', 'alice', { Name: 'a'.repeat(33) }, 'ValidationError 400'],
    ['a name with a slash', 'alice', { Name: 'a/b' }, 'ValidationError 400'],
    ['899 seconds', 'alice', { DurationSeconds: 899 }, 'ValidationError 400'],
    ['over 36 hours', 'alice', { DurationSeconds: 129_601 }, 'ValidationError 400'],
    ['a policy that is none', 'alice', { Policy: '{}' }, 'MalformedPolicyDocument 400'],
    ['a policy over 2,048 characters', 'alice', { Policy: `{"x":"${'y'.repeat(2048)}"}` }, 'ValidationError 400'],
    [
      'a policy that the account lacks',
      'alice',
      { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] },
      'ValidationError 400',
    ],
    ['a star in a tag', 'alice', { Tags: [{ Key: 'TenantId', Value: '*' }] }, 'ValidationError 400'],
    [
      'tags that cannot be packed',
      'alice',
      { Tags: Array.from({ length: 6 }, (_, n) => ({ Key: `k${n}`, Value: 'v'.repeat(250) })) },
      'PackedPolicyTooLarge 400',
    ],
  ])('refuses %s', async (_, name, input, expected) => {
    expect(await refusal(federate(name, input))).toBe(expected);
  });

  test('federates the one name that the user may federate', async () => {
    await expect(federate('narrow')).resolves.toBeDefined();
  });

  test('names action and federated user in its denial', async () => {
    expect(await refusalText(federate('powerless'))).toBe(
      `User: ${userArn('powerless')} is not authorized to perform: sts:GetFederationToken on resource: ${federatedArn('acme')}`,
    );
  });

  test('is refused to every session, also of roles that may do everything', async () => {
    const callers = [
      room.keysOf('admin'),
      toKeys(await session('alice')),
      toKeys(await federate('alice', { Policy: wide })),
    ];
    for (const keys of callers) {
      const call = room.sts(keys).send(new GetFederationTokenCommand({ Name: 'acme' }));
      expect(await refusalText(call)).toBe('Cannot call GetFederationToken with session credentials');
    }
  });

  test('lets its session ask STS who it is, and nothing else', async () => {
    const sts = room.sts(toKeys(await federate('alice', { Policy: wide })));
    const key = { AccessKeyId: room.userKeys('alice').accessKeyId };
    await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
    expect(
      await refusal(sts.send(new AssumeRoleCommand({ RoleArn: roleArn('for-alice'), RoleSessionName: 'ops' }))),
    ).toBe(denied);
    expect(await refusal(sts.send(new GetAccessKeyInfoCommand(key)))).toBe(denied);
    expect(await refusal(sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'bad' })))).toBe(denied);
  });
});
