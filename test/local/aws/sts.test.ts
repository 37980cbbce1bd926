import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
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

// STS calls it deprecated since June 2026; every client still reads it.
const packedSize = (answer: object) => (answer as { readonly PackedPolicySize?: number }).PackedPolicySize;

const tag = (Key: string, Value: string) => ({ Key, Value });
const s3Policy = (...actions: string[]) =>
  JSON.stringify(policy({ Effect: 'Allow', Action: actions, Resource: 'arn:aws:s3:::documents/*' }));

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
    expect(packedSize(answer)).toBeGreaterThan(0);
    expect(packedSize(answer)).toBeLessThanOrEqual(100);
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
    expect(packedSize(await assume({}))).toBeUndefined();
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
