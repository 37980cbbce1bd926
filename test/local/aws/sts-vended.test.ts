// What a vended session may not do to local STS, with the very session policy that the machine renders.
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseVendingConfig } from '../../../core/config.ts';
import { renderSessionPolicy } from '../../../core/session-policy.ts';
import { createTestProvider, issuer, trustProvider, type TestProvider } from './identity-provider.ts';
import { account, openRoom, policy, refusal, role, roleArn, sendRaw, signRaw, type Keys, type Room } from './room.ts';

const everything = policy({ Effect: 'Allow', Action: '*', Resource: '*' });

/** A set whose own statements allow all of STS, so that only the guard stands in the way. */
function renderPolicy(allowDespiteGuard: readonly string[]): string {
  const config = parseVendingConfig({
    issuers: [{ name: 'idp', issuer, audiences: ['tvm'], tenant: { claim: 'tenant' } }],
    permissionSets: {
      wide: {
        roleArn: roleArn('vended'),
        statements: [{ Effect: 'Allow', Action: ['sts:*'], Resource: ['*'] }],
        ...(allowDespiteGuard.length === 0 ? {} : { allowDespiteGuard }),
      },
    },
  });
  return renderSessionPolicy(config, 'wide', { tenant: 'acme', subject: 'alice' }).text;
}

let room: Room;
let provider: TestProvider;
let guarded: Keys;
let exempt: Keys;
beforeAll(async () => {
  provider = await createTestProvider();
  room = await openRoom({
    oidcProviders: [provider.entry],
    roles: [
      ...account.roles,
      role('vended', [everything]),
      role('next', [everything], {
        trust: policy(
          { Effect: 'Allow', Principal: { AWS: roleArn('vended') }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
          trustProvider('idp.example'),
        ),
      }),
    ],
  });
  const target = { RoleArn: roleArn('vended'), TransitiveTagKeys: [] };
  guarded = await room.tenant('acme', { ...target, Policy: renderPolicy([]) });
  exempt = await room.tenant('acme', { ...target, Policy: renderPolicy(['sts:AssumeRole']) });
});
afterAll(() => room.stop());

const assume = (keys: Keys, more: object = {}) =>
  room.sts(keys).send(new AssumeRoleCommand({ RoleArn: roleArn('next'), RoleSessionName: 'x1', ...more }));
const assumeWithToken = async (keys: Keys) => {
  const fields = { RoleArn: roleArn('next'), RoleSessionName: 'x1', WebIdentityToken: await provider.token() };
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    ...fields,
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return (await sendRaw(room, await signRaw(room, keys, 'sts', { method: 'POST', headers, body }))).status;
};
const tags = { Tags: [{ Key: 'TenantId', Value: 'globex' }] };

describe('a vended session', () => {
  test('assumes no role, although role, session policy and trust allow it', async () => {
    expect(await refusal(assume(guarded))).toBe('AccessDenied 403');
    expect(await refusal(assume(exempt))).toContain('succeeded');
  });

  test('tags no session, not even where its set may assume roles', async () => {
    expect(await refusal(assume(guarded, tags))).toBe('AccessDenied 403');
    expect(await refusal(assume(exempt, tags))).toBe('AccessDenied 403');
  });

  test('signs no AssumeRoleWithWebIdentity; whoever holds the token has it without its signature', async () => {
    expect(await assumeWithToken(guarded)).toBe(403);
    expect(await assumeWithToken(exempt)).toBe(403);
    expect(await assumeWithToken(room.keysOf('nobody'))).toBe(200);
    const call = room.sts(guarded).send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn('next'),
        RoleSessionName: 'x1',
        WebIdentityToken: await provider.token(),
      }),
    );
    expect(await refusal(call)).toContain('succeeded');
  });

  test.each([
    ['GetFederationToken', new GetFederationTokenCommand({ Name: 'globex' })],
    ['GetSessionToken', new GetSessionTokenCommand({})],
  ])('makes no other session by %s', async (_, command) => {
    for (const keys of [guarded, exempt]) {
      expect(await refusal(room.sts(keys).send(command as GetSessionTokenCommand))).toBe('AccessDenied 403');
    }
  });

  test('is still told who it is, and may ask where its policies allow it', async () => {
    const identity = await room.sts(guarded).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toMatch(/:assumed-role\/vended\/acme@tests$/);
    const key = { AccessKeyId: guarded.accessKeyId };
    await expect(room.sts(guarded).send(new GetAccessKeyInfoCommand(key))).resolves.toBeDefined();
    const narrow = await room.tenant('acme', {
      Policy: JSON.stringify(policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' })),
    });
    expect(await refusal(room.sts(narrow).send(new GetAccessKeyInfoCommand(key)))).toBe('AccessDenied 403');
    const decode = new DecodeAuthorizationMessageCommand({ EncodedMessage: 'bad' });
    expect(await refusal(room.sts(narrow).send(decode))).toBe('AccessDenied 403');
  });
});
