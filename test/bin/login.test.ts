// tvm login, --login and tvm logout as processes against a strict OpenID provider and local mode.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bareEnvironment, newFolder, runTvm, startMachine, tvm, type Machine, type Result } from '../e2e/fixtures.ts';
import { startProvider, type Provider } from './oidc-provider.ts';

let machine: Machine;
let provider: Provider;
let state: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  machine = await startMachine();
});

afterAll(() => machine.local.stop());

beforeEach(async () => {
  provider = await startProvider();
  provider.script.accessToken = () => machine.local.mintToken({ tenant: 'acme', subject: 'alice' });
  const folder = newFolder();
  state = join(folder, 'logins');
  environment = {
    TVM_URL: machine.local.url,
    TVM_STATE_DIR: state,
    TVM_CACHE_DIR: join(folder, 'cache'),
    // No opener, and no bus to a keychain of the person who runs the tests.
    PATH: '/nonexistent',
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus',
  };
});

afterEach(() => provider.stop());

/** What a person at a browser does with the address that is printed; resolves with what the browser shows last. */
type Person = (address: string) => Promise<unknown>;

const goThrough: Person = async (address) => (await fetch(address)).text();

/** Runs `tvm login` and lets the person go to the first address that it prints. */
function logIn(args: readonly string[], person: Person = goThrough): Promise<Result & { readonly shown: unknown }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [tvm, 'login', ...args], { env: { ...bareEnvironment, ...environment } });
    let [stdout, stderr, went] = ['', '', false];
    let shown: Promise<unknown> = Promise.resolve(undefined);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
      const [, address] = /^ {2}(http\S+)\n/m.exec(stderr) ?? [];
      if (address === undefined || went) return;
      went = true;
      shown = person(address).catch((cause: unknown) => cause);
    });
    child.on('close', (code) => {
      void shown.then((page) => resolve({ code: code ?? -1, stdout, stderr, shown: page }));
    });
  });
}

const first = (name = 'work'): readonly string[] => [name, '--issuer', provider.issuer, '--client-id', 'tvm-cli'];
const run = (...args: readonly string[]): Promise<Result> => runTvm(args, environment);
const files = (): readonly string[] => readdirSync(state);
const stored = (): Record<string, unknown> =>
  JSON.parse(
    readFileSync(
      join(
        state,
        files().find((name) => name.endsWith('.json'))!,
      ),
      'utf8',
    ),
  ) as Record<string, unknown>;
/** As if the token had been over for a while. */
function age(): void {
  const file = join(
    state,
    files().find((name) => name.endsWith('.json'))!,
  );
  writeFileSync(file, JSON.stringify({ ...stored(), expiresAt: Date.now() - 1 }));
}
const asked = (path: string): readonly Readonly<Record<string, string>>[] =>
  provider.asked.filter((one) => one.path === path).map(({ parameters }) => parameters);

describe('tvm login with a browser', () => {
  it('gives a login that every command takes', async () => {
    const { code, stdout, stderr, shown } = await logIn(first());
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/logged in as work, renewed by itself; the refresh token is in a private file\ntry: /);
    expect(shown).toContain('You can close this window');
    expect((await run('whoami', '--login', 'work')).stdout).toMatch(/^tenant +acme\nsubject +alice\n/);
    expect(JSON.parse((await run('credentials', '--login', 'work')).stdout)).toMatchObject({ Tenant: 'acme' });
    expect((await runTvm(['whoami'], { ...environment, TVM_LOGIN: 'work' })).stdout).toMatch(/^tenant +acme\n/);
  });

  it('asks with PKCE, a state and a nonce that are new each time, and the scope and audience asked for', async () => {
    await logIn([...first(), '--audience', 'api', '--scope', 'openid email']);
    await logIn(['work']);
    const [one, two] = asked('/authorize');
    expect(one).toMatchObject({
      response_type: 'code',
      client_id: 'tvm-cli',
      scope: 'openid email',
      audience: 'api',
      code_challenge_method: 'S256',
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/) as string,
    });
    // The second took issuer, client, scope and audience from the first.
    expect(two).toMatchObject({ scope: 'openid email', audience: 'api' });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(one![name]!.length).toBeGreaterThanOrEqual(43);
      expect(two![name]).not.toBe(one![name]);
    }
  });

  it('keeps what it got in a 0600 file in a 0700 folder, and tells nothing of it', async () => {
    const { stdout, stderr } = await logIn([...first(), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ login: 'work', issuer: provider.issuer, keptIn: 'file' });
    expect(statSync(state).mode & 0o777).toBe(0o700);
    for (const name of files()) expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
    const { token, refreshToken } = stored() as { readonly token: string; readonly refreshToken: string };
    for (const secret of [token, token.split('.')[2]!, refreshToken]) expect(stdout + stderr).not.toContain(secret);
  });

  it('sends the ID token where that is asked for', async () => {
    await logIn([...first(), '--use', 'id']);
    const [, payload] = String(stored()['token']).split('.');
    expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({ aud: 'tvm-cli' });
  });

  it('lets nobody else end the wait: other paths, methods, hosts and states are refused', async () => {
    const answers: unknown[] = [];
    const { code } = await logIn(first(), async (address) => {
      const back = new URL(new URL(address).searchParams.get('redirect_uri')!);
      const state = new URL(address).searchParams.get('state')!;
      const knock = async (path: string, init: RequestInit = {}): Promise<void> =>
        void answers.push((await fetch(new URL(path, back), init)).status);
      await knock('/');
      await knock('/favicon.ico');
      await knock('/callback');
      await knock('/callback?code=x&state=wrong');
      await knock(`/callback?code=x&state=${state}&state=${state}`);
      await knock(`/callback?code=x&state=${state}`, { method: 'POST' });
      return goThrough(address);
    });
    expect(answers).toEqual([404, 404, 400, 400, 400, 405]);
    expect(code).toBe(0);
  });

  it('answers one request only', async () => {
    let again: unknown;
    await logIn(first(), async (address) => {
      const response = await fetch(address);
      again = await fetch(response.url).catch(() => 'refused');
    });
    expect(again).toBe('refused');
  });

  it('opens the browser with one argument, whatever the issuer put into the address', async () => {
    const tools = newFolder();
    const seen = join(tools, 'seen');
    const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
    writeFileSync(join(tools, opener), `#!/bin/sh\nprintf '%s\\n' "$#" "$1" > '${seen}'\n`);
    chmodSync(join(tools, opener), 0o755);
    environment = { ...environment, PATH: tools };
    provider.script.metadata = (document) => ({
      ...document,
      authorization_endpoint: `${provider.issuer}/authorize?x=$(touch%20${seen}2)&y=\`id\``,
    });
    const { stderr } = await logIn(first());
    const [, address] = /^ {2}(http\S+)\n/m.exec(stderr) ?? [];
    await expect.poll(() => existsSync(seen)).toBe(true);
    await expect.poll(() => readFileSync(seen, 'utf8')).toBe(`1\n${address!}\n`);
    expect(existsSync(`${seen}2`)).toBe(false);
  });

  it.each<[string, RegExp, (script: Provider['script']) => void]>([
    ['a person who does not allow it', /access_denied/, (script) => (script.denial = 'access_denied')],
    [
      'an ID token for another login',
      /OAUTH_JWT_CLAIM_COMPARISON_FAILED/,
      (script) => (script.idClaims = (claims) => ({ ...claims, nonce: 'another' })),
    ],
    [
      'an ID token for another client',
      /OAUTH_JWT_CLAIM_COMPARISON_FAILED/,
      (script) => (script.idClaims = (claims) => ({ ...claims, aud: 'another' })),
    ],
    ['an access token that is no JWT', /no JWT/, (script) => (script.accessToken = () => 'opaque')],
  ])('keeps nothing after %s', async (_, words, change) => {
    change(provider.script);
    const { code, stdout, stderr } = await logIn(first());
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/\ntry: .+\n$/);
    expect(files().filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  it.each<[string, (document: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>]>([
    ['calls itself by another name', (document) => ({ ...document, issuer: 'https://other.example.com' })],
    [
      'names a token endpoint in clear text',
      (document) => ({ ...document, token_endpoint: 'http://idp.example.com/t' }),
    ],
    ['names a page that is no page', (document) => ({ ...document, authorization_endpoint: 'file:///etc/passwd' })],
  ])('refuses an issuer that %s', async (_, metadata) => {
    provider.script.metadata = metadata;
    const { code, stderr } = await logIn(first());
    expect(code).toBe(3);
    expect(stderr).toMatch(/^tvm: the issuer .+\ntry: .+\n$/);
    expect(asked('/authorize')).toEqual([]);
  });

  it('waits no longer than it is told', async () => {
    const { code, stderr } = await logIn([...first(), '--wait', '1'], async () => undefined);
    expect([code, stderr]).toEqual([4, expect.stringMatching(/nobody logged in in time\ntry: /) as string]);
  });

  it.each<[string, number, readonly string[]]>([
    ['no name', 2, []],
    ['a name that is a path', 2, ['../x', '--issuer', 'https://a.example', '--client-id', 'x']],
    ['no issuer', 2, ['work']],
    ['an issuer in clear text', 2, ['work', '--issuer', 'http://idp.example.com', '--client-id', 'x']],
    ['a redirect to elsewhere', 2, ['work', '--redirect-uri', 'http://192.0.2.1:80/callback']],
    ['a redirect in another scheme', 2, ['work', '--redirect-uri', 'https://127.0.0.1:80/callback']],
    ['an unknown kind of token', 2, ['work', '--use', 'refresh']],
  ])('refuses %s with exit code %i', async (_, code, args) => {
    const more = args.some((arg) => /^--(?:redirect|use)/.test(arg)) ? first().slice(1) : [];
    const result = await logIn([...args, ...more]);
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/\ntry: .+\n$/) as string });
    expect(asked('/authorize')).toEqual([]);
  });

  it('does not use a folder that others can read', async () => {
    const open = newFolder();
    chmodSync(open, 0o755);
    writeFileSync(join(open, 'mine'), '');
    environment = { ...environment, TVM_STATE_DIR: open };
    const { code, stderr } = await logIn(first());
    expect([code, stderr]).toEqual([3, expect.stringMatching(/is open to other users\ntry: TVM_STATE_DIR/) as string]);
  });
});

describe('tvm login with a device code', () => {
  const noBrowser: Person = async () => undefined;

  it('asks again until the person is done, and slower when told so', async () => {
    provider.script.deviceAnswers = ['authorization_pending', 'slow_down', 'authorization_pending'];
    const { code, stderr } = await logIn([...first(), '--device'], noBrowser);
    expect(code).toBe(0);
    expect(stderr).toMatch(/\/activate\n\nand type in this code: WDJB-MJHT\n/);
    expect(asked('/token').length).toBe(4);
    expect((await run('whoami', '--login', 'work')).stdout).toMatch(/^tenant +acme\n/);
  }, 40_000);

  it.each(['access_denied', 'expired_token'])('ends with %s', async (error) => {
    provider.script.deviceAnswers = [error];
    const { code, stderr } = await logIn([...first(), '--device'], noBrowser);
    expect([code, stderr]).toEqual([4, expect.stringMatching(/\ntry: run it again/) as string]);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['a code that moves the cursor', { user_code: 'A\u001b[2J' }],
    ['an address that is no page', { verification_uri: 'file:///etc/passwd' }],
    ['an address in clear text', { verification_uri: 'http://idp.example.com/activate' }],
  ])('shows nobody %s', async (_, device) => {
    provider.script.device = device;
    const { code, stderr } = await logIn([...first(), '--device'], noBrowser);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^tvm: the issuer answered with an odd address or code\ntry: .+\n$/);
  });

  it('says so where the issuer has none', async () => {
    provider.script.metadata = ({ device_authorization_endpoint: _, ...rest }) => rest;
    expect(await logIn([...first(), '--device'], noBrowser)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/has no device login\ntry: tvm login without --device/) as string,
    });
  });
});

describe('a login', () => {
  it('is not renewed while its token is good', async () => {
    await logIn(first());
    await run('whoami', '--login', 'work');
    expect(provider.refreshed()).toBe(0);
  });

  it('is renewed silently, and its new refresh token kept', async () => {
    await logIn(first());
    const before = stored();
    age();
    expect(await run('whoami', '--login', 'work')).toMatchObject({ code: 0, stderr: '' });
    age();
    expect(await run('whoami', '--login', 'work')).toMatchObject({ code: 0, stderr: '' });
    expect([provider.refreshed(), provider.reused()]).toEqual([2, 0]);
    expect(stored()).toMatchObject({ id: before['id'], issuer: provider.issuer, clientId: 'tvm-cli', keptIn: 'file' });
    expect(stored()['refreshToken']).not.toBe(before['refreshToken']);
  });

  it('keeps its refresh token where the issuer does not rotate', async () => {
    provider.script.rotates = false;
    await logIn(first());
    const before = stored();
    for (let count = 0; count < 2; count += 1) {
      age();
      expect((await run('whoami', '--login', 'work')).code).toBe(0);
    }
    expect(stored()['refreshToken']).toBe(before['refreshToken']);
  });

  it('spends a refresh token once, however many processes renew at the same time', async () => {
    await logIn(first());
    age();
    provider.script.refreshDelay = 400;
    const results = await Promise.all(Array.from({ length: 6 }, () => run('whoami', '--login', 'work')));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect([provider.refreshed(), provider.reused()]).toEqual([1, 0]);
  });

  it('that the issuer has ended tells to log in again, and tells nothing else', async () => {
    await logIn(first());
    const { refreshToken } = stored() as { readonly refreshToken: string };
    age();
    await fetch(`${provider.issuer}/revoke`, { method: 'POST', body: new URLSearchParams({ token: refreshToken }) });
    const { code, stdout, stderr } = await run('credential-process', '--login', 'work');
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toBe('tvm: the login work is over: the issuer does not renew it any more\ntry: tvm login work\n');
  });

  it('without a refresh token says when it ends, and then to log in again', async () => {
    provider.script.refreshTokens = false;
    expect((await logIn(first())).stderr).toMatch(/good until \d{4}-.+Z: the issuer gave no refresh token/);
    expect((await run('whoami', '--login', 'work')).code).toBe(0);
    age();
    expect((await run('whoami', '--login', 'work')).stderr).toMatch(/is over: .+\ntry: tvm login work\n$/);
  });

  it('that cannot be renewed because of an outage is not called over', async () => {
    await logIn(first());
    age();
    await provider.stop();
    const { code, stderr } = await run('whoami', '--login', 'work');
    expect(code).toBe(3);
    expect(stderr).toMatch(/cannot be used: ECONNREFUSED\ntry: /);
    expect(stored()['refreshToken']).toBeTypeOf('string');
  });

  it('feeds credential-process, which asks for no token while it has credentials', async () => {
    await logIn(first());
    const before = machine.vends();
    const once = await run('credential-process', '--login', 'work');
    expect(JSON.parse(once.stdout)).toMatchObject({ Version: 1 });
    age();
    expect((await run('credential-process', '--login', 'work')).stdout).toBe(once.stdout);
    expect([machine.vends() - before, provider.refreshed()]).toEqual([1, 0]);
  });

  it('of another person under the same name gets nothing that was kept for the one before', async () => {
    await logIn(first());
    const acme = await run('credential-process', '--login', 'work');
    provider.script.accessToken = () => machine.local.mintToken({ tenant: 'globex', subject: 'gina' });
    await logIn(['work']);
    const globex = await run('credential-process', '--login', 'work');
    expect(JSON.parse(globex.stdout)).toMatchObject({ Version: 1 });
    expect(globex.stdout).not.toBe(acme.stdout);
    expect((await run('whoami', '--login', 'work')).stdout).toMatch(/^tenant +globex\n/);
  });

  it('that was never made tells how to make it', async () => {
    expect(await run('whoami', '--login', 'home')).toMatchObject({
      code: 4,
      stderr: 'tvm: there is no login "home"\ntry: tvm login home --issuer URL --client-id ID\n',
    });
  });

  it('is named by a profile, never written into it', async () => {
    await logIn(first());
    const config = join(newFolder(), 'config');
    await runTvm(['configure', 'acme', '--login', 'work'], { ...environment, AWS_CONFIG_FILE: config });
    expect(readFileSync(config, 'utf8')).toMatch(/ credential-process --url=\S+ --login=work\n/);
  });
});

describe('tvm logout', () => {
  it('forgets the login and has the issuer take the refresh token back', async () => {
    await logIn(first());
    const { refreshToken } = stored() as { readonly refreshToken: string };
    expect(await run('logout', 'work')).toMatchObject({ code: 0, stdout: '' });
    expect(asked('/revoke')).toEqual([
      expect.objectContaining({ token: refreshToken, token_type_hint: 'refresh_token' }) as object,
    ]);
    expect(files()).toEqual([]);
    expect((await run('credential-process', '--login', 'work')).code).toBe(4);
  });

  it('works without the issuer, and without a login', async () => {
    await logIn(first());
    await provider.stop();
    const { stdout } = await run('logout', 'work', '--json');
    expect(JSON.parse(stdout)).toEqual({ login: 'work', forgotten: true, revoked: false });
    expect(JSON.parse((await run('logout', 'work', '--json')).stdout)).toMatchObject({ forgotten: false });
    expect(files()).toEqual([]);
  });
});
