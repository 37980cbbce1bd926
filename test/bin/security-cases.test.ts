// The security cases of the endpoints and tools that SDKs use, each by its id: what a person or program of this computer, or a page,
// cannot get out of them.
import { spawn, type ChildProcess } from 'node:child_process';
import { globSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targetOptions } from '../../bin/commands/target.ts';
import { bareEnvironment, newFolder, runTvm, startMachine, tvm, type Machine } from '../e2e/fixtures.ts';

let machine: Machine;
let child: ChildProcess;
let port: number;
let token: string;

beforeAll(async () => {
  machine = await startMachine();
  child = spawn(process.execPath, [tvm, 'serve', '--tenant', 'acme', '--json'], {
    env: { ...bareEnvironment, TVM_URL: machine.local.url },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const line = await new Promise<string>((resolve) =>
    child.stdout!.once('data', (chunk: Buffer) => resolve(String(chunk))),
  );
  const variables = JSON.parse(line) as Readonly<Record<string, string>>;
  port = Number(new URL(variables['AWS_CONTAINER_CREDENTIALS_FULL_URI']!).port);
  token = variables['AWS_CONTAINER_AUTHORIZATION_TOKEN']!;
});

afterAll(async () => {
  child.kill('SIGINT');
  await machine.local.stop();
});

/** Bytes as they are on the wire; resolves with the whole answer. */
function send(...lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(`${lines.join('\r\n')}\r\n\r\n`));
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', reject).on('close', () => resolve(answer));
  });
}

const get = (...headers: readonly string[]): Promise<string> =>
  send('GET /v1/credentials HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Connection: close', ...headers);
const secret = /AccessKeyId|ASIA|SecretAccessKey/;

describe('the container endpoint of tvm serve', () => {
  it('SEC-SDK-06 gives credentials for its own token, so that the refusals below mean something', async () => {
    expect(await get(`Authorization: ${token}`)).toMatch(/^HTTP\/1\.1 200 [\s\S]*"AccessKeyId":"ASIA/);
  });

  it.each<[string, () => Promise<string>]>([
    ['no Authorization', () => get()],
    ['an empty one', () => get('Authorization: ')],
    ['a wrong token', () => get('Authorization: wrong')],
    ['half of the token', () => get(`Authorization: ${token.slice(0, 20)}`)],
    ['the token and more', () => get(`Authorization: ${token}x`)],
    ['the token in other letters', () => get(`Authorization: ${token.toUpperCase()}.`)],
    ['two tokens', () => get(`Authorization: ${token}`, 'Authorization: wrong')],
    ['a token with a line end in it', () => get(`Authorization: wrong\r\n ${token}`)],
    ['the token in the address', () => send(`GET /v1/credentials?token=${token} HTTP/1.1`, `Host: 127.0.0.1:${port}`)],
    ['the token in a cookie', () => get(`Cookie: token=${token}`)],
  ])('SEC-SDK-06 refuses %s, with nothing of a credential', async (_, ask) => {
    const answer = await ask();
    expect(answer).toMatch(/^HTTP\/1\.1 40[0134] /);
    expect(answer).not.toMatch(secret);
    expect(answer).not.toContain(token);
  });

  it('SEC-SDK-06 compares tokens in constant time', () => {
    // What takes how long cannot be measured in a test; what is called can be read.
    expect(readFileSync('bin/serving/endpoint.ts', 'utf8')).toMatch(/timingSafeEqual\(/);
  });

  it('SEC-SDK-04 takes no token out of an address, and says nothing of it', async () => {
    const answer = await send(`GET /v1/credentials?Authorization=${token} HTTP/1.1`, `Host: 127.0.0.1:${port}`);
    expect(answer).toMatch(/^HTTP\/1\.1 40\d /);
    expect(answer).not.toContain(token);
  });
});

describe('the command line', () => {
  it('SEC-SDK-09 has no option that takes a token, which every user of the computer could read', async () => {
    const given = await machine.local.mintToken({ tenant: 'acme' });
    expect(Object.keys(targetOptions).filter((name) => /^(?:token|jwt|bearer|secret)$/.test(name))).toEqual([]);
    for (const args of [
      ['credentials', '--token', given],
      ['credentials', given],
      ['login', 'work', '--client-secret', given],
      ['login', given],
      ['whoami', '--login', given],
      [given],
    ]) {
      const { code, stderr } = await runTvm(args, { TVM_URL: machine.local.url });
      expect(code).toBe(2);
      expect(stderr).not.toContain(given);
    }
  });

  it.skipIf(process.platform !== 'linux')('SEC-SDK-09 shows no token in the list of processes', async () => {
    const given = await machine.local.mintToken({ tenant: 'acme' });
    const env = { ...bareEnvironment, TVM_URL: machine.local.url, TVM_TOKEN: given };
    const words =
      'let text = ""; for (const one of require("fs").globSync("/proc/[0-9]*/cmdline")) try { text += require("fs").readFileSync(one) } catch {} console.log(text)';
    const running = spawn(process.execPath, [tvm, 'exec', '--', process.execPath, '-e', words], { env });
    let seen = '';
    running.stdout.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk));
    await new Promise((resolve) => running.on('close', resolve));
    expect(seen).toContain(tvm);
    expect(seen).not.toContain(given.slice(0, 40));
    expect(seen).not.toMatch(/ASIA[A-Z0-9]{16}/);
  });

  it('SEC-SDK-09 keeps credentials in a 0600 file in a 0700 folder, and follows no link', async () => {
    const folder = join(newFolder(), 'cache');
    const environment = { TVM_URL: machine.local.url, TVM_CACHE_DIR: folder };
    const run = (): ReturnType<typeof runTvm> => runTvm(['credential-process', '--tenant', 'acme'], environment);
    await run();
    const [file = ''] = globSync(join(folder, '*.json'));
    expect([statSync(folder).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
    const elsewhere = join(newFolder(), 'mine');
    writeFileSync(elsewhere, 'mine');
    const linked = join(newFolder(), 'cache');
    mkdirSync(linked, { mode: 0o700 });
    symlinkSync(elsewhere, join(linked, file.slice(folder.length + 1)));
    expect(
      (await runTvm(['credential-process', '--tenant', 'acme'], { ...environment, TVM_CACHE_DIR: linked })).code,
    ).toBe(0);
    expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
    expect(lstatSync(join(linked, file.slice(folder.length + 1))).isSymbolicLink()).toBe(false);
  });
});
