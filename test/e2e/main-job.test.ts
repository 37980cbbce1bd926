// The main job on real parts: the synthesised app, the built handler, HTTP, a signed AssumeRole, unmodified AWS SDK clients.
// What is tried here is what would be deployed.
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromHttp } from '@aws-sdk/credential-provider-http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocal, type Local } from '../../local/index.ts';

type Provider = ReturnType<typeof fromHttp>;

let local: Local;
let audit = '';
let bucket: string;
let table: string;

beforeAll(async () => {
  local = await startLocal({ log: (text) => (audit += text) });
  bucket = local.account.buckets[0]!.name;
  table = local.account.tables[0]!.name;
});

afterAll(() => local.stop());

/** Credentials as any SDK gets them: the container provider with a URL and a token file. */
async function provider(tenant: string, subject = 'alice', machine = local): Promise<Provider> {
  const file = join(mkdtempSync(join(tmpdir(), 'tvm-test-')), 'token');
  writeFileSync(file, await machine.mintToken({ tenant, subject }), { mode: 0o600 });
  return fromHttp({
    awsContainerCredentialsFullUri: `${machine.url}/v1/credentials`,
    awsContainerAuthorizationTokenFile: file,
  });
}

function clients(credentials: Provider, machine = local): { s3: S3Client; dynamoDb: DynamoDBClient; sts: STSClient } {
  const settings = { region: machine.region, endpoint: machine.aws, credentials };
  return {
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    dynamoDb: new DynamoDBClient(settings),
    sts: new STSClient(settings),
  };
}

const vend = async (
  headers: Record<string, string>,
  path = '/v1/credentials',
  init: RequestInit = {},
): Promise<Response> => fetch(`${local.url}${path}`, { ...init, headers });

describe('a tenant with vended credentials', () => {
  it('writes, reads and lists its own objects', async () => {
    const { s3 } = clients(await provider('acme'));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'acme/report.txt', Body: 'numbers' }));
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'acme/report.txt' }));
    expect(await body?.transformToString()).toBe('numbers');
    const { Contents: contents } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'acme/' }));
    expect(contents?.map(({ Key: key }) => key)).toContain('acme/report.txt');
  });

  it.each([
    ['GetObject', (s3: S3Client) => s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'globex/hello.txt' }))],
    ['PutObject', (s3: S3Client) => s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'globex/x', Body: 'x' }))],
    ['DeleteObject', (s3: S3Client) => s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'globex/hello.txt' }))],
    [
      'a key that only begins like its id',
      (s3: S3Client) => s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'acme2/x' })),
    ],
    ['ListBucket without a prefix', (s3: S3Client) => s3.send(new ListObjectsV2Command({ Bucket: bucket }))],
    [
      'ListBucket of another prefix',
      (s3: S3Client) => s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'globex/' })),
    ],
    [
      'ListBucket of its id without the slash',
      (s3: S3Client) => s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'acme' })),
    ],
  ])('is denied %s', async (_, call) => {
    const { s3 } = clients(await provider('acme'));
    await expect(call(s3)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('reads and writes its own items', async () => {
    const { dynamoDb } = clients(await provider('acme'));
    await dynamoDb.send(
      new PutItemCommand({ TableName: table, Item: { pk: { S: 'acme' }, sk: { S: 'report' }, pages: { N: '3' } } }),
    );
    const { Item: item } = await dynamoDb.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: 'acme' }, sk: { S: 'report' } } }),
    );
    expect(item?.['pages']).toEqual({ N: '3' });
  });

  it.each([
    [
      'GetItem',
      (db: DynamoDBClient) =>
        db.send(new GetItemCommand({ TableName: table, Key: { pk: { S: 'globex' }, sk: { S: 'hello' } } })),
    ],
    [
      'PutItem',
      (db: DynamoDBClient) =>
        db.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'globex' }, sk: { S: 'x' } } })),
    ],
    [
      'Query',
      (db: DynamoDBClient) =>
        db.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :p',
            ExpressionAttributeValues: { ':p': { S: 'globex' } },
          }),
        ),
    ],
    ['Scan', (db: DynamoDBClient) => db.send(new ScanCommand({ TableName: table }))],
  ])('is denied %s of another tenant', async (_, call) => {
    const { dynamoDb } = clients(await provider('acme'));
    await expect(call(dynamoDb)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('has a session name that people can read', async () => {
    const { sts } = clients(await provider('acme'));
    const { Arn: arn } = await sts.send(new GetCallerIdentityCommand({}));
    expect(arn).toMatch(/^arn:aws:sts::111122223333:assumed-role\/[\w-]+\/acme@alice$/);
  });

  it('cannot assume its own role again, nor retag itself', async () => {
    const { sts } = clients(await provider('acme'));
    const again = { RoleArn: local.configuration.permissionSets['documents']!.roleArn, RoleSessionName: 'escape' };
    await expect(sts.send(new AssumeRoleCommand(again))).rejects.toMatchObject({ name: 'AccessDenied' });
    // The tenant tag is transitive: STS refuses to set it anew before it even looks at policies.
    const retag = new AssumeRoleCommand({
      ...again,
      SourceIdentity: 'alice',
      Tags: [{ Key: 'TenantId', Value: 'globex' }],
    });
    await expect(sts.send(retag)).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('two walls', () => {
  it('still isolates by the role alone where the session policy is removed by hand', async () => {
    const { sts } = clients(async () => executionCredentials());
    const { Credentials: credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: local.configuration.permissionSets['documents']!.roleArn,
        RoleSessionName: 'by-hand',
        SourceIdentity: 'operator',
        Tags: [{ Key: 'TenantId', Value: 'acme' }],
      }),
    );
    const bare: Provider = async () => ({
      accessKeyId: credentials!.AccessKeyId!,
      secretAccessKey: credentials!.SecretAccessKey!,
      sessionToken: credentials!.SessionToken!,
    });
    const { s3, dynamoDb } = clients(bare);
    await expect(s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'acme/hello.txt' }))).resolves.toBeDefined();
    await expect(s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'globex/hello.txt' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(
      dynamoDb.send(new GetItemCommand({ TableName: table, Key: { pk: { S: 'globex' }, sk: { S: 'hello' } } })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('still isolates by the session policy alone where the role is widened by hand', async () => {
    const machine = await startLocal();
    try {
      const roleArn = machine.configuration.permissionSets['documents']!.roleArn;
      const role = machine.account.roles.find(({ arn }) => arn === roleArn)!;
      machine.replaceRole({
        ...role,
        policies: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }],
      });
      const { s3, dynamoDb } = clients(await provider('acme', 'alice', machine), machine);
      await expect(s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'acme/hello.txt' }))).resolves.toBeDefined();
      await expect(s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'globex/hello.txt' }))).rejects.toMatchObject({
        name: 'AccessDenied',
      });
      await expect(s3.send(new ListObjectsV2Command({ Bucket: bucket }))).rejects.toMatchObject({
        name: 'AccessDenied',
      });
      await expect(dynamoDb.send(new ScanCommand({ TableName: table }))).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
    } finally {
      await machine.stop();
    }
  });

  it('lets nobody but the execution role assume the tenant access role, and not without the tenant tag', async () => {
    const { sts } = clients(async () => executionCredentials());
    const RoleArn = local.configuration.permissionSets['documents']!.roleArn;
    const tag = [{ Key: 'TenantId', Value: 'acme' }];
    const attempts = [
      { SourceIdentity: 'x1' },
      { SourceIdentity: 'x1', Tags: [...tag, { Key: 'Admin', Value: 'yes' }] },
      { Tags: tag },
    ];
    for (const attempt of attempts) {
      await expect(
        sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'by-hand', ...attempt })),
      ).rejects.toMatchObject({ name: 'AccessDenied' });
    }
  });
});

describe('refusals over HTTP', () => {
  const bearer = async (request: Parameters<Local['mintToken']>[0]): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await local.mintToken(request)}`,
  });

  it.each<[string, number, string, () => Promise<Response>]>([
    ['no token', 401, 'token-missing', () => vend({})],
    [
      'a token in the query only',
      401,
      'token-missing',
      async () => vend({}, `/v1/credentials?access_token=${await local.mintToken({ tenant: 'acme' })}`),
    ],
    [
      'two tokens',
      401,
      'token-invalid',
      async () =>
        vend({
          authorization: `${await local.mintToken({ tenant: 'acme' })},${await local.mintToken({ tenant: 'globex' })}`,
        }),
    ],
    ['another scheme', 401, 'token-invalid', () => vend({ authorization: 'Basic YTpi' })],
    ['a malformed token', 401, 'token-invalid', () => vend({ authorization: 'Bearer a.b.c' })],
    [
      'another issuer',
      401,
      'token-invalid',
      async () => vend(await bearer({ tenant: 'acme', claims: { iss: 'https://evil.example.com/' } })),
    ],
    ['another audience', 401, 'token-invalid', async () => vend(await bearer({ tenant: 'acme', audience: 'other' }))],
    ['an expired token', 401, 'token-expired', async () => vend(await bearer({ tenant: 'acme', expiresIn: -60 }))],
    [
      'a token of tomorrow',
      401,
      'token-not-yet-valid',
      async () => vend(await bearer({ tenant: 'acme', claims: { nbf: Math.floor(Date.now() / 1000) + 600 } })),
    ],
    ['no tenant', 403, 'tenant-invalid', async () => vend(await bearer({}))],
    [
      'a tenant that is a number',
      403,
      'tenant-invalid',
      async () => vend(await bearer({ claims: { tenant: 5, tenant_id: 5 } })),
    ],
    ['a tenant outside the grammar', 403, 'tenant-invalid', async () => vend(await bearer({ tenant: 'acme/*' }))],
    [
      'an unknown permission set',
      403,
      'permission-set-denied',
      async () => vend(await bearer({ tenant: 'acme' }), '/v1/credentials/admin'),
    ],
    [
      'a duration out of range',
      400,
      'duration-out-of-range',
      async () => vend(await bearer({ tenant: 'acme' }), '/v1/credentials?durationSeconds=899'),
    ],
    [
      'a field nobody knows',
      400,
      'request-invalid',
      async () => post(await bearer({ tenant: 'acme' }), '{"tenant":"globex"}'),
    ],
    ['a body that is no JSON', 400, 'request-invalid', async () => post(await bearer({ tenant: 'acme' }), '{')],
    [
      'a body of 11 kB',
      413,
      'request-too-large',
      async () => post(await bearer({ tenant: 'acme' }), `{"reason":"${'x'.repeat(11_000)}"}`),
    ],
    [
      'a body of another type',
      415,
      'media-type-unsupported',
      async () => post({ ...(await bearer({ tenant: 'acme' })), 'content-type': 'text/plain' }, '{}'),
    ],
    [
      'another method',
      405,
      'method-not-allowed',
      async () => vend(await bearer({ tenant: 'acme' }), '/v1/credentials', { method: 'PUT' }),
    ],
    ['another path', 404, 'not-found', async () => vend(await bearer({ tenant: 'acme' }), '/v1/credential')],
    ['a trailing slash', 404, 'not-found', async () => vend(await bearer({ tenant: 'acme' }), '/v1/credentials/')],
  ])('answers %s with %i %s, no credentials and no AssumeRole', async (_, status, slug, call) => {
    audit = '';
    const response = await call();
    const body = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json']);
    const problem = JSON.parse(body) as Record<string, unknown>;
    expect(problem).toMatchObject({ status, RequestId: response.headers.get('x-request-id') });
    expect(String(problem['type'])).toMatch(new RegExp(`#${slug}$`));
    expect(problem['Message']).toBe(problem['detail']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    if (status === 401) expect(response.headers.get('www-authenticate')).toContain('Bearer');
    if (status === 405) expect(response.headers.get('allow')).toContain('GET');
    expect(body).not.toMatch(/AccessKeyId|ASIA|SecretAccessKey|SessionToken|eyJ/);
    expect(audit).not.toContain('sts_ms');
  });

  function post(headers: Record<string, string>, body: string): Promise<Response> {
    return vend({ 'content-type': 'application/json', ...headers }, '/v1/credentials', { method: 'POST', body });
  }

  it('writes exactly one audit line per request, without any secret', async () => {
    audit = '';
    const token = await local.mintToken({ tenant: 'acme' });
    const response = await vend({ authorization: token, 'user-agent': 'x\\n{"event":"credentials.vended"}' });
    const {
      SecretAccessKey: secret,
      Token: sessionToken,
      RequestId: requestId,
    } = (await response.json()) as Record<string, string>;
    // Beside the record stands a line of metrics, which says so by its member `_aws`.
    const lines = (): readonly Record<string, unknown>[] =>
      audit
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    await expect.poll(() => lines().filter((line) => '_aws' in line).length).toBe(1);
    const records = lines().filter((line) => !('_aws' in line));
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      event: 'credentials.vended',
      request_id: requestId,
      tenant_id: 'acme',
      subject: 'alice',
      permission_set: 'documents',
    });
    for (const hidden of [token, token.split('.')[2]!, secret!, sessionToken!]) expect(audit).not.toContain(hidden);
  });

  it('tells who the caller is without asking STS', async () => {
    audit = '';
    const response = await vend(await bearer({ tenant: 'globex', subject: 'gina' }), '/v1/identity');
    expect(await response.json()).toMatchObject({ Tenant: 'globex', Subject: 'gina', PermissionSets: ['documents'] });
    await expect.poll(() => audit).toContain('identity.read');
    expect(audit).not.toContain('sts_ms');
  });

  it('is healthy and describes itself', async () => {
    expect(await (await vend({}, '/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await vend({}, '/.well-known/tvm-configuration')).json()).toMatchObject({
      issuers: [{ issuer: local.issuer }],
    });
  });
});

describe('local servers', () => {
  it.each([
    ['a foreign Host', { host: 'evil.example.com' }],
    ['a page of another site', { origin: 'https://evil.example.com' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
  ])('SEC-SDK-07 refuse %s', async (_, headers) => {
    const { request } = await import('node:http');
    for (const url of [`${local.url}/oidc/token`, `${local.url}/v1/credentials`, local.aws]) {
      const status = await new Promise<number>((resolve, reject) => {
        request(url, { method: 'POST', headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on('error', reject)
          .end('{}');
      });
      expect(status).toBe(403);
    }
  });

  it('SEC-SDK-08 listen on loopback alone', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((some = []) => some)
      .find(({ internal, family }) => !internal && family === 'IPv4');
    for (const url of [local.url, local.aws]) {
      expect(new URL(url).hostname).toBe('127.0.0.1');
      for (const host of ['[::1]', ...(outside === undefined ? [] : [outside.address])])
        await expect(fetch(`http://${host}:${new URL(url).port}/healthz`)).rejects.toThrow();
    }
  });

  it.each([
    ['AWS_ENDPOINT_URL_STS', 'https://sts.us-east-1.amazonaws.com'],
    ['NODE_ENV', 'production'],
  ])('SEC-SDK-08 do not start with %s=%s', async (name, value) => {
    const before = process.env[name];
    process.env[name] = value;
    try {
      await expect(startLocal()).rejects.toMatchObject({ code: 'misconfigured' });
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before;
    }
  });
});

/** The function's own credentials, which only its environment holds: tests get them from local AWS, by hand. */
function executionCredentials(): { accessKeyId: string; secretAccessKey: string; sessionToken: string } {
  return local.executionSession();
}
