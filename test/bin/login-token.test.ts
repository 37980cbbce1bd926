// How a login is kept: in the keychain where one takes it, else in the file; and never renewed without the lock.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withLock } from '../../bin/cache/lock.ts';
import { openerOf, isOpenable } from '../../bin/login/browser.ts';
import { openKeychain, type Keychain } from '../../bin/login/keychain.ts';
import { loginKey, readLogin, type LoginChoice } from '../../bin/login/login-file.ts';
import { loginFolder } from '../../bin/login/login-folder.ts';
import { forgetLogin, keepLogin, loginToken } from '../../bin/login/login-token.ts';
import { newFolder } from '../e2e/fixtures.ts';
import { startProvider, type Provider } from './oidc-provider.ts';

const choice: LoginChoice = { issuer: 'https://idp.example.com', clientId: 'c', scope: 'openid', use: 'access' };
const issued = { token: 'a.b.c', lifetime: 3_600_000, refreshToken: 'refresh-1' };

/** A keychain in memory. */
function fakeKeychain(change: Partial<Keychain> = {}): Keychain & { readonly secrets: Map<string, string> } {
  const secrets = new Map<string, string>();
  return {
    secrets,
    read: async (account) => secrets.get(account),
    write: async (account, secret) => void secrets.set(account, secret),
    remove: async (account) => void secrets.delete(account),
    ...change,
  };
}

let folder: string;

beforeEach(() => {
  folder = newFolder();
  vi.stubEnv('TVM_STATE_DIR', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const fileText = (): string => readFileSync(join(folder, `${loginKey('work')}.json`), 'utf8');

describe('a refresh token', () => {
  it('is in the keychain alone, where there is one', async () => {
    const keychain = fakeKeychain();
    const { id, keptIn } = await keepLogin(folder, 'work', choice, issued, async () => keychain);
    expect([keptIn, [...keychain.secrets]]).toEqual(['keychain', [[id, 'refresh-1']]]);
    expect(fileText()).not.toContain('refresh-1');
  });

  it.each<[string, () => Promise<Keychain | undefined>]>([
    ['without a keychain', async () => undefined],
    [
      'that the keychain does not take',
      async () => fakeKeychain({ write: () => Promise.reject(new TypeError('locked')) }),
    ],
  ])('%s is in the file', async (_, open) => {
    expect(await keepLogin(folder, 'work', choice, issued, open)).toMatchObject({
      keptIn: 'file',
      refreshToken: 'refresh-1',
    });
    expect(readLogin(folder, 'work')).toMatchObject({ refreshToken: 'refresh-1', token: 'a.b.c' });
  });

  it('leaves keychain and folder with the login', async () => {
    const keychain = fakeKeychain();
    await keepLogin(folder, 'work', choice, issued, async () => keychain);
    expect(await forgetLogin(folder, 'work', async () => keychain)).toMatchObject({ refreshToken: 'refresh-1' });
    expect([keychain.secrets.size, readdirSync(folder)]).toEqual([0, []]);
  });

  it('in the keychain is renewed there, once, and never written to the file', async () => {
    const provider = await startProvider();
    try {
      const keychain = fakeKeychain();
      const { id } = await logInTo(provider, keychain);
      const before = keychain.secrets.get(id);
      await Promise.all([1, 2, 3].map(() => loginToken('work', async () => keychain)));
      expect([provider.refreshed(), provider.reused()]).toEqual([1, 0]);
      expect(keychain.secrets.get(id)).not.toBe(before);
      expect(fileText()).not.toContain(keychain.secrets.get(id)!);
    } finally {
      await provider.stop();
    }
  });

  it.each<[string, number, Keychain | undefined]>([
    ['that is not installed any more', 3, undefined],
    ['that is locked', 3, fakeKeychain({ read: () => Promise.reject(new TypeError('locked')) })],
    ['that has forgotten it', 4, fakeKeychain()],
  ])('in a keychain %s ends with what to do', async (_, exitCode, later) => {
    await keepLogin(folder, 'work', choice, { ...issued, lifetime: 0 }, async () => fakeKeychain());
    await expect(loginToken('work', async () => later)).rejects.toMatchObject({
      exitCode,
      hint: expect.stringMatching(/keyring|no-keychain|tvm login work/) as string,
    });
  });

  it('is not spent without the lock', async () => {
    const provider = await startProvider();
    try {
      await logInTo(provider, fakeKeychain());
      // A name of a folder that is none: no lock can be made in it.
      const late = withLock<string>(
        join(folder, 'missing'),
        'k',
        () => undefined,
        async () => 'spent',
        async () => 'refused',
      );
      expect(await late).toBe('refused');
    } finally {
      await provider.stop();
    }
  });

  it('is not spent while a process that lives holds the lock', async () => {
    const provider = await startProvider();
    try {
      const keychain = fakeKeychain();
      await logInTo(provider, keychain);
      writeFileSync(join(folder, `${loginKey('work')}.lock`), JSON.stringify({ host: hostname(), pid: process.pid }), {
        mode: 0o600,
      });
      const waiting = loginToken('work', async () => keychain).catch(() => 'failed');
      const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(() => resolve('waits'), 1_000))]);
      expect([first, provider.refreshed()]).toEqual(['waits', 0]);
      // The holder is done: what it has written is taken.
      await keepLogin(folder, 'work', { ...choice, id: 'x' }, issued, async () => undefined);
      expect(await waiting).toBe('a.b.c');
      expect(provider.refreshed()).toBe(0);
    } finally {
      await provider.stop();
    }
  });
});

describe('a login file', () => {
  it.each([
    ['', undefined],
    ['{', undefined],
    ['{"version":1}', undefined],
    [
      '{"version":2,"id":"a","issuer":"i","clientId":"c","scope":"s","token":"t","receivedAt":1,"expiresAt":2,"use":"id","keptIn":"file"}',
      undefined,
    ],
    [
      '{"version":1,"id":"a","issuer":"i","clientId":"c","scope":"s","token":"t","receivedAt":1,"expiresAt":2,"use":"all","keptIn":"file"}',
      undefined,
    ],
  ])('that holds %j is none', (text, expected) => {
    writeFileSync(join(folder, `${loginKey('work')}.json`), text, { mode: 0o600 });
    expect(readLogin(folder, 'work')).toBe(expected);
  });

  it('that others can read is none', async () => {
    await keepLogin(folder, 'work', choice, issued, async () => undefined);
    const text = fileText();
    await forgetLogin(folder, 'work', async () => undefined);
    writeFileSync(join(folder, `${loginKey('work')}.json`), text, { mode: 0o644 });
    expect(readLogin(folder, 'work')).toBeUndefined();
  });

  it.each<[NodeJS.ProcessEnv, string, RegExp]>([
    [{ TVM_STATE_DIR: '/x' }, 'linux', /^\/x$/],
    [{ XDG_STATE_HOME: '/s' }, 'linux', /^\/s\/tvm\/logins$/],
    [{ XDG_STATE_HOME: 'relative' }, 'linux', /\/\.local\/state\/tvm\/logins$/],
    [{ LOCALAPPDATA: '/l' }, 'win32', /^\/l\/tvm\/logins$/],
  ])('is where the system keeps state (%j, %s)', (environment, platform, place) => {
    expect(loginFolder(environment, platform)).toMatch(place);
  });
});

describe('the opener', () => {
  it.each(['darwin', 'linux', 'win32'])('on %s gets the address as one argument and no shell', (platform) => {
    const address = 'https://idp.example.com/?a=1&b=$(x)%26';
    const [program, ...args] = openerOf(platform, address);
    expect(args.filter((one) => one.includes('idp.example'))).toEqual([address]);
    expect(program).not.toMatch(/sh$|cmd|powershell/);
  });

  it.each(['file:///etc/passwd', 'javascript:alert(1)', 'http://idp.example.com/', 'vscode://x', '-flag', ''])(
    'is not given %j',
    (address) => {
      expect(isOpenable(address)).toBe(false);
    },
  );
});

describe('the keychain of this computer', () => {
  it('is loaded where it is installed, and fails instead of forgetting where there is none', async () => {
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', 'unix:path=/nonexistent/bus');
    const keychain = await openKeychain();
    expect(keychain).toBeDefined();
    if (process.platform === 'linux') await expect(keychain!.write('tvm-test', 'x')).rejects.toThrow();
  });
});

/** A login at a real provider whose token is over. */
async function logInTo(provider: Provider, keychain: Keychain): ReturnType<typeof keepLogin> {
  const own = { ...choice, issuer: provider.issuer, clientId: 'tvm-cli' };
  const start = (await (
    await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: 'tvm-cli',
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: 'device-1',
      }),
    })
  ).json()) as { readonly refresh_token: string };
  const over = { token: 'a.b.c', lifetime: 0, refreshToken: start.refresh_token };
  return keepLogin(folder, 'work', own, over, async () => keychain);
}
