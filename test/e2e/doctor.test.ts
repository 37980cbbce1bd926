// tvm doctor, tvm token --decode and --break, and tvm whoami with credentials: what each says, and what it must not.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breaks } from '../../bin/commands/broken-tokens.ts';
import { newFolder, runTvm, startMachine, tvm, type Machine, type Result } from './fixtures.ts';

interface Check {
  readonly name: string;
  readonly status: string;
  readonly hint?: string;
}

let machine: Machine;

beforeAll(async () => {
  machine = await startMachine();
});

afterAll(() => machine.local.stop());

const run = (args: readonly string[], environment: NodeJS.ProcessEnv = {}, input = ''): Promise<Result> =>
  runTvm(args, { TVM_URL: machine.local.url, TVM_CACHE_DIR: join(newFolder(), 'cache'), ...environment }, input);

async function diagnose(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number; readonly checks: readonly Check[] }> {
  const { code, stdout } = await run(['doctor', '--json', ...args], environment);
  return { code, checks: (JSON.parse(stdout) as { checks: readonly Check[] }).checks };
}

const statusOf = (checks: readonly Check[], name: string): string | undefined =>
  checks.find((one) => one.name === name)?.status;

describe('tvm doctor', () => {
  it('finds nothing wrong with local mode', async () => {
    const { code, checks } = await diagnose(['--tenant', 'acme']);
    expect(code).toBe(0);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'url',
      'tls',
      'discovery',
      'clock',
      `issuer ${machine.local.issuer}`,
      'token',
      'token issuer',
      'token audience',
      'identity',
      'vend',
      'latency',
      'environment',
      'cache',
    ]);
  });

  it.each<[string, string, readonly string[], NodeJS.ProcessEnv]>([
    ['a machine that is not there', 'discovery', ['--url', 'http://127.0.0.1:9'], {}],
    ['a URL that is none', 'url', ['--url', 'http://tvm.example.com'], {}],
    ['a token that is none', 'token', [], { TVM_TOKEN: 'x' }],
    ['a set of others', 'vend', ['--tenant', 'acme', '--permission-set', 'admin'], {}],
  ])('fails for %s with exit code 3 and a hint', async (_, name, args, environment) => {
    const { code, checks } = await diagnose(args, environment);
    expect([code, statusOf(checks, name)]).toEqual([3, 'fail']);
    for (const { status, hint } of checks) if (status !== 'ok') expect(hint).toMatch(/\S/);
    const words = await run(['doctor', ...args], environment);
    expect(words.stdout).toMatch(new RegExp(`^fail  ${name}: .+\\n      try: .+$`, 'm'));
    expect(words.stderr).toMatch(/^tvm: .*failed.*\ntry: .+\n$/);
  });

  it.each([
    ['expired', { expiresIn: -300 }, 'token'],
    ['for another audience', { audience: 'https://other.example/' }, 'token audience'],
    ['of another issuer', { claims: { iss: 'https://other.example/' } }, 'token issuer'],
  ])('says what is wrong with a token that is %s', async (_, request, name) => {
    const token = await machine.local.mintToken({ tenant: 'acme', ...request });
    const { code, checks } = await diagnose([], { TVM_TOKEN: token });
    expect([code, statusOf(checks, name), statusOf(checks, 'identity')]).toEqual([3, 'fail', 'fail']);
    expect(JSON.stringify(checks)).not.toContain(token.split('.')[2]);
  });

  it('warns of what wins over the machine, and exits with 0', async () => {
    const file = join(newFolder(), 'token');
    writeFileSync(file, 'x\n');
    for (const environment of [
      { AWS_PROFILE: 'x' },
      { AWS_ACCESS_KEY_ID: 'x' },
      { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/x' },
      { AWS_ENDPOINT_URL_STS: 'https://sts.example.com' },
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    ]) {
      const { code, checks } = await diagnose(['--tenant', 'acme'], environment);
      expect([code, statusOf(checks, 'environment')]).toEqual([0, 'warn']);
    }
    const { checks } = await diagnose([], { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file });
    expect([statusOf(checks, 'token file'), statusOf(checks, 'token')]).toEqual(['warn', 'warn']);
  });

  it.each([
    [60, 0, 'warn'],
    [-3600, 3, 'fail'],
  ])('sees a clock that is %d s off', async (clockOffsetSeconds, code, status) => {
    const other = await startMachine({ clockOffsetSeconds });
    const result = await diagnose(['--url', other.local.url]);
    await other.local.stop();
    expect([result.code, statusOf(result.checks, 'clock')]).toEqual([code, status]);
  });

  it('tells no credentials and no token', async () => {
    const { stdout, stderr } = await run(['doctor', '--tenant', 'acme']);
    expect(stdout + stderr).not.toMatch(/ASIA|eyJ|Secret/);
  });
});

describe('tvm token --decode', () => {
  it('reads a token offline, says loudly that nothing is verified, and leaves the signature out', async () => {
    const token = await machine.local.mintToken({ tenant: 'acme' });
    for (const [args, input] of [
      [['token', '--decode', '-'], `${token}\n`],
      [['token', '--decode', token], ''],
    ] as const) {
      const { code, stdout, stderr } = await run(args, { TVM_URL: 'http://127.0.0.1:9' }, input);
      expect([code, stderr]).toEqual([0, expect.stringMatching(/NOT VERIFIED[\s\S]*expires in \d+ s/)]);
      expect(JSON.parse(stdout)).toMatchObject({ verified: false, header: { alg: 'RS256' }, claims: { sub: 'alice' } });
      expect(stdout).not.toContain(token.split('.')[2]);
    }
  });

  it('lets no token move the cursor', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { stdout } = await run(['token', '--decode', `${part({})}.${part({ sub: '\u001b[2J\u009b2J\u202e' })}.x`]);
    expect(stdout).toContain('\\u001b[2J\\u009b2J\\u202e');
  });

  it.each(['', 'a.b.c', 'a.b.c.d.e', 'e30.e30', 'e30.W10.x'])('refuses %j with exit code 4', async (token) => {
    expect(await run(['token', '--decode', '-'], {}, token)).toMatchObject({ code: 4, stdout: '' });
  });
});

describe('tvm token --break', () => {
  it.each(Object.entries(breaks))('%s is refused as it says', async (kind, { summary }) => {
    const { code, stdout } = await run(['token', '--tenant', 'acme', '--break', kind]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]*$/)]);
    const [, expected = ''] = /: ([a-z-]+)$/.exec(summary) ?? [];
    const refusal = await run(['credentials'], { TVM_TOKEN: stdout });
    expect(refusal).toMatchObject({ stdout: '', stderr: expect.stringContaining(`(${expected},`) as string });
  });

  it('names the kinds where there is no such one', async () => {
    expect(await run(['token', '--break', 'toString'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('alg-none | ') as string,
    });
  });
});

describe('tvm whoami with vended credentials', () => {
  const inside = (...args: readonly string[]): Promise<Result> =>
    run(['exec', '--tenant', 'acme', '--', process.execPath, tvm, 'whoami', ...args]);

  it('shows who AWS sees, by a call that a strict STS takes for well signed', async () => {
    expect((await inside()).stdout).toMatch(
      /^aws account {5}111122223333\naws session {5}arn:aws:sts::111122223333:assumed-role\/.+\/acme@alice\n$/,
    );
    const both = JSON.parse((await inside('--tenant', 'globex', '--json')).stdout) as Record<string, unknown>;
    expect(both).toMatchObject({ Tenant: 'globex', CallerIdentity: { Account: '111122223333' } });
  });

  it('lets what the machine said stand where AWS refuses', async () => {
    const environment = {
      AWS_ACCESS_KEY_ID: 'ASIAX',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_SESSION_TOKEN: 'y',
      AWS_ENDPOINT_URL: machine.local.aws,
    };
    expect(await run(['whoami', '--tenant', 'acme'], environment)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^tenant +acme\n/) as string,
      stderr: expect.stringMatching(/InvalidClientTokenId\ntry: /) as string,
    });
    expect((await run(['whoami'], environment)).code).toBe(7);
  });
});
