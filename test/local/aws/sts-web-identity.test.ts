import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type AssumeRoleWithWebIdentityCommandInput,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issuer } from './identity-provider.ts';
import {
  account,
  accountId,
  execution,
  openRoom,
  policy,
  refusal,
  refusalText,
  region,
  roleArn,
  sendRaw,
} from './room.ts';
import {
  acme,
  openWebIdentityRoom,
  sourceClaim,
  tagsClaim,
  toKeys,
  webRoles,
  type WebIdentityRoom,
} from './web-identity-room.ts';

let web: WebIdentityRoom;
beforeAll(async () => {
  web = await openWebIdentityRoom();
});
afterAll(() => web.stop());

const assume: WebIdentityRoom['assume'] = (...input) => web.assume(...input);
const packedSize = (answer: object) => (answer as { readonly PackedPolicySize?: number }).PackedPolicySize;

describe('AssumeRoleWithWebIdentity', () => {
  test('answers credentials, subject, audience, provider and source identity', async () => {
    const answer = await assume({ ...acme, [sourceClaim]: 'u-1001@acme' }, { DurationSeconds: 7200 });
    expect(answer.SubjectFromWebIdentityToken).toBe('u-1001');
    expect(answer.Audience).toBe('tvm');
    expect(answer.Provider).toBe(issuer);
    expect(answer.SourceIdentity).toBe('u-1001@acme');
    expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${accountId}:assumed-role/web/alice`);
    expect(packedSize(answer)).toBeGreaterThan(0);
    const seconds = (answer.Credentials!.Expiration!.getTime() - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(7190);
    expect(seconds).toBeLessThanOrEqual(7200);
    const identity = await web.room.sts(toKeys(answer)).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(answer.AssumedRoleUser?.Arn);
    expect(identity.UserId).toBe(answer.AssumedRoleUser?.AssumedRoleId);
  });

  test('tags the session from the claim, and the tag decides what it reads', async () => {
    const keys = toKeys(await assume(acme));
    expect(await web.read(keys, 'acme/private')).toContain('read');
    expect(await web.read(keys, 'globex/a')).toBe('AccessDenied 403');
    expect(await web.read(toKeys(await assume()), 'acme/private')).toBe('AccessDenied 403');
  });

  test('reads the flat form of the tags claim as well', async () => {
    const keys = toKeys(await assume({ [`${tagsClaim}/principal_tags/TenantId`]: 'globex' }));
    expect(await web.read(keys, 'globex/a')).toContain('read');
    expect(await web.read(keys, 'acme/private')).toBe('AccessDenied 403');
  });

  test('hands transitive tags and the source identity down a chain, for an hour at most', async () => {
    const keys = toKeys(await assume({ ...acme, [sourceClaim]: 'alice' }));
    const chain = (more: object) =>
      web.room
        .sts(keys)
        .send(new AssumeRoleCommand({ RoleArn: roleArn('web-chained'), RoleSessionName: 'next', ...more }));
    const chained = await chain({});
    expect(chained.SourceIdentity).toBe('alice');
    expect(await web.read(toKeys(chained), 'acme/private')).toContain('read');
    expect(await refusal(chain({ Tags: [{ Key: 'TenantId', Value: 'globex' }] }))).toBe('ValidationError 400');
    expect(await refusal(chain({ SourceIdentity: 'bob' }))).toBe('AccessDenied 403');
    expect(await refusal(chain({ DurationSeconds: 3601 }))).toBe('ValidationError 400');
  });

  test('narrows the session by policies inline and by reference, and never widens it', async () => {
    const wide = JSON.stringify(policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }));
    expect(await web.read(toKeys(await assume(acme, { Policy: wide })), 'globex/a')).toBe('AccessDenied 403');
    const ceiling = [{ arn: `arn:aws:iam::${accountId}:policy/Ceiling` }];
    const narrow = toKeys(await assume(acme, { PolicyArns: ceiling }));
    expect(await web.read(narrow, 'acme/public/a')).toContain('read');
    expect(await web.read(narrow, 'acme/private')).toBe('AccessDenied 403');
  });

  test('knows the local issuer by the name it has when deployed, in ARNs and in condition keys', async () => {
    await expect(assume({}, { RoleArn: roleArn('web-deployed') })).resolves.toBeDefined();
    expect(await refusal(assume({ sub: 'u-2' }, { RoleArn: roleArn('web-deployed') }))).toBe('AccessDenied 403');
  });

  test('brings subject and provider into the requests of the session', async () => {
    const keys = toKeys(await assume({}, { RoleArn: roleArn('web-by-provider-key') }));
    expect(await web.read(keys, 'u-1001/a')).toContain('read');
    expect(await web.read(keys, 'acme/private')).toBe('AccessDenied 403');
  });

  test('takes azp for the audience, in front of aud', async () => {
    const answer = await assume({ azp: 'second-client' }, { RoleArn: roleArn('web-audience') });
    expect(answer.Audience).toBe('second-client');
    expect(await refusal(assume({ aud: 'second-client', azp: 'tvm' }, { RoleArn: roleArn('web-audience') }))).toBe(
      'AccessDenied 403',
    );
  });

  test('takes a token with the line end that token files have', async () => {
    await expect(assume({}, { WebIdentityToken: `${await web.provider.token()}\n` })).resolves.toBeDefined();
  });

  test('does not end the session with the token', async () => {
    const answer = await assume({ exp: Math.floor(Date.now() / 1000) + 60 }, { DurationSeconds: 3600 });
    expect(answer.Credentials!.Expiration!.getTime() - Date.now()).toBeGreaterThan(3_500_000);
  });

  test.each([
    ['a role that the account lacks', 'no-such-role', {}],
    ['a role that trusts another provider', 'web-other-provider', {}],
    ['a role that trusts a role only', 'tvm/tenant-data', {}],
    ['a role that trusts everybody, but no provider', 'for-anyone', {}],
    ['a role that trusts every account', 'for-every-account', {}],
    ['a role that trusts its own account', 'for-own-account', {}],
    ['a role that names the provider as an account', 'provider-as-account', {}],
    ['a role for another audience', 'web-audience', {}],
    ['a role for other subjects', 'web-subject', {}],
    ['a role whose condition is on another provider', 'web-mixed-names', {}],
    ['a role that denies the provider under its other name', 'web-denied', {}],
    ['a role that wants a tag, without it', 'web-tag', {}],
    ['a role that wants another tag', 'web-tag', { [tagsClaim]: { principal_tags: { TenantId: ['globex'] } } }],
    ['tags where the trust has no sts:TagSession', 'web-only', acme],
    ['a source identity where the trust has no sts:SetSourceIdentity', 'web-only', { [sourceClaim]: 'alice' }],
  ])('denies %s', async (_, name, claims) => {
    expect(await refusal(assume(claims, { RoleArn: roleArn(name) }))).toBe('AccessDenied 403');
  });

  test('denies an unknown role in the words of a forbidden one', async () => {
    const texts = await Promise.all(
      ['no-such-role', 'web-subject', 'tvm/tenant-data'].map((name) =>
        refusalText(assume({}, { RoleArn: roleArn(name) })),
      ),
    );
    expect(new Set(texts)).toEqual(new Set(['Not authorized to perform sts:AssumeRoleWithWebIdentity']));
  });

  test('admits by tag and by session name where the trust wants them', async () => {
    await expect(assume(acme, { RoleArn: roleArn('web-tag') })).resolves.toBeDefined();
    await expect(assume({}, { RoleArn: roleArn('web-name') })).resolves.toBeDefined();
    expect(await refusal(assume({}, { RoleArn: roleArn('web-name'), RoleSessionName: 'bob' }))).toBe(
      'AccessDenied 403',
    );
  });

  test.each<[string, Partial<AssumeRoleWithWebIdentityCommandInput>, string]>([
    ['899 seconds', { DurationSeconds: 899 }, 'ValidationError 400'],
    ['over the maximum of the role', { DurationSeconds: 7201 }, 'ValidationError 400'],
    ['over twelve hours', { DurationSeconds: 43_201 }, 'ValidationError 400'],
    ['a session name with a pipe', { RoleSessionName: 'auth0|1' }, 'ValidationError 400'],
    ['a provider of OAuth 2.0', { ProviderId: 'www.amazon.com' }, 'NotImplemented 501'],
    ['a policy that is no JSON', { Policy: '{"Version":' }, 'MalformedPolicyDocument 400'],
    ['a policy over 2,048 characters', { Policy: `{"x":"${'y'.repeat(2048)}"}` }, 'ValidationError 400'],
    [
      'a policy that the account lacks',
      { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] },
      'ValidationError 400',
    ],
  ])('refuses %s', async (_, input, expected) => {
    expect(await refusal(assume({}, input))).toBe(expected);
  });

  test.each([
    ['nothing but the action', '', 'ValidationError 400'],
    ['no token', `&RoleArn=${roleArn('web')}&RoleSessionName=alice`, 'ValidationError 400'],
    [
      'tags as a parameter',
      `&RoleArn=${roleArn('web')}&RoleSessionName=alice&WebIdentityToken=abcd&Tags.member.1.Key=TenantId&Tags.member.1.Value=acme`,
      'ValidationError 400',
    ],
    [
      'a source identity as a parameter',
      `&RoleArn=${roleArn('web')}&RoleSessionName=alice&WebIdentityToken=abcd&SourceIdentity=root`,
      'ValidationError 400',
    ],
  ])('refuses a form with %s', async (_, rest, expected) => {
    const answer = await sendRaw(web.room, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `Action=AssumeRoleWithWebIdentity&Version=2011-06-15${rest}`,
    });
    expect(`${/<Code>(\w+)<\/Code>/.exec(answer.body)?.[1]} ${answer.status}`).toBe(expected);
  });

  test('has no provider where the account has none', async () => {
    const bare = await openRoom({ roles: [...account.roles, ...webRoles] });
    const other = new STSClient({ endpoint: bare.aws.url, region, maxAttempts: 1 });
    const call = other.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn('web'),
        RoleSessionName: 'alice',
        WebIdentityToken: await web.provider.token(),
      }),
    );
    expect(await refusal(call)).toBe('InvalidIdentityToken 400');
    other.destroy();
    await bare.stop();
  });

  test.each([
    'GetCallerIdentity',
    'AssumeRole',
    'GetSessionToken',
    'GetFederationToken',
    'GetAccessKeyInfo',
    'DecodeAuthorizationMessage',
  ])('wants a signature for %s all the same', async (action) => {
    const answer = await sendRaw(web.room, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `Action=${action}&Version=2011-06-15`,
    });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  test('does not let a web identity do what only the execution role may', async () => {
    const keys = toKeys(await assume(acme));
    const call = web.room
      .sts(keys)
      .send(new AssumeRoleCommand({ RoleArn: roleArn('tvm/tenant-data'), RoleSessionName: 'x1' }));
    expect(await refusalText(call)).toContain('is not authorized to perform: sts:AssumeRole');
    expect(await refusal(web.room.sts(web.room.keysOf(execution)).send(new GetCallerIdentityCommand({})))).toContain(
      'succeeded',
    );
  });
});
