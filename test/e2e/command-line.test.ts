// The built command line as a person or a script runs it: what goes to which stream, what comes back as exit code.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Ready {
  readonly url: string;
  readonly issuer: string;
  readonly aws: string;
  readonly tenants: readonly { readonly tenant: string; readonly subject: string; readonly token: string }[];
  readonly configuration: { readonly permissionSets: object };
}

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const tvm = 'dist/bin/tvm.js';
const folder = mkdtempSync(join(tmpdir(), 'tvm-test-'));
let dev: ChildProcess;
let ready: Ready;

function startDev(...args: readonly string[]): { readonly child: ChildProcess; readonly line: Promise<string> } {
  const child = spawn(process.execPath, [tvm, 'dev', '--port', '0', '--aws-port', '0', '--quiet', '--json', ...args]);
  const line = new Promise<string>((resolve, reject) => {
    let text = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    child.on('exit', (code) => reject(new Error(`tvm dev ended with ${code ?? 'a signal'}: ${errors}`)));
  });
  return { child, line };
}

beforeAll(async () => {
  const { child, line } = startDev();
  dev = child;
  ready = JSON.parse(await line) as Ready;
});

afterAll(() => {
  dev.removeAllListeners('exit');
  dev.kill();
});

function run(args: readonly string[], environment: Record<string, string> = {}, input = ''): Promise<Result> {
  return new Promise((resolve) => {
    const env = { ...process.env, TVM_URL: ready.url, TVM_TOKEN: '', ...environment };
    const child = execFile(process.execPath, [tvm, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

const acme = (): string => ready.tenants.find(({ tenant }) => tenant === 'acme')!.token;

describe('tvm dev', () => {
  it('prints one line of JSON with everything a script needs', () => {
    expect(ready.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(ready.issuer).toBe(`${ready.url}/oidc`);
    expect(ready.tenants.map(({ tenant, subject }) => `${tenant}/${subject}`)).toEqual([
      'acme/alice',
      'acme/bob',
      'globex/gina',
    ]);
    expect(Object.keys(ready.configuration.permissionSets)).toEqual(['documents']);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stops cleanly on %s', async (signal) => {
    const { child, line } = startDev();
    await line;
    child.removeAllListeners('exit');
    const code = await new Promise((resolve) => {
      child.on('exit', resolve);
      child.kill(signal);
    });
    expect(code).toBe(0);
  });

  it('says which port is taken', async () => {
    const { code, stderr } = await run(['dev', '--port', new URL(ready.url).port, '--aws-port', '0']);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/port \d+ is taken[\s\S]*try: /)]);
  });

  it('runs a configuration of its own, with roles and buckets made for it', async () => {
    const file = join(folder, 'config.json');
    const config = {
      issuers: [
        { name: 'corp', issuer: 'https://corp.example.com/', audiences: ['x'], tenant: { claim: ['org', 'id'] } },
      ],
      permissionSets: {
        reports: {
          roleArn: 'arn:aws:iam::111122223333:role/reports',
          statements: [
            { Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::report-bucket/r/{{tenant}}/*' },
          ],
        },
      },
    };
    writeFileSync(file, JSON.stringify(config));
    const { child, line } = startDev('--config', file);
    const own = JSON.parse(await line) as Ready;
    const read = (key: string): Promise<Result> =>
      run(
        ['exec', '--tenant', 'acme', '--', process.execPath, 'examples/documents/read.ts', `s3://report-bucket/${key}`],
        { TVM_URL: own.url },
      );
    expect(await read('r/acme/hello.txt')).toMatchObject({ code: 0, stdout: 'hello from acme\n' });
    expect(await read('r/globex/hello.txt')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('AccessDenied') as string,
    });
    child.removeAllListeners('exit');
    child.kill();
  });

  it('names every issue of a bad configuration', async () => {
    const file = join(folder, 'bad.json');
    writeFileSync(file, '{"issuers":[],"permissionSets":{},"extra":1}');
    const { code, stderr } = await run(['dev', '--port', '0', '--aws-port', '0', '--config', file]);
    expect(code).toBe(3);
    for (const pointer of ['/extra', '/issuers', '/permissionSets']) expect(stderr).toContain(pointer);
  });
});

describe('tvm exec', () => {
  const reader = ['--', process.execPath, 'examples/documents/read.ts'];
  let bucket = '';

  beforeAll(() => {
    bucket = /arn:aws:s3:::([^/"]+)/.exec(JSON.stringify(ready.configuration))![1]!;
  });

  it("lets a tenant read its own object and not another tenant's", async () => {
    expect(await run(['exec', '--tenant', 'acme', ...reader, `s3://${bucket}/acme/hello.txt`])).toMatchObject({
      code: 0,
      stdout: 'hello from acme\n',
    });
    const denied = await run(['exec', '--tenant', 'acme', ...reader, `s3://${bucket}/globex/hello.txt`]);
    expect(denied).toMatchObject({ code: 1, stdout: '' });
    expect(denied.stderr).toContain('because no session policy allows the s3:GetObject action');
  });

  it('passes the exit code of the command on', async () => {
    expect((await run(['exec', '--tenant', 'acme', '--', process.execPath, '-e', 'process.exit(42)'])).code).toBe(42);
  });

  it('gives the command credentials and no token, profile or other provider that would win', async () => {
    const script =
      'console.log(JSON.stringify(Object.keys(process.env).filter((name) => /^AWS_|^TVM_TOKEN/.test(name)).sort()))';
    const shadows = {
      AWS_PROFILE: 'x',
      AWS_WEB_IDENTITY_TOKEN_FILE: 'x',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'x',
      TVM_TOKEN: acme(),
    };
    const { stdout } = await run(['exec', '--', process.execPath, '-e', script], shadows);
    const names = JSON.parse(stdout) as string[];
    expect(names).toEqual(
      expect.arrayContaining([
        'AWS_ACCESS_KEY_ID',
        'AWS_ENDPOINT_URL',
        'AWS_REGION',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
      ]),
    );
    for (const shadow of Object.keys(shadows)) expect(names).not.toContain(shadow);
  });

  it('says which command it cannot find, and that one is missing', async () => {
    expect(await run(['exec', '--tenant', 'acme', '--', 'no-such-command'])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('no-such-command') as string,
    });
    expect((await run(['exec', '--tenant', 'acme'])).code).toBe(2);
  });
});

describe('tvm credentials', () => {
  it.each([
    ['json', /^\{"Version":1,"AccessKeyId":"ASIA\w+"/],
    [
      'process',
      /^\{"Version":1,"AccessKeyId":"ASIA\w+","SecretAccessKey":"[^"]+","SessionToken":"[^"]+","Expiration":"[^"]+Z","AccountId":"111122223333"\}\n$/,
    ],
    [
      'env',
      /^export AWS_ACCESS_KEY_ID='ASIA\w+'\nexport AWS_SECRET_ACCESS_KEY='[^']+'\nexport AWS_SESSION_TOKEN='[^']+'\n$/,
    ],
    ['fish', /^set -gx AWS_ACCESS_KEY_ID 'ASIA/],
    ['powershell', /^\$Env:AWS_ACCESS_KEY_ID = 'ASIA/],
    ['cmd', /^set "AWS_ACCESS_KEY_ID=ASIA/],
    ['ini', /^\[default\]\naws_access_key_id = ASIA\w+\naws_secret_access_key = \S+\naws_session_token = \S+\n$/],
    ['dotenv', /^AWS_ACCESS_KEY_ID="ASIA/],
  ])('prints %s and nothing else', async (format, expected) => {
    expect(await run(['credentials', '--tenant', 'acme', '--format', format])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(expected) as string,
    });
  });

  it('takes the token from a file with a new line, from standard input, from a command and from the environment', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, `${acme()}\n`);
    expect((await run(['credentials', '--token-file', file])).code).toBe(0);
    expect((await run(['credentials', '--token-file', '-'], {}, acme())).code).toBe(0);
    expect((await run(['credentials', '--token-command', `cat ${file}`])).code).toBe(0);
    expect((await run(['credentials'], { TVM_TOKEN: acme() })).code).toBe(0);
    expect((await run(['credentials'], { TVM_TOKEN_FILE: file })).code).toBe(0);
  });

  it.each<[string, number, () => Promise<Result>]>([
    ['no command', 2, () => run([])],
    ['an unknown command', 2, () => run(['credentialz'])],
    ['an unknown option', 2, () => run(['credentials', '--tenent', 'acme'])],
    ['an argument that belongs nowhere', 2, () => run(['credentials', 'acme'])],
    ['an unknown format', 2, () => run(['credentials', '--tenant', 'acme', '--format', 'xml'])],
    ['a duration out of range', 2, () => run(['credentials', '--tenant', 'acme', '--duration', '60'])],
    ['a plain http URL', 2, () => run(['credentials', '--url', 'http://tvm.example.com', '--token-file', 'x'])],
    [
      'a machine that is not there',
      3,
      () => run(['credentials', '--url', 'http://127.0.0.1:9', '--token-file', '-'], {}, 'a.b.c'),
    ],
    ['no token', 4, () => run(['credentials'])],
    ['a token file that is not there', 4, () => run(['credentials', '--token-file', join(folder, 'none')])],
    ['a token nobody accepts', 4, () => run(['credentials'], { TVM_TOKEN: 'a.b.c' })],
    ['a permission set of others', 5, () => run(['credentials', '--tenant', 'acme', '--permission-set', 'admin'])],
    ['a tenant outside the grammar', 5, () => run(['credentials', '--tenant', 'a/b'])],
  ])('refuses %s with exit code %i, no output and a hint', async (_, code, call) => {
    const result = await call();
    expect(result.code).toBe(code);
    expect(result.stdout).toMatch(code === 2 && result.stdout !== '' ? /^tvm: / : /^$/);
    if (result.stdout === '') expect(result.stderr).toMatch(/^tvm: [\s\S]+\ntry: .+\n$/);
    expect(result.stderr).not.toMatch(/eyJ|at .*\.ts:|node_modules/);
  });
});

describe('tvm token and whoami', () => {
  it('prints a token without a new line, and with the claims asked for', async () => {
    const { stdout } = await run([
      'token',
      '--tenant',
      'acme',
      '--subject',
      'bob',
      '--claim',
      'plan=gold',
      '--claim',
      'seats=5',
      '--expires-in',
      '5m',
    ]);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    const claims = JSON.parse(Buffer.from(stdout.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
    expect(claims).toMatchObject({ sub: 'bob', plan: 'gold', seats: 5 });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(300);
  });

  it('makes an expired token, which is refused', async () => {
    const { stdout } = await run(['token', '--tenant', 'acme', '--expires-in', '-5m']);
    expect(await run(['credentials'], { TVM_TOKEN: stdout })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('token-expired') as string,
    });
  });

  it('tells people and programs who the token is', async () => {
    expect((await run(['whoami', '--tenant', 'globex', '--subject', 'gina'])).stdout).toMatch(
      /^tenant +globex\nsubject +gina\nissuer .*\npermission sets documents\n/,
    );
    expect(JSON.parse((await run(['whoami', '--json', '--tenant', 'globex'])).stdout)).toMatchObject({
      Tenant: 'globex',
      PermissionSets: ['documents'],
    });
  });

  it('helps', async () => {
    for (const command of ['dev', 'token', 'credentials', 'exec', 'whoami']) {
      expect(await run([command, '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`tvm ${command}: `) as string,
      });
    }
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect((await run(['--version'])).stdout).toBe(`${version}\n`);
  });
});

describe('tvm prove, policy and explain', () => {
  const leaky = (): string => {
    const file = join(folder, 'leaky.json');
    const statement = { Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::docs/{{tenant}}*' };
    const issuer = { name: 'idp', issuer: 'https://idp.example.com/', audiences: ['api'], tenant: { claim: 'tenant' } };
    const config = {
      issuers: [issuer],
      permissionSets: { docs: { roleArn: 'arn:aws:iam::111122223333:role/docs', statements: [statement] } },
    };
    writeFileSync(file, JSON.stringify(config));
    return file;
  };

  it('proves the app behind both walls', async () => {
    const { code, stdout } = await run(['prove', '--format', 'json']);
    const proof = JSON.parse(stdout) as {
      verdict: string;
      permissionSets: { findings: { wall: string; verdict: string }[] }[];
    };
    expect([code, proof.verdict]).toEqual([0, 'PROVED']);
    expect(new Set(proof.permissionSets.flatMap(({ findings }) => findings.map(({ wall }) => wall)))).toEqual(
      new Set(['session', 'role']),
    );
  });

  it.each([
    ['table', /LEAK[\s\S]*tenant `a` could use s3:GetObject on `arn:aws:s3:::docs\/aa` of tenant `aa`/],
    ['json', /"witness":\{"tenants":\["aa","a"\],"request":\{"action":"s3:GetObject"/],
    ['junit', /<testsuites name="tvm prove">[\s\S]*<failure type="LEAK"/],
    ['sarif', /"version":"2\.1\.0"[\s\S]*"ruleId":"LEAK"/],
  ])('exits with 6 and shows the witness as %s', async (format, expected) => {
    expect(await run(['prove', '--config', leaky(), '--format', format])).toMatchObject({
      code: 6,
      stdout: expect.stringMatching(expected) as string,
    });
  });

  it('renders, measures and lints without a machine', async () => {
    const { stdout } = await run([
      'policy',
      'render',
      '--config',
      leaky(),
      '--permission-set',
      'docs',
      '--tenant',
      'acme',
      '--subject',
      'alice',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      Version: '2012-10-17',
      Statement: [{ Resource: 'arn:aws:s3:::docs/acme*' }, { Effect: 'Deny' }],
    });
    expect((await run(['policy', 'render', '--config', leaky(), '--tenant', 'a/b'])).code).toBe(2);
    expect((await run(['policy', 'size', '--config', leaky()])).stdout).toMatch(/^docs +\d+ of 2048 characters/);
    expect((await run(['policy', 'lint', '--config', leaky()])).code).toBe(0);
    expect((await run(['policy', 'shred'])).code).toBe(2);
  });

  it("explains an allowed and a denied request, and AWS's own words", async () => {
    const bucket = /arn:aws:s3:::([^/"]+)/.exec(JSON.stringify(ready.configuration))![1]!;
    const ask = (key: string): Promise<Result> =>
      run(['explain', '--tenant', 'acme', '--action', 's3:GetObject', '--resource', `arn:aws:s3:::${bucket}/${key}`]);
    expect((await ask('acme/x')).stdout).toMatch(
      /session policy +allowed by[\s\S]*role policy +allowed by[\s\S]*outcome +allowed/,
    );
    expect((await ask('globex/x')).stdout).toMatch(
      /session policy +implicitly denied\n +statement 0: Resource \["[^"]+\/acme\/\*"\] does not match[\s\S]*outcome +implicitly denied/,
    );
    const message = `AccessDenied: User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::${bucket}/globex/hello.txt" because no session policy allows the s3:GetObject action`;
    expect((await run(['explain', '--tenant', 'acme'], {}, message)).stdout).toContain(
      'outcome         implicitly denied',
    );
    expect((await run(['explain', '--tenant', 'acme'], {}, 'hello')).code).toBe(2);
  });
});
