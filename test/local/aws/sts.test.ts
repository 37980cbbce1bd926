import { readFileSync } from 'node:fs';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type AssumeRoleCommandInput,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accountId,
  execution,
  openRoom,
  policy,
  refusal,
  refusalText,
  region,
  role,
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

const assume = (input: Partial<AssumeRoleCommandInput>, keys: Keys = room.keysOf(execution)) =>
  room.sts(keys).send(new AssumeRoleCommand({ RoleArn: roleArn(tenantData), RoleSessionName: 'acme@alice', ...input }));

const toKeys = (answer: Awaited<ReturnType<typeof assume>>): Keys => ({
  accessKeyId: answer.Credentials!.AccessKeyId!,
  secretAccessKey: answer.Credentials!.SecretAccessKey!,
  sessionToken: answer.Credentials!.SessionToken!,
});

const tag = (Key: string, Value: string) => ({ Key, Value });
const s3Policy = (...actions: string[]) =>
  JSON.stringify(policy({ Effect: 'Allow', Action: actions, Resource: 'arn:aws:s3:::documents/*' }));

describe('GetCallerIdentity', () => {
  test('names the session, its role without the path, and the account', async () => {
    const identity = await room.sts(room.keysOf(execution, 'vend')).send(new GetCallerIdentityCommand({}));
    expect(identity.Arn).toBe(`arn:aws:sts::${accountId}:assumed-role/vend-function/vend`);
    expect(identity.Account).toBe(accountId);
    expect(identity.UserId).toMatch(/^AROA[A-Z2-7]{17}:vend$/);
  });

  test('answers a session that may do nothing at all', async () => {
    const deny = JSON.stringify(policy({ Effect: 'Deny', Action: '*', Resource: '*' }));
    const keys = toKeys(await assume({ Policy: deny }));
    await expect(room.sts(keys).send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
  });
});

describe('AssumeRole', () => {
  test('answers credentials, the assumed role, a packed size and the source identity', async () => {
    const answer = await assume({
      Tags: [tag('TenantId', 'acme')],
      TransitiveTagKeys: ['TenantId'],
      SourceIdentity: 'alice',
      Policy: s3Policy('s3:GetObject'),
      DurationSeconds: 900,
    });
    expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${accountId}:assumed-role/tenant-data/acme@alice`);
    expect(answer.AssumedRoleUser?.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{17}:acme@alice$/);
    expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(answer.SourceIdentity).toBe('alice');
    expect(answer.PackedPolicySize).toBeGreaterThan(0);
    expect(answer.PackedPolicySize).toBeLessThanOrEqual(100);
    const seconds = (answer.Credentials!.Expiration!.getTime() - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(890);
    expect(seconds).toBeLessThanOrEqual(900);
  });

  test('gives one role the same id at every start', async () => {
    const other = await openRoom();
    const id = (await assume({})).AssumedRoleUser!.AssumedRoleId;
    const again = await other
      .sts(other.keysOf(execution))
      .send(new AssumeRoleCommand({ RoleArn: roleArn(tenantData), RoleSessionName: 'acme@alice' }));
    await other.stop();
    expect(again.AssumedRoleUser!.AssumedRoleId).toBe(id);
  });

  test('has no packed size where there is nothing to pack', async () => {
    expect((await assume({})).PackedPolicySize).toBeUndefined();
  });

  test('takes empty lists as absent', async () => {
    await expect(assume({ Tags: [], TransitiveTagKeys: [], PolicyArns: [] })).resolves.toBeDefined();
  });

  test('limits the session to its session policy', async () => {
    const wide = await room.tenant('acme');
    await room.s3(wide).send(new PutObjectCommand({ Bucket: 'documents', Key: 'acme/s', Body: 'x' }));
    const keys = await room.tenant('acme', { Policy: s3Policy('s3:GetObject') });
    await expect(
      room.s3(keys).send(new GetObjectCommand({ Bucket: 'documents', Key: 'acme/s' })),
    ).resolves.toBeDefined();
    const put = room.s3(keys).send(new PutObjectCommand({ Bucket: 'documents', Key: 'acme/s', Body: 'y' }));
    expect(await refusalText(put)).toBe(
      `User: arn:aws:sts::${accountId}:assumed-role/tenant-data/acme@tests is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::documents/acme/s" because no session policy allows the s3:PutObject action`,
    );
  });

  test('never widens a session by its session policy', async () => {
    const keys = await room.tenant('acme', { Policy: s3Policy('s3:*') });
    const call = room.s3(keys).send(new GetObjectCommand({ Bucket: 'documents', Key: 'globex/s' }));
    expect(await refusalText(call)).toContain('because no identity-based policy allows');
  });

  test('puts a session tag in the place of the role tag, whatever its case', async () => {
    room.aws.putObject('documents', 'globex/r', 'x');
    room.aws.putObject('documents', 'acme/r', 'x');
    const read = async (keys: Keys, key: string) =>
      refusal(
        room
          .s3(keys)
          .send(new GetObjectCommand({ Bucket: 'documents', Key: key }))
          .then(() => 'read'),
      );
    const untagged = toKeys(await assume({ RoleArn: roleArn('tvm/tagged-by-role'), DurationSeconds: 900 }));
    expect(await read(untagged, 'globex/r')).toContain('read');
    const tagged = toKeys(
      await assume({ RoleArn: roleArn('tvm/tagged-by-role'), DurationSeconds: 900, Tags: [tag('TENANTID', 'acme')] }),
    );
    expect(await read(tagged, 'globex/r')).toBe('AccessDenied 403');
    expect(await read(tagged, 'acme/r')).toContain('read');
  });

  test('passes transitive tags and the source identity down a chain, and no others', async () => {
    const keys = await room.tenant('acme', {
      Tags: [tag('TenantId', 'acme'), tag('Plan', 'free')],
      SourceIdentity: 'alice',
    });
    const chained = await assume({ RoleArn: roleArn('chained') }, keys);
    expect(chained.SourceIdentity).toBe('alice');
    room.aws.putObject('documents', 'acme/c', 'x');
    const read = room.s3(toKeys(chained)).send(new GetObjectCommand({ Bucket: 'documents', Key: 'acme/c' }));
    await expect(read).resolves.toBeDefined();
  });

  test.each<[string, Partial<AssumeRoleCommandInput>, string]>([
    ['another value for a transitive tag', { Tags: [tag('tenantid', 'globex')] }, 'ValidationError 400'],
    ['another source identity', { SourceIdentity: 'mallory' }, 'AccessDenied 403'],
    ['over an hour', { DurationSeconds: 3601 }, 'ValidationError 400'],
  ])('refuses a chained session %s', async (_, input, expected) => {
    const keys = await room.tenant('acme', { SourceIdentity: 'alice' });
    expect(await refusal(assume({ RoleArn: roleArn('chained'), ...input }, keys))).toBe(expected);
  });

  test('demands the tag permission again for inherited tags', async () => {
    const trust = policy({ Effect: 'Allow', Principal: { AWS: roleArn(tenantData) }, Action: 'sts:AssumeRole' });
    const own = await openRoom();
    own.aws.replaceRole(role('chained', [], { trust }));
    const keys = await own.tenant('acme');
    const call = own.sts(keys).send(new AssumeRoleCommand({ RoleArn: roleArn('chained'), RoleSessionName: 'next' }));
    expect(await refusalText(call)).toContain('is not authorized to perform: sts:TagSession on resource');
    await own.stop();
  });

  test('answers an unknown role exactly like one that does not trust the caller', async () => {
    const unknown = await refusalText(assume({ RoleArn: roleArn('no-such-role') }));
    const foreign = await refusalText(assume({ RoleArn: roleArn('strangers') }));
    expect(foreign.replace('strangers', 'no-such-role')).toBe(unknown);
    expect(unknown).toBe(
      `User: arn:aws:sts::${accountId}:assumed-role/vend-function/tests is not authorized to perform: sts:AssumeRole on resource: ${roleArn('no-such-role')}`,
    );
  });

  test.each<[string, string, Partial<AssumeRoleCommandInput>, string]>([
    [
      'a role of another account',
      'x',
      { RoleArn: 'arn:aws:iam::999999999999:role/tvm/tenant-data' },
      'AccessDenied 403',
    ],
    ['a role whose ARN differs in case', 'x', { RoleArn: roleArn('TVM/tenant-data') }, 'AccessDenied 403'],
    [
      'tags for a role that trusts without sts:TagSession',
      'tvm/untagged',
      { Tags: [tag('a', 'b')] },
      'AccessDenied 403',
    ],
    ['a source identity the trust does not admit', 'tvm/untagged', { SourceIdentity: 'alice' }, 'AccessDenied 403'],
    ['a missing tag that the trust demands', 'needs-tag', { ExternalId: 'ext:acme/01' }, 'AccessDenied 403'],
    [
      'a wrong external id',
      'needs-tag',
      { Tags: [tag('TenantId', 'a')], ExternalId: 'ext:acme/02' },
      'AccessDenied 403',
    ],
    ['no external id where one is demanded', 'needs-tag', { Tags: [tag('TenantId', 'a')] }, 'AccessDenied 403'],
    [
      'a further tag that the trust does not list',
      'needs-tag',
      { Tags: [tag('TenantId', 'a'), tag('Admin', 'yes')], ExternalId: 'ext:acme/01' },
      'AccessDenied 403',
    ],
    [
      'a source identity outside the trust condition',
      'needs-tag',
      { Tags: [tag('TenantId', 'a')], ExternalId: 'ext:acme/01', SourceIdentity: 'globex' },
      'AccessDenied 403',
    ],
    ['more than the role admits', 'tvm/tagged-by-role', { DurationSeconds: 1801 }, 'ValidationError 400'],
  ])('refuses %s', async (_, target, input, expected) => {
    expect(await refusal(assume({ RoleArn: roleArn(target), ...input }))).toBe(expected);
  });

  test('accepts what that trust policy demands', async () => {
    const call = assume({
      RoleArn: roleArn('needs-tag'),
      Tags: [tag('TenantId', 'acme')],
      TransitiveTagKeys: ['TenantId'],
      ExternalId: 'ext:acme/01',
      SourceIdentity: 'acme-alice',
    });
    await expect(call).resolves.toBeDefined();
  });

  test('refuses a tenant session that assumes the role again', async () => {
    expect(await refusal(assume({}, await room.tenant('acme')))).toBe('AccessDenied 403');
  });

  const long = 'x'.repeat(2048);
  test.each<[string, Partial<AssumeRoleCommandInput>, string]>([
    ['a session name with a pipe', { RoleSessionName: 'auth0|1' }, 'ValidationError 400'],
    ['a session name with a slash', { RoleSessionName: 'a/b' }, 'ValidationError 400'],
    ['a session name of one character', { RoleSessionName: 'a' }, 'ValidationError 400'],
    ['a session name of 65 characters', { RoleSessionName: 'a'.repeat(65) }, 'ValidationError 400'],
    ['a session name with a line end', { RoleSessionName: 'acme\n' }, 'ValidationError 400'],
    ['899 seconds', { DurationSeconds: 899 }, 'ValidationError 400'],
    ['43201 seconds', { DurationSeconds: 43_201 }, 'ValidationError 400'],
    ['an hour and a second (role chaining)', { DurationSeconds: 3601 }, 'ValidationError 400'],
    ['51 tags', { Tags: Array.from({ length: 51 }, (_, n) => tag(`k${n}`, 'v')) }, 'ValidationError 400'],
    ['tag keys that differ in case only', { Tags: [tag('Tenant', 'a'), tag('tenant', 'b')] }, 'ValidationError 400'],
    ['a tag key that begins with aws:', { Tags: [tag('AWS:x', 'a')] }, 'ValidationError 400'],
    ['an empty tag key', { Tags: [tag('', 'a')] }, 'ValidationError 400'],
    ['a tag key of 129 characters', { Tags: [tag('k'.repeat(129), 'a')] }, 'ValidationError 400'],
    ['a tag value of 257 characters', { Tags: [tag('k', 'v'.repeat(257))] }, 'ValidationError 400'],
    ['a star in a tag value', { Tags: [tag('TenantId', '*')] }, 'ValidationError 400'],
    ['a variable in a tag value', { Tags: [tag('TenantId', '${aws:username}')] }, 'ValidationError 400'],
    ['a transitive key that is no tag', { Tags: [tag('a', 'b')], TransitiveTagKeys: ['c'] }, 'ValidationError 400'],
    ['a source identity that begins with aws:', { SourceIdentity: 'aws:x' }, 'ValidationError 400'],
    ['a source identity of one character', { SourceIdentity: 'x' }, 'ValidationError 400'],
    ['a short external id', { ExternalId: 'x' }, 'ValidationError 400'],
    [
      'a policy by reference that the account lacks',
      { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/A' }] },
      'ValidationError 400',
    ],
    [
      'a session policy over 2,048 characters',
      { Policy: `{"Version":"2012-10-17","x":"${long}"}` },
      'ValidationError 400',
    ],
    ['a session policy outside Latin-1', { Policy: s3Policy('s3:Get') + '東' }, 'ValidationError 400'],
    ['a session policy that is no JSON', { Policy: '{"Version":' }, 'MalformedPolicyDocument 400'],
    ['a session policy that is a list', { Policy: '[]' }, 'MalformedPolicyDocument 400'],
    [
      'a session policy with effect "allow"',
      { Policy: s3Policy('s3:*').replace('Allow', 'allow') },
      'MalformedPolicyDocument 400',
    ],
    [
      'a session policy with a principal',
      { Policy: JSON.stringify(policy({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' })) },
      'MalformedPolicyDocument 400',
    ],
    ['MFA', { SerialNumber: 'arn:aws:iam::111122223333:mfa/alice', TokenCode: '012345' }, 'NotImplemented 501'],
    [
      'provided contexts',
      { ProvidedContexts: [{ ProviderArn: 'arn:aws:iam::aws:contextProvider/X', ContextAssertion: 'abcd' }] },
      'NotImplemented 501',
    ],
  ])('refuses %s', async (_, input, expected) => {
    expect(await refusal(assume(input))).toBe(expected);
  });

  test('refuses tags that cannot be packed, with the percentage', async () => {
    const tags = Array.from({ length: 10 }, (_, n) => tag(`key${n}`, 'v'.repeat(256)));
    expect(await refusal(assume({ Tags: tags }))).toBe('PackedPolicyTooLarge 400');
    expect(await refusalText(assume({ Tags: tags }))).toMatch(/\d{3}%/);
  });

  test('counts a role that was replaced for sessions issued before', async () => {
    const own = await openRoom();
    own.aws.putObject('documents', 'globex/x', 'x');
    const keys = await own.tenant('acme');
    const read = () =>
      refusal(
        own
          .s3(keys)
          .send(new GetObjectCommand({ Bucket: 'documents', Key: 'globex/x' }))
          .then(() => 1),
      );
    expect(await read()).toBe('AccessDenied 403');
    own.aws.replaceRole(role(tenantData, [policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' })]));
    expect(await read()).toBe('succeeded: 1');
    own.aws.replaceRole(role(tenantData, []));
    expect(await read()).toBe('AccessDenied 403');
    await own.stop();
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
  const { vectors } = JSON.parse(readFileSync(new URL('sts-vectors.json', import.meta.url), 'utf8')) as {
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
