// tvm credential-process: what it prints, what it keeps, and that neither a race, a link nor a forged token gets at what it keeps.
// Security case SEC-SDK-09.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFolder, runTvm, startMachine, type Machine, type Result } from './fixtures.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await startMachine();
});

afterAll(() => machine.local.stop());

/** One cache folder, and runs of the command with it. */
function cache(folder = join(newFolder(), 'cache')): {
  readonly folder: string;
  readonly vend: (...args: readonly string[]) => Promise<Result>;
  readonly files: (ending?: string) => readonly string[];
} {
  return {
    folder,
    vend: (...args) => runTvm(['credential-process', ...args], { TVM_URL: machine.local.url, TVM_CACHE_DIR: folder }),
    files: (ending = '.json') =>
      readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .map((name) => join(folder, name)),
  };
}

async function tokenFile(tenant: string, more: object = {}): Promise<string> {
  const file = join(newFolder(), 'token');
  writeFileSync(file, `${await machine.local.mintToken({ tenant, ...more })}\n`);
  return file;
}

async function vendsDuring(work: () => Promise<unknown>): Promise<number> {
  const before = machine.vends();
  await work();
  return machine.vends() - before;
}

describe('what it prints', () => {
  it('is the document of credential_process and nothing else', async () => {
    const { code, stdout, stderr } = await cache().vend('--tenant', 'acme');
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      Version: 1,
      AccessKeyId: expect.stringMatching(/^ASIA/) as string,
      SecretAccessKey: expect.any(String) as string,
      SessionToken: expect.any(String) as string,
      Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
      AccountId: '111122223333',
    });
  });

  it.each<[string, number, () => Promise<Result>]>([
    ['no token', 4, () => cache().vend()],
    ['a token nobody takes', 4, async () => cache().vend('--token-file', join(await brokenFile(), 'token'))],
    ['a set of others', 5, () => cache().vend('--tenant', 'acme', '--permission-set', 'admin')],
    ['a machine that is not there', 3, () => cache().vend('--tenant', 'acme', '--url', 'http://127.0.0.1:9')],
  ])('is nothing for %s, with exit code %i and no secret', async (_, code, call) => {
    const result = await call();
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(/^tvm: .+\ntry: .+\n$/) as string });
    expect(result.stderr).not.toMatch(/eyJ/);
  });

  async function brokenFile(): Promise<string> {
    const folder = newFolder();
    writeFileSync(
      join(folder, 'token'),
      (await machine.local.mintToken({ tenant: 'acme' })).replace(/.{8}$/, 'AAAAAAAA'),
    );
    return folder;
  }
});

it.each(['--token', '--access-token', '--jwt'])(
  'SEC-SDK-09 takes no token as the argument %s, where every list of processes shows it',
  async (flag) => {
    const token = await machine.local.mintToken({ tenant: 'acme' });
    const result = await cache().vend(flag, token);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).not.toMatch(/eyJ/);
  },
);

describe('what it keeps', () => {
  it('SEC-SDK-09 is served again, readable by nobody else', async () => {
    const { vend, folder, files } = cache();
    const first = await vend('--tenant', 'acme');
    expect(await vendsDuring(async () => expect(await vend('--tenant', 'acme')).toEqual(first))).toBe(0);
    expect(files()).toHaveLength(1);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600]);
  });

  it('is never shared between tenants, subjects, durations or tokens of them', async () => {
    const { vend, files } = cache();
    const keys = new Set<string>();
    const calls = [
      ['--tenant', 'acme'],
      ['--tenant', 'globex'],
      ['--tenant', 'acme', '--subject', 'bob'],
      ['--tenant', 'acme', '--duration', '3000'],
      ['--tenant', 'acme', '--permission-set', 'documents'],
      ['--token-file', await tokenFile('acme')],
      ['--token-file', await tokenFile('globex')],
      ['--token-file', await tokenFile('acme', { claims: { plan: 'gold' } })],
    ];
    for (const args of calls)
      keys.add((JSON.parse((await vend(...args)).stdout) as { AccessKeyId: string }).AccessKeyId);
    expect([keys.size, files().length]).toEqual([calls.length, calls.length]);
  });

  it('is served to the next token of the same holder once the machine has taken that token', async () => {
    const { vend } = cache();
    const first = await vend('--token-file', await tokenFile('acme'));
    const next = await tokenFile('acme');
    expect(await vendsDuring(async () => expect(await vend('--token-file', next)).toEqual(first))).toBe(0);
  });

  it('is not served to a forged token of the same holder', async () => {
    const { vend } = cache();
    await vend('--token-file', await tokenFile('acme'));
    const forged = join(newFolder(), 'token');
    const [, payload] = (await machine.local.mintToken({ tenant: 'acme' })).split('.');
    for (const header of [{ alg: 'none' }, { alg: 'RS256', kid: 'local-rs256' }]) {
      writeFileSync(forged, `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload!}.c2ln`);
      expect(await vend('--token-file', forged)).toMatchObject({ code: 4, stdout: '' });
    }
  });

  it('is vended once by many processes that start together', async () => {
    const { vend, files } = cache();
    const file = await tokenFile('acme');
    const results: Result[] = [];
    const count = await vendsDuring(async () => {
      results.push(...(await Promise.all(Array.from({ length: 12 }, () => vend('--token-file', file)))));
    });
    expect(count).toBe(1);
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expect(files('.lock')).toEqual([]);
  });

  it('is vended anew where under 15 minutes of life would be left', async () => {
    const { vend } = cache();
    const short = ['--tenant', 'acme', '--duration', '900'];
    expect(await vendsDuring(async () => [await vend(...short), await vend(...short)])).toBe(2);
  });

  it.each<[string, (entry: Record<string, unknown>) => object | string]>([
    ['due', (entry) => ({ ...entry, refreshAfter: '2020-01-01T00:00:00Z' })],
    ['older than any vend can be', (entry) => ({ ...entry, receivedAt: Date.now() - 2_700_001 })],
    ['from the future', (entry) => ({ ...entry, receivedAt: Date.now() + 3_600_000 })],
    ['cut off', (entry) => JSON.stringify(entry).slice(0, 100)],
    ['empty', () => ''],
    ['no JSON', () => '\u0000\u0001{{{'],
    ['another kind of JSON', () => '[1,2]'],
    ['without a secret', (entry) => ({ ...entry, process: { ...(entry['process'] as object), SecretAccessKey: 5 } })],
  ])('is vended anew and replaced where the entry is %s', async (_, spoil) => {
    const { vend, files } = cache();
    await vend('--tenant', 'acme');
    const [file] = files();
    const spoiled = spoil(JSON.parse(readFileSync(file!, 'utf8')) as Record<string, unknown>);
    writeFileSync(file!, typeof spoiled === 'string' ? spoiled : JSON.stringify(spoiled));
    expect(
      await vendsDuring(async () => expect(await vend('--tenant', 'acme')).toMatchObject({ code: 0, stderr: '' })),
    ).toBe(1);
    expect(await vendsDuring(() => vend('--tenant', 'acme'))).toBe(0);
  });

  it('belongs to one run of local mode', async () => {
    const { vend } = cache();
    const other = await startMachine();
    await vend('--tenant', 'acme', '--url', other.local.url);
    const { port } = new URL(other.local.url);
    await other.local.stop();
    const again = await startMachine({ port: Number(port) });
    await vend('--tenant', 'acme', '--url', again.local.url);
    expect(again.vends()).toBe(1);
    await again.local.stop();
  });
});

describe('what others put in its way', () => {
  it('SEC-SDK-09 does not follow a link in the place of an entry, and replaces it', async () => {
    const { vend, files } = cache();
    await vend('--tenant', 'acme');
    const [file] = files();
    const elsewhere = join(newFolder(), 'elsewhere.json');
    writeFileSync(elsewhere, readFileSync(file!), { mode: 0o600 });
    rmSync(file!);
    symlinkSync(elsewhere, file!);
    const before = readFileSync(elsewhere, 'utf8');
    expect(await vendsDuring(() => vend('--tenant', 'acme'))).toBe(1);
    expect(lstatSync(file!).isSymbolicLink()).toBe(false);
    expect(readFileSync(elsewhere, 'utf8')).toBe(before);
  });

  it('does not use an entry that others can read, and replaces it', async () => {
    const { vend, files } = cache();
    await vend('--tenant', 'acme');
    chmodSync(files()[0]!, 0o644);
    expect(await vendsDuring(() => vend('--tenant', 'acme'))).toBe(1);
    expect(statSync(files()[0]!).mode & 0o777).toBe(0o600);
  });

  it('SEC-SDK-09 keeps nothing in a folder that is a link', async () => {
    const real = newFolder();
    const link = join(newFolder(), 'link');
    symlinkSync(real, link);
    const result = await cache(link).vend('--tenant', 'acme');
    expect(result).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/is a link or no folder[\s\S]*try: /) as string,
    });
    expect(readdirSync(real)).toEqual([]);
  });

  it('closes an own folder that is open, and leaves one alone that holds other things', async () => {
    const [own, foreign] = [newFolder(), newFolder()];
    writeFileSync(join(foreign, 'notes.txt'), 'x');
    for (const folder of [own, foreign]) chmodSync(folder, 0o755);
    expect(await cache(own).vend('--tenant', 'acme')).toMatchObject({ code: 0, stderr: '' });
    expect(statSync(own).mode & 0o777).toBe(0o700);
    expect((await cache(foreign).vend('--tenant', 'acme')).stderr).toMatch(/is open to other users/);
    expect([statSync(foreign).mode & 0o777, readdirSync(foreign)]).toEqual([0o755, ['notes.txt']]);
  });

  it.each([
    ['a process that died', () => JSON.stringify({ host: hostOfLocks(), pid: 2 ** 22 - 1, nonce: 'x' }), 0],
    ['another machine, long ago', () => JSON.stringify({ host: 'elsewhere', pid: 1, nonce: 'x' }), 3600],
    ['nobody, long ago', () => '', 3600],
  ])('breaks the lock of %s, once for all who wait', async (_, lock, age) => {
    const { vend, folder, files } = cache();
    await vend('--tenant', 'acme');
    const [file] = files();
    rmSync(file!);
    const path = file!.replace('.json', '.lock');
    writeFileSync(path, lock(), { mode: 0o600 });
    const then = Date.now() / 1000 - age;
    utimesSync(path, then, then);
    const count = await vendsDuring(() => Promise.all(Array.from({ length: 6 }, () => vend('--tenant', 'acme'))));
    expect([count, readdirSync(folder).length]).toEqual([1, 1]);
  });

  function hostOfLocks(): string {
    return process.getBuiltinModule('node:os').hostname();
  }

  it('gets over a folder that cannot be made', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    expect(await cache(join(file, 'below')).vend('--tenant', 'acme')).toMatchObject({ code: 0 });
  });
});

describe('a machine beyond loopback', () => {
  it('is not asked at all while the entry is good', async () => {
    // Only reachable through the loopback rule in tests: what is counted is every request but the keys of local mode.
    let asked = 0;
    const server = createServer((request, response) => {
      if (request.url === '/oidc/jwks') return void response.writeHead(404).end();
      asked += 1;
      const at = Date.now();
      const time = (offset: number): string => new Date(at + offset).toISOString().replace(/\.\d+Z$/, 'Z');
      response.end(
        JSON.stringify({
          Version: 1,
          AccessKeyId: 'ASIA',
          SecretAccessKey: 's',
          SessionToken: 't',
          Expiration: time(3_600_000),
          RefreshAfter: time(2_700_000),
          Tenant: 'acme',
          Subject: 'alice',
          PermissionSet: 'documents',
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { vend } = cache();
    const file = await tokenFile('acme');
    for (let count = 0; count < 3; count += 1) expect((await vend('--url', url, '--token-file', file)).code).toBe(0);
    server.close();
    expect(asked).toBe(1);
  });

  it('puts its cache where the system keeps caches', async () => {
    const home = newFolder();
    mkdirSync(join(home, 'xdg'));
    const where = { TVM_URL: machine.local.url, HOME: home };
    await runTvm(['credential-process', '--tenant', 'acme'], { ...where, XDG_CACHE_HOME: join(home, 'xdg') });
    await runTvm(['credential-process', '--tenant', 'acme'], { ...where, XDG_CACHE_HOME: 'relative' });
    for (const folder of [join(home, 'xdg', 'tvm'), join(home, '.cache', 'tvm')])
      expect(readdirSync(folder)).toHaveLength(1);
  });
});
