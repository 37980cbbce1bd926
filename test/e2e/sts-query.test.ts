// The STS Query route on real parts: the built handler behind the gateway emulation, and unmodified AWS SDK clients, both the
// one who asks for credentials and the one who uses them.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocal, type Local } from '../../local/index.ts';

let local: Local;
/** Everything the function has written since it was emptied. */
let audit = '';
let bucket: string;
let roleArn: string;
const directory = mkdtempSync(join(tmpdir(), 'tvm-test-'));

beforeAll(async () => {
  local = await startLocal({ log: (text) => (audit += text) });
  bucket = local.account.buckets[0]!.name;
  roleArn = local.configuration.permissionSets['documents']!.roleArn;
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await local.stop();
});

/** The audit records among what was written; metrics are lines of their own. */
async function auditRecords(): Promise<readonly Record<string, unknown>[]> {
  await expect.poll(() => audit).toMatch(/"event".*\n/);
  const lines = audit.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => 'event' in line);
}

/** A client of the machine's STS endpoint, as AWS_ENDPOINT_URL_STS makes one. */
function sts(path = '/sts'): STSClient {
  return new STSClient({ region: local.region, endpoint: `${local.url}${path}`, maxAttempts: 1 });
}

/** A token file as an editor leaves it: with a line end. */
async function tokenFile(request: Parameters<Local['mintToken']>[0]): Promise<string> {
  const file = join(directory, `token-${Math.random()}`);
  writeFileSync(file, `${await local.mintToken(request)}\n`, { mode: 0o600 });
  return file;
}

interface Asked {
  readonly token?: string;
  readonly RoleArn?: string;
  readonly DurationSeconds?: number;
  readonly path?: string;
}
async function vend({ token, RoleArn = roleArn, DurationSeconds, path }: Asked = {}) {
  const WebIdentityToken = token ?? (await local.mintToken({ tenant: 'acme', subject: 'alice' }));
  const input = { RoleArn, RoleSessionName: 'aws-sdk-js-session-1', WebIdentityToken };
  return sts(path).send(
    new AssumeRoleWithWebIdentityCommand(DurationSeconds === undefined ? input : { ...input, DurationSeconds }),
  );
}

type Vended = Awaited<ReturnType<typeof vend>>;
function s3({ Credentials: credentials }: Vended): S3Client {
  return new S3Client({
    region: local.region,
    endpoint: local.aws,
    forcePathStyle: true,
    credentials: {
      accessKeyId: credentials!.AccessKeyId!,
      secretAccessKey: credentials!.SecretAccessKey!,
      sessionToken: credentials!.SessionToken!,
    },
  });
}
const read = (client: S3Client, key: string) => client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));

describe('AssumeRoleWithWebIdentity by an unmodified AWS SDK', () => {
  it('gives credentials that read the own tenant and are denied another', async () => {
    const vended = await vend();
    const own = await read(s3(vended), 'acme/hello.txt');
    expect(await own.Body?.transformToString()).not.toBe('');
    await expect(read(s3(vended), 'globex/hello.txt')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('takes a token file that ends in a line end, as the web identity provider sends it', async () => {
    const file = await tokenFile({ tenant: 'globex', subject: 'gina' });
    const vended = await vend({ token: readFileSync(file, 'utf8') });
    await expect(read(s3(vended), 'globex/hello.txt')).resolves.toBeDefined();
    await expect(read(s3(vended), 'acme/hello.txt')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('works through the default chain: AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ENDPOINT_URL_STS', async () => {
    const environment = {
      AWS_ROLE_ARN: 'arn:aws:iam::000000000000:role/documents',
      AWS_WEB_IDENTITY_TOKEN_FILE: await tokenFile({ tenant: 'acme', subject: 'bob' }),
      AWS_ENDPOINT_URL_STS: `${local.url}/sts`,
      AWS_REGION: local.region,
      AWS_CONFIG_FILE: join(directory, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(directory, 'none'),
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, environment);
    try {
      audit = '';
      const client = new S3Client({ endpoint: local.aws, forcePathStyle: true });
      await expect(read(client, 'acme/hello.txt')).resolves.toBeDefined();
      await expect(read(client, 'globex/hello.txt')).rejects.toMatchObject({ name: 'AccessDenied' });
      await expect.poll(() => audit).toContain('"session_name":"acme@bob"');
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
      }
    }
  });

  it('tells whose session it is, under our name', async () => {
    expect(await vend()).toMatchObject({
      AssumedRoleUser: { Arn: expect.stringMatching(/:assumed-role\/[\w-]+\/acme@alice$/) as string },
      SubjectFromWebIdentityToken: 'alice',
      Provider: local.configuration.issuers[0]!.issuer,
      Audience: local.configuration.issuers[0]!.audiences[0],
      SourceIdentity: 'alice',
    });
  });

  it('takes a duration, and a path with or without a slash', async () => {
    const vended = await vend({ DurationSeconds: 900, path: '/sts/' });
    const seconds = (vended.Credentials!.Expiration!.getTime() - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(880);
    expect(seconds).toBeLessThanOrEqual(901);
  });

  it.each<[string, string, RegExp, () => Promise<Asked>]>([
    ['a token that is no JWT', 'IDPRejectedClaimException', /not accepted/, async () => ({ token: 'abcd' })],
    [
      'a token of another audience',
      'IDPRejectedClaimException',
      /not accepted/,
      async () => ({ token: await local.mintToken({ tenant: 'acme', audience: 'other' }) }),
    ],
    [
      'an expired token',
      'ExpiredTokenException',
      /has expired/,
      async () => ({ token: await local.mintToken({ tenant: 'acme', expiresIn: -60 }) }),
    ],
    ['no tenant', 'AccessDenied', /tenant id/, async () => ({ token: await local.mintToken({}) })],
    [
      'SEC-SDK-01 an unknown role',
      'AccessDenied',
      /RoleArn/,
      async () => ({ RoleArn: 'arn:aws:iam::111122223333:role/admin' }),
    ],
    ['a duration of hours', 'ValidationError', /DurationSeconds/, async () => ({ DurationSeconds: 43_200 })],
  ])('refuses %s as %s with our text', async (_, name, message, asked) => {
    audit = '';
    await expect(vend(await asked())).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message) as string,
    });
    expect(await auditRecords()).toMatchObject([{ event: 'credentials.refused' }]);
    expect(audit).not.toContain('sts_ms');
  });

  it('SEC-SDK-03 refuses policies of the caller', async () => {
    const WebIdentityToken = await local.mintToken({ tenant: 'acme' });
    const input = { RoleArn: roleArn, RoleSessionName: 'me', WebIdentityToken };
    const wider = [
      { Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}' },
      { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }] },
      { ProviderId: 'www.amazon.com' },
    ];
    for (const more of wider)
      await expect(sts().send(new AssumeRoleWithWebIdentityCommand({ ...input, ...more }))).rejects.toMatchObject({
        name: 'ValidationError',
      });
  });

  it('says what happened to a call that AWS_ENDPOINT_URL_STS sent here by mistake', async () => {
    const client = new STSClient({
      region: local.region,
      endpoint: `${local.url}/sts`,
      credentials: local.executionSession(),
    });
    const call = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'me' });
    await expect(client.send(call)).rejects.toMatchObject({
      name: 'InvalidAction',
      message: expect.stringContaining('AWS_ENDPOINT_URL_STS') as string,
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe('the route on the wire', () => {
  const form = async (more = ''): Promise<string> =>
    new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'x',
      WebIdentityToken: await local.mintToken({ tenant: 'acme', subject: 'alice' }),
    }).toString() + more;
  // botocore's own header, with a charset; the gateway hands this body over base64-encoded, as API Gateway does.
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const post = async (body: string): Promise<Response> => fetch(`${local.url}/sts`, { method: 'POST', headers, body });

  it('answers in XML with one audit line that holds no secret', async () => {
    audit = '';
    const body = await form();
    const response = await post(body);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/xml']);
    expect(response.headers.get('x-amzn-requestid')).toBe(response.headers.get('x-request-id'));
    expect(response.headers.get('cache-control')).toBe('no-store');
    const xml = await response.text();
    const records = await auditRecords();
    expect(records).toMatchObject([{ event: 'credentials.vended', tenant_id: 'acme', permission_set: 'documents' }]);
    expect(xml).toContain(`<RequestId>${String(records[0]!['request_id'])}</RequestId>`);
    const secrets = ['SecretAccessKey', 'SessionToken'].map((name) => new RegExp(`<${name}>(.*)</`).exec(xml)![1]!);
    for (const hidden of [...secrets, new URLSearchParams(body).get('WebIdentityToken')!])
      expect(audit).not.toContain(hidden);
  });

  it.each<[string, string, () => Promise<Response>]>([
    ['a repeated parameter', 'ValidationError', async () => post(await form('&RoleSessionName=y'))],
    ['bytes that are no UTF-8', 'ValidationError', async () => post(await form('&X=%FF'))],
    ['a body over 32 KiB', 'ValidationError', async () => post(await form(`&X=${'x'.repeat(33_000)}`))],
    [
      'JSON',
      'ValidationError',
      async () =>
        fetch(`${local.url}/sts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
    ],
    ['SEC-SDK-04 a token in the URL', 'InvalidAction', async () => fetch(`${local.url}/sts?${await form()}`)],
    ['PUT', 'InvalidAction', async () => fetch(`${local.url}/sts`, { method: 'PUT', headers, body: await form() })],
  ])('refuses %s as %s, with one audit line and nothing of a credential', async (_, code, call) => {
    audit = '';
    const response = await call();
    const xml = await response.text();
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'text/xml']);
    expect(xml).toContain(`<Type>Sender</Type><Code>${code}</Code>`);
    expect(xml).not.toMatch(/ASIA|eyJ|AccessKeyId|SessionToken/);
    expect(await auditRecords()).toMatchObject([{ event: 'credentials.refused' }]);
    expect(audit).not.toContain('eyJ');
  });

  it('takes a body in pieces', async () => {
    const body = await form();
    const status = await new Promise<number>((resolve, reject) => {
      const sent = httpRequest(`${local.url}/sts/`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.write(body.slice(0, 20));
      sent.end(body.slice(20));
    });
    expect(status).toBe(200);
  });
});
