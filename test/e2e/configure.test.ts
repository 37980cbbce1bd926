// tvm configure: one block in somebody's AWS config file, every other byte as it was.
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putBlock, removeBlock } from '../../bin/profile/managed-block.ts';
import { quoteCommand } from '../../bin/profile/quote.ts';
import { newFolder, runTvm, startMachine, tvm, type Machine, type Result } from './fixtures.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await startMachine();
});

afterAll(() => machine.local.stop());

/** A config file, perhaps with something in it, and runs of the command with it. */
function home(content?: string | Buffer): {
  readonly file: string;
  readonly configure: (...args: readonly string[]) => Promise<Result>;
  readonly text: () => string;
} {
  const folder = newFolder();
  const file = join(folder, '.aws', 'config');
  if (content !== undefined) {
    mkdirSync(join(folder, '.aws'));
    writeFileSync(file, content);
  }
  const environment = {
    TVM_URL: machine.local.url,
    AWS_CONFIG_FILE: file,
    AWS_SHARED_CREDENTIALS_FILE: join(folder, '.aws', 'credentials'),
  };
  return {
    file,
    configure: (...args) => runTvm(['configure', ...args], environment),
    text: () => readFileSync(file, 'latin1'),
  };
}

const existing =
  '# mine\n[default]\nregion=eu-west-1\n\n[profile other]\n  s3 =\n    max_concurrent_requests = 20\n; caf\xe9, not UTF-8\n';

describe('tvm configure', () => {
  it('makes file, folder and profile, private, with absolute paths and no token', async () => {
    const { file, configure, text } = home();
    expect(await configure('acme', '--tenant', 'acme')).toMatchObject({ code: 0, stdout: '' });
    expect([statSync(file).mode & 0o777, statSync(join(file, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
    const { url, aws, region } = machine.local;
    expect(text().split('\n').slice(1, 5)).toEqual([
      '[profile acme]',
      `credential_process = ${process.execPath} ${resolve(tvm)} credential-process --url=${url} --tenant=acme`,
      `region = ${region}`,
      `endpoint_url = ${aws}`,
    ]);
  });

  it('writes a command that works as it stands', async () => {
    const { configure, text } = home();
    await configure('acme', '--tenant', 'acme');
    const [, command] = /^credential_process = (.*)$/m.exec(text()) ?? [];
    const env = { ...process.env, TVM_CACHE_DIR: join(newFolder(), 'cache') };
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command!], { cwd: '/', env });
    expect(JSON.parse(stdout)).toMatchObject({ Version: 1, AccountId: '111122223333' });
  });

  it('keeps every other byte, is idempotent, and takes out exactly what it put in', async () => {
    const { configure, text } = home(Buffer.from(existing, 'latin1'));
    await configure('acme', '--tenant', 'acme');
    const once = text();
    expect(once.startsWith(existing)).toBe(true);
    expect((await configure('acme', '--tenant', 'acme')).stderr).toMatch(/up to date/);
    expect(text()).toBe(once);
    await configure('globex', '--tenant', 'globex');
    await configure('acme', '--tenant', 'acme', '--subject', 'bob');
    expect(text()).toMatch(/--tenant=acme --subject=bob\n[\s\S]*--tenant=globex\n/);
    await configure('acme', '--remove');
    await configure('globex', '--remove');
    expect(text()).toBe(existing);
  });

  it('loses no profile of those that are made at the same time, and leaves no lock', async () => {
    const { file, configure, text } = home(Buffer.from(existing, 'latin1'));
    const profiles = Array.from({ length: 8 }, (_, index) => `p${index}`);
    const results = await Promise.all(profiles.map((profile) => configure(profile, '--tenant', 'acme')));
    expect(results.map(({ code }) => code)).toEqual(profiles.map(() => 0));
    expect(text().startsWith(existing)).toBe(true);
    expect([...text().matchAll(/^\[profile (p\d)\]$/gm)].map(([, name]) => name).sort()).toEqual(profiles);
    await Promise.all(profiles.map((profile) => configure(profile, '--remove')));
    expect(text()).toBe(existing);
    expect(readdirSync(join(file, '..'))).toEqual(['config']);
  });

  it('waits for a writer that lives, and not for one that died', async () => {
    const { file, configure, text } = home(existing);
    const lock = join(file, '..', '.config.tvm.lock');
    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: 2 ** 22 + 1 }), { mode: 0o600 });
    expect((await configure('dead', '--tenant', 'acme')).code).toBe(0);
    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: process.pid }), { mode: 0o600 });
    const waiting = configure('living', '--tenant', 'acme');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(text()).not.toContain('living');
    rmSync(lock);
    expect((await waiting).code).toBe(0);
    expect(text()).toContain('[profile living]');
  });

  it('writes nothing in a dry run', async () => {
    const { configure, text } = home(existing);
    const before = text();
    const { code, stdout } = await configure('acme', '--tenant', 'acme', '--dry-run');
    expect([code, stdout]).toEqual([0, expect.stringContaining('[profile acme]\ncredential_process = ')]);
    const asJson = await configure('acme', '--tenant', 'acme', '--dry-run', '--json');
    expect(JSON.parse(asJson.stdout)).toMatchObject({ profile: 'acme', changed: true, written: false });
    expect(text()).toBe(before);
  });

  it('keeps the mode and a link', async () => {
    const { file, configure } = home(existing);
    chmodSync(file, 0o640);
    const folder = newFolder();
    const link = join(folder, 'config');
    symlinkSync(file, link);
    await runTvm(['configure', 'acme', '--tenant', 'acme'], { TVM_URL: machine.local.url, AWS_CONFIG_FILE: link });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect((await configure('acme', '--tenant', 'acme')).stderr).toMatch(/up to date/);
  });

  it.each(['[profile acme]', '[ profile  acme ]', '[profile "acme"]', '  [profile acme] # mine'])(
    'does not touch a profile %s that somebody else wrote',
    async (header) => {
      const { configure, text } = home(`${header}\nregion = eu-west-1\n`);
      const before = text();
      for (const args of [
        ['acme', '--tenant', 'acme'],
        ['acme', '--remove'],
      ])
        expect(await configure(...args)).toMatchObject({
          code: 3,
          stdout: '',
          stderr: expect.stringMatching(/did not make\ntry: /) as string,
        });
      expect(text()).toBe(before);
    },
  );

  it('does not make a profile whose keys stand in the credentials file', async () => {
    const { file, configure } = home('');
    writeFileSync(join(file, '..', 'credentials'), '[acme]\naws_access_key_id = AKIA\n');
    expect((await configure('acme', '--tenant', 'acme')).stderr).toMatch(/whose keys would win/);
  });

  it.each<[string, number, readonly string[]]>([
    ['no profile', 2, ['--tenant', 'acme']],
    ['two profiles', 2, ['a', 'b', '--tenant', 'acme']],
    ['a name that ends the section', 2, ['a]\n[default', '--tenant', 'acme']],
    ['no token', 2, ['acme']],
    ['a token from standard input', 2, ['acme', '--token-file', '-']],
    ['a line end in a command', 2, ['acme', '--token-command', 'echo\nx']],
    ['a Region that is none', 2, ['acme', '--tenant', 'acme', '--region', 'a b']],
    ['plain http', 2, ['acme', '--tenant', 'acme', '--url', 'http://tvm.example.com']],
  ])('refuses %s with exit code %i', async (_, code, args) => {
    const { file, configure } = home();
    const result = await configure(...args);
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/\ntry: .+\n$/) as string });
    expect(lstatSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('names a token file absolutely, and no endpoint for a machine that is not local', async () => {
    const { configure, text } = home();
    await configure(
      'prod',
      '--url',
      'https://tvm.example.com',
      '--token-file',
      'some/token',
      '--region',
      'eu-west-1',
      '--duration',
      '3600',
    );
    expect(text()).toContain(
      `--url=https://tvm.example.com --token-file=${resolve('some/token')} --duration=3600\nregion = eu-west-1\n#`,
    );
    expect(text()).not.toContain('endpoint_url');
  });
});

describe('the block', () => {
  const settings = [['region', 'us-east-1']] as const;

  it.each(['', 'a', 'a\n', 'a\n\n', '\n', 'a\r\n', '[x]\r\ny=1\r\n', '[x]\n[profile b]\n'])(
    'goes in and comes out of %j',
    (text) => {
      const put = putBlock(text, 'acme', settings);
      expect(putBlock(put, 'acme', settings)).toBe(put);
      expect(removeBlock(put, 'acme')).toBe(text === 'a' ? 'a\n' : text);
      expect(/[^\r]\n/.test(put)).toBe(!text.includes('\r'));
    },
  );

  it('is not replaced where it was changed into something that is not only ours', () => {
    const put = putBlock('', 'acme', settings);
    const [begin = '', header = '', , end = ''] = put.split('\n');
    for (const broken of [
      `${begin}\n${header}\n`,
      `${header}\n${end}\n`,
      `${put}${put}`,
      `${end}\n${begin}\n`,
      put.replace(end, `[mine]\n${end}`),
    ])
      expect(() => putBlock(broken, 'acme', settings)).toThrow(/changed by hand|did not make/);
  });

  it('of one profile is not taken for that of another with a longer name', () => {
    const both = putBlock(putBlock('', 'acme-dev', settings), 'acme', settings);
    expect(removeBlock(both, 'acme')).toBe(putBlock('', 'acme-dev', settings));
  });
});

describe('the words of a command', () => {
  it.each([
    [['/usr/bin/node', '--url=https://a/b'], 'linux', '/usr/bin/node --url=https://a/b'],
    [['/My Files/node', '$HOME`x`"y"'], 'linux', "'/My Files/node' '$HOME`x`\"y\"'"],
    [['C:\\Program Files\\node.exe', 'x'], 'win32', '"C:\\Program Files\\node.exe" x'],
  ] as const)('%j on %s become %s', (words, platform, expected) => {
    expect(quoteCommand(words, platform)).toBe(expected);
  });

  it.each([
    ["it's", 'linux'],
    ['a\nb', 'linux'],
    ['a #b', 'linux'],
    ['a ;b', 'linux'],
    ['"', 'win32'],
    ['%PATH%', 'win32'],
  ])('%j on %s cannot be written', (word, platform) => {
    expect(() => quoteCommand([word], platform)).toThrow(/cannot hold/);
  });
});
