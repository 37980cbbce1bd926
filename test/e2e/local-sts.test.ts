// Local mode's own STS as people start it: the local issuer is a provider of the account, and there is one user with a key.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PolicyDocument } from '../../core/iam/index.ts';
import { readDeployment, startLocal, type Local } from '../../local/index.ts';

let local: Local;
let deployedHost: string;
beforeAll(async () => {
  local = await startLocal();
  deployedHost = (await readDeployment({})).config.issuers[0]!.issuer.replace('https://', '');
});
afterAll(() => local.stop());

const clients: { destroy: () => void }[] = [];
afterAll(() => {
  for (const client of clients) client.destroy();
});
const keep = <T extends { destroy: () => void }>(client: T): T => {
  clients.push(client);
  return client;
};
interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
const options = (credentials?: Keys) => ({
  endpoint: local.aws,
  region: local.region,
  maxAttempts: 1,
  ...(credentials === undefined ? {} : { credentials }),
});
const sts = (keys?: Keys) => keep(new STSClient(options(keys)));

/** Makes the tenant access role one that trusts tokens as well, as somebody with a console would. */
function trustTokens(hostPath: string): string {
  const role = local.account.roles.find(({ arn }) => arn === local.configuration.permissionSets['documents']!.roleArn)!;
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${local.account.accountId}:oidc-provider/${hostPath}` },
    Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
    Condition: { StringEquals: { [`${hostPath}:aud`]: local.configuration.issuers[0]!.audiences[0]! } },
  };
  const trust: PolicyDocument = { ...role.trust, Statement: [role.trust.Statement, statement].flat() };
  local.replaceRole({ ...role, trust });
  return role.arn;
}

async function assume(roleArn: string, tenant: string, claims: Readonly<Record<string, unknown>> = {}) {
  const WebIdentityToken = await local.mintToken({
    tenant,
    claims: { 'https://aws.amazon.com/tags': { principal_tags: { TenantId: [tenant] } }, ...claims },
  });
  const { Credentials: credentials } = await sts().send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn, RoleSessionName: tenant, WebIdentityToken }),
  );
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = credentials!;
  return { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey!, sessionToken: sessionToken! };
}

test.each([
  ['local', () => `${local.url.replace('http://', '')}/oidc`],
  ['deployed', () => deployedHost],
])('a token of the local issuer enters a role that trusts the issuer by its %s name', async (_, hostPath) => {
  const keys = await assume(trustTokens(hostPath()), 'acme');
  const own = local.objects.find(({ tenant }) => tenant === 'acme')!;
  const other = local.objects.find(({ tenant }) => tenant !== 'acme')!;
  const read = (bucket: string, key: string) =>
    keep(new S3Client(options(keys))).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  await expect(read(own.bucket, own.key)).resolves.toBeDefined();
  await expect(read(other.bucket, other.key)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a role of the app trusts no token by itself', async () => {
  const role = local.account.roles.find(({ arn }) => arn === local.configuration.permissionSets['documents']!.roleArn)!;
  local.replaceRole(role);
  await expect(assume(role.arn, 'acme')).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a token for nobody here, or of yesterday, enters nothing', async () => {
  const arn = trustTokens(deployedHost);
  await expect(assume(arn, 'acme', { aud: 'another-api' })).rejects.toMatchObject({
    name: 'InvalidIdentityTokenException',
  });
  await expect(assume(arn, 'acme', { exp: 1 })).rejects.toMatchObject({ name: 'ExpiredTokenException' });
});

test('the developer is a user of the local account with a key of this start alone', async () => {
  const identity = await sts(local.developer).send(new GetCallerIdentityCommand({}));
  expect(identity.Arn).toBe(`arn:aws:iam::${local.account.accountId}:user/tvm-local-developer`);
  await expect(sts(local.developer).send(new GetSessionTokenCommand({}))).resolves.toBeDefined();
  await expect(sts(local.developer).send(new GetFederationTokenCommand({ Name: 'guest' }))).resolves.toBeDefined();
  const other = await startLocal();
  const call = sts(other.developer).send(new GetCallerIdentityCommand({}));
  await expect(call).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  await other.stop();
});

test('the execution role makes no session that only a user can make', async () => {
  const call = sts(local.executionSession()).send(new GetFederationTokenCommand({ Name: 'guest' }));
  await expect(call).rejects.toMatchObject({ name: 'AccessDenied' });
});
