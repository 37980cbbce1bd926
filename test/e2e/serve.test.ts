// tvm serve and tvm exec --server: a container endpoint that SDKs use and nobody else gets anything from. Security cases
// SEC-SDK-06 and SEC-SDK-07.
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { fromHttp } from '@aws-sdk/credential-provider-http';
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment, newFolder, runTvm, startMachine, tvm, type Machine } from './fixtures.ts';

let machine: Machine;
let child: ChildProcess;
let url: string;
let token: string;

beforeAll(async () => {
  machine = await startMachine();
  child = spawn(process.execPath, [tvm, 'serve', '--tenant', 'acme'], {
    env: { ...bareEnvironment, TVM_URL: machine.local.url },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const text = await new Promise<string>((resolve) => {
    let read = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      read += chunk;
      if (read.split('\n').length > 2) resolve(read);
    });
  });
  [, url = ''] = /^export AWS_CONTAINER_CREDENTIALS_FULL_URI=(http:\/\/127\.0\.0\.1:\d+\/\S*)$/m.exec(text) ?? [];
  [, token = ''] = /^export AWS_CONTAINER_AUTHORIZATION_TOKEN=([\w-]{43})$/m.exec(text) ?? [];
});

afterAll(async () => {
  const code = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGINT');
  expect(await code).toBe(0);
  await machine.local.stop();
});

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

/** By node:http, which sends whatever Host it is told to. */
function ask(headers: Record<string, string | string[]>, method = 'GET', path = '/v1/credentials'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], body }));
    })
      .on('error', reject)
      .end();
  });
}

describe('tvm serve', () => {
  it('answers an SDK with what it needs', async () => {
    const { status, type, body } = await ask({ authorization: token });
    expect([status, type]).toEqual([200, 'application/json']);
    expect(JSON.parse(body)).toEqual({
      AccessKeyId: expect.stringMatching(/^ASIA/) as string,
      SecretAccessKey: expect.any(String) as string,
      Token: expect.any(String) as string,
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      AccountId: '111122223333',
    });
  });

  it('feeds the unmodified provider of the SDK', async () => {
    const credentials = fromHttp({ awsContainerCredentialsFullUri: url, awsContainerAuthorizationToken: token });
    const { aws: endpoint, region, account } = machine.local;
    const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const read = async (key: string): Promise<string | undefined> =>
      (await s3.send(new GetObjectCommand({ Bucket: account.buckets[0]!.name, Key: key }))).Body?.transformToString();
    expect(await read('acme/hello.txt')).toContain('hello from acme');
    await expect(read('globex/hello.txt')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('vends once for many requests', async () => {
    const before = machine.vends();
    await Promise.all(Array.from({ length: 20 }, () => ask({ authorization: token })));
    expect(machine.vends()).toBe(before);
  });

  it.each<[string, number, () => Promise<Answer>]>([
    ['no Authorization', 401, () => ask({})],
    ['an empty Authorization', 401, () => ask({ authorization: '' })],
    ['a wrong token', 401, () => ask({ authorization: 'x'.repeat(43) })],
    ['a token cut short', 401, () => ask({ authorization: token.slice(0, -1) })],
    ['a token with more behind it', 401, () => ask({ authorization: `${token}x` })],
    ['a token twice', 401, () => ask({ authorization: [token, token] })],
    ['a foreign Host', 403, () => ask({ authorization: token, host: 'evil.example' })],
    [
      'a foreign Host with the right port',
      403,
      () => ask({ authorization: token, host: `evil.example:${new URL(url).port}` }),
    ],
    ['the right Host with another port', 403, () => ask({ authorization: token, host: '127.0.0.1:80' })],
    ['an Origin', 403, () => ask({ authorization: token, origin: 'https://evil.example' })],
    ['its own Origin', 403, () => ask({ authorization: token, origin: new URL(url).origin })],
    ['the Origin null', 403, () => ask({ authorization: token, origin: 'null' })],
    ['X-Forwarded-For', 403, () => ask({ authorization: token, 'x-forwarded-for': '203.0.113.1' })],
    ['Forwarded', 403, () => ask({ authorization: token, forwarded: 'for=203.0.113.1' })],
    ['Via', 403, () => ask({ authorization: token, via: '1.1 proxy' })],
    ['Sec-Fetch-Site: cross-site', 403, () => ask({ authorization: token, 'sec-fetch-site': 'cross-site' })],
    ['Sec-Fetch-Site: same-origin', 403, () => ask({ authorization: token, 'sec-fetch-site': 'same-origin' })],
    ['POST', 405, () => ask({ authorization: token }, 'POST')],
    ['PUT', 405, () => ask({ authorization: token }, 'PUT')],
    ['another path', 404, () => ask({ authorization: token }, 'GET', '/')],
    ['a path with a query', 404, () => ask({ authorization: token }, 'GET', '/v1/credentials?x=1')],
  ])('SEC-SDK-06, SEC-SDK-07 refuses %s with %i and no credentials', async (_, status, call) => {
    const answer = await call();
    expect([answer.status, answer.type]).toEqual([status, 'application/json']);
    expect(answer.body).not.toMatch(/ASIA|SecretAccessKey/);
    expect(answer.body).not.toContain(token);
  });

  it('SEC-SDK-06 cannot be sent a token with a line end in it', async () => {
    await expect(async () => ask({ authorization: `${token}\r\nX: y` })).rejects.toThrow();
  });

  it('SEC-SDK-08 listens on loopback alone', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((some = []) => some)
      .find(({ internal, family }) => !internal && family === 'IPv4');
    const { port } = new URL(url);
    for (const host of ['[::1]', ...(outside === undefined ? [] : [outside.address])])
      await expect(fetch(`http://${host}:${port}/v1/credentials`)).rejects.toThrow();
  });

  it('says at once, and serves nothing, where nothing can be vended', async () => {
    const result = await runTvm(['serve', '--tenant', 'a/b'], { TVM_URL: machine.local.url });
    expect(result).toMatchObject({ code: 5, stdout: '', stderr: expect.stringMatching(/try: .+\n$/) as string });
  });
});

describe('tvm exec --server', () => {
  const environment = (): NodeJS.ProcessEnv => ({ TVM_URL: machine.local.url });

  it('gives the command an endpoint and nothing that would win over it', async () => {
    const config = join(newFolder(), 'config');
    writeFileSync(config, '[default]\nregion = eu-west-1\ncredential_process = /bin/false\n');
    const script = 'console.log(JSON.stringify(process.env))';
    const { stdout } = await runTvm(['exec', '--tenant', 'acme', '--server', '--', process.execPath, '-e', script], {
      ...environment(),
      AWS_PROFILE: 'x',
      AWS_ACCESS_KEY_ID: 'AKIAX',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_SESSION_TOKEN: 'x',
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/x',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/x',
      TVM_TOKEN: 'a.b.c',
      AWS_CONFIG_FILE: config,
    });
    const seen = JSON.parse(stdout) as Record<string, string>;
    expect(
      Object.keys(seen)
        .filter((name) => /^AWS_|^TVM_TOKEN/.test(name))
        .sort(),
    ).toEqual([
      'AWS_CONFIG_FILE',
      'AWS_CONTAINER_AUTHORIZATION_TOKEN',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_DEFAULT_REGION',
      'AWS_ENDPOINT_URL',
      'AWS_REGION',
      'AWS_SHARED_CREDENTIALS_FILE',
    ]);
    expect([seen['AWS_CONFIG_FILE'], seen['AWS_SHARED_CREDENTIALS_FILE']]).toEqual(['/dev/null', '/dev/null']);
  });

  it('lets an unmodified SDK in the command read its own and nobody else’s, and passes its exit code on', async () => {
    const bucket = machine.local.account.buckets[0]!.name;
    const read = (key: string): ReturnType<typeof runTvm> =>
      runTvm(
        [
          'exec',
          '--tenant',
          'acme',
          '--server',
          '--',
          process.execPath,
          'examples/documents/read.ts',
          `s3://${bucket}/${key}`,
        ],
        environment(),
      );
    expect(await read('acme/hello.txt')).toMatchObject({ code: 0, stdout: 'hello from acme\n' });
    expect(await read('globex/hello.txt')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('AccessDenied') as string,
    });
  });

  it('renews at RefreshAfter, with the token that the file holds by then', async () => {
    const tokens: (string | undefined)[] = [];
    // Credentials that are due after a second: no real machine vends them, and nobody wants to wait 45 minutes.
    const server = createServer((request, response) => {
      if (request.url !== '/v1/credentials') return void response.writeHead(404).end();
      tokens.push(request.headers.authorization);
      const time = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
      const document = { AccessKeyId: `ASIA${tokens.length}`, SecretAccessKey: 's', SessionToken: 't' };
      response.end(JSON.stringify({ ...document, Expiration: time(3600), RefreshAfter: time(1) }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const file = join(newFolder(), 'token');
    writeFileSync(file, 'one');
    // The built-in fetch sends no header that only browsers send.
    const script = `
      const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization } = process.env;
      const ask = async () => (await (await fetch(url, { headers: { authorization } })).json()).AccessKeyId;
      const ids = [await ask()];
      (await import('node:fs')).writeFileSync(${JSON.stringify(file)}, 'two');
      await new Promise((resolve) => setTimeout(resolve, 1200));
      ids.push(await ask());
      console.log(ids.join());`;
    const args = [
      'exec',
      '--token-file',
      file,
      '--server',
      '--',
      process.execPath,
      '--input-type=module',
      '-e',
      script,
    ];
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await runTvm(args, { TVM_URL: url })).toMatchObject({ code: 0, stdout: 'ASIA1,ASIA2\n' });
    expect(tokens).toEqual(['Bearer one', 'Bearer two']);
    server.close();
  });
});
