// One request and its answer: kept connections, their death, and the bounds in bytes and time.
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOrigin } from '../../lambda/http-exchange.ts';
import { startPeer, type Peer } from './fixtures.ts';
import { selfSigned } from './self-signed.ts';

let peer: Peer;
let sockets: unknown[];

beforeEach(async () => {
  sockets = [];
  peer = await startPeer((request, response, body) => {
    sockets.push(request.socket);
    response.end(`got ${body}`);
  });
});

afterEach(() => peer.stop());

const bounds = { keepsConnections: true, connectTimeout: 1_000, answerTimeout: 3_000, maxBytes: 64 * 1024 };

const exchanges = (change: Partial<typeof bounds> = {}) => {
  const { exchange } = openOrigin(new URL(peer.url), { ...bounds, ...change });
  return (body: string, signal = AbortSignal.timeout(5_000)) =>
    exchange({ method: 'POST', path: '/', headers: { host: 'sts' }, body, signal });
};

describe('an exchange', () => {
  it('keeps its connection', async () => {
    const post = exchanges();
    expect((await post('a')).text).toBe('got a');
    expect((await post('b')).text).toBe('got b');
    expect(new Set(sockets).size).toBe(1);
  });

  it('shares connections for a while where they are not kept', async () => {
    expect((await exchanges({ keepsConnections: false })('a')).text).toBe('got a');
    expect((await exchanges({ keepsConnections: false })('b')).text).toBe('got b');
    expect(new Set(sockets).size).toBe(1);
    await exchanges()('c');
    expect(new Set(sockets).size).toBe(2);
  });

  it('sends once more, over a new connection, where the kept one is dead, and only then', async () => {
    const post = exchanges();
    await post('a');
    const good = peer.script;
    let deaths = 0;
    peer.script = (request, response, body) => {
      if (sockets.includes(request.socket)) {
        deaths += 1;
        request.socket.resetAndDestroy();
      } else void good(request, response, body);
    };
    expect((await post('b')).text).toBe('got b');
    expect(deaths).toBe(1);
    peer.script = (request) => void request.socket.resetAndDestroy();
    await expect(post('c')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(peer.requests.get('/'), 'a new connection that dies is not tried again here').toBe(4);
  });

  it('does not send again once a byte of the answer is there', async () => {
    const post = exchanges();
    await post('a');
    peer.script = (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    };
    await expect(post('b')).rejects.toThrow();
    expect(peer.requests.get('/')).toBe(2);
  });

  it('leaves the calls of others alone', async () => {
    const post = exchanges();
    await post('a');
    const good = peer.script;
    peer.script = async (request, response, body) => {
      if (body === 'dies') request.socket.resetAndDestroy();
      else {
        await new Promise((resolve) => setTimeout(resolve, 150));
        await good(request, response, body);
      }
    };
    const [slow, dead] = await Promise.allSettled([post('slow'), post('dies')]);
    expect([slow.status, dead.status]).toEqual(['fulfilled', 'rejected']);
  });

  it('reads 64 KiB and no more', async () => {
    peer.script = (_, response) => void response.end('x'.repeat(64 * 1024));
    const post = exchanges();
    expect((await post('')).text).toHaveLength(64 * 1024);
    peer.script = (_, response) => void response.end('x'.repeat(64 * 1024 + 1));
    await expect(post('')).rejects.toThrow('bytes');
  });

  it('gives up on an answer that drips for longer than three seconds', async () => {
    peer.script = (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(drip));
    };
    const startedAt = performance.now();
    await expect(exchanges()('')).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(performance.now() - startedAt).toBeLessThan(4_500);
  });

  it('ends when the request has no time left', async () => {
    peer.script = () => undefined;
    await expect(exchanges()('', AbortSignal.timeout(100))).rejects.toThrow();
    await expect(exchanges()('', AbortSignal.abort())).rejects.toThrow();
  });

  it('follows no redirect', async () => {
    peer.script = (_, response) => void response.writeHead(307, { location: '/elsewhere' }).end();
    expect((await exchanges()('')).status).toBe(307);
    expect(peer.requests.has('/elsewhere')).toBe(false);
  });
});

describe('a connection that is opened ahead', () => {
  const open = (url = peer.url) => {
    const { connect, exchange } = openOrigin(new URL(url), bounds);
    const post = (body: string, signal = AbortSignal.timeout(5_000)) =>
      exchange({ method: 'POST', path: '/', headers: { host: 'sts' }, body, signal });
    return { connect: () => connect(AbortSignal.timeout(2_000)), post };
  };

  it("is the first exchange's, and kept after it", async () => {
    const { connect, post } = open();
    await connect();
    expect((await post('a')).text).toBe('got a');
    expect((await post('b')).text).toBe('got b');
    expect(peer.connections).toHaveLength(1);
  });

  it('is taken while it is still being opened', async () => {
    const { connect, post } = open();
    const connected = connect();
    expect((await post('a')).text).toBe('got a');
    await connected;
    expect(peer.connections).toHaveLength(1);
  });

  it('serves one of two exchanges at once', async () => {
    const { connect, post } = open();
    await connect();
    expect((await Promise.all([post('a'), post('b')])).map(({ text }) => text)).toEqual(['got a', 'got b']);
    expect(peer.connections).toHaveLength(2);
  });

  it('is replaced where it was closed meanwhile, seen or not', async () => {
    const seen = open();
    await seen.connect();
    await expect.poll(() => peer.connections.length).toBe(1);
    peer.connections[0]!.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await seen.post('a')).text).toBe('got a');

    const unseen = open();
    await unseen.connect();
    const good = peer.script;
    peer.script = (request) => {
      peer.script = good;
      request.socket.resetAndDestroy();
    };
    expect((await unseen.post('b')).text).toBe('got b');
  });

  it('is replaced where it was told that it idled for too long, before the request or with it', async () => {
    const timeout = 'HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n';
    const ready = open();
    await ready.connect();
    await expect.poll(() => peer.connections.length).toBe(1);
    peer.connections[0]!.end(timeout);
    await new Promise((done) => setTimeout(done, 50));
    expect((await ready.post('a')).text).toBe('got a');

    const late = open();
    await late.connect();
    const good = peer.script;
    peer.script = (request) => {
      peer.script = good;
      request.socket.end(timeout);
    };
    expect((await late.post('b')).text).toBe('got b');
    // To a connection that is new it is an answer.
    peer.script = (request) => void request.socket.end(timeout);
    expect((await open().post('c')).status).toBe(408);
  });

  it('is not opened where connections are shared', async () => {
    const { connect } = openOrigin(new URL(peer.url), { ...bounds, keepsConnections: false });
    await connect(AbortSignal.timeout(1_000));
    expect(peer.connections).toHaveLength(0);
  });

  it('is given up where nobody listens, and the exchange finds that out itself', async () => {
    const { connect, post } = open('http://127.0.0.1:1');
    await connect();
    await expect(post('a')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is given up when its time is over', async () => {
    const { connect } = openOrigin(new URL('http://192.0.2.1'), { ...bounds, connectTimeout: 100 });
    const startedAt = performance.now();
    await connect(AbortSignal.timeout(5_000));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    const { connect: other } = openOrigin(new URL('http://192.0.2.1'), bounds);
    await other(AbortSignal.timeout(100));
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  it('keeps no process alive', async () => {
    const script = `
      const { openOrigin } = await import(${JSON.stringify(resolve('lambda/http-exchange.ts'))});
      await openOrigin(new URL(${JSON.stringify(peer.url)}), ${JSON.stringify(bounds)}).connect(AbortSignal.timeout(2_000));
      console.log('connected');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 10_000,
    });
    expect(stdout).toBe('connected\n');
    expect(peer.connections).toHaveLength(1);
  });
});

describe('over TLS', () => {
  let server: Server;
  let connections: number;
  let answered: number;
  const trusted = getCACertificates();

  beforeEach(async () => {
    const own = selfSigned('localhost');
    [connections, answered] = [0, 0];
    server = createServer(own, (_, response) => {
      answered += 1;
      response.end(`got ${answered}`);
    }).on('connection', () => (connections += 1));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    setDefaultCACertificates([own.cert]);
  });

  afterEach(async () => {
    setDefaultCACertificates(trusted);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  const open = (host: string) => {
    const { port } = server.address() as AddressInfo;
    const { connect, exchange } = openOrigin(new URL(`https://${host}:${port}`), bounds);
    const signal = AbortSignal.timeout(5_000);
    const get = () => exchange({ method: 'GET', path: '/', headers: { host }, body: '', signal });
    return { connect: () => connect(signal), get };
  };

  it('one connection is opened ahead, used and kept', async () => {
    const { connect, get } = open('localhost');
    await connect();
    expect(connections).toBe(1);
    expect([(await get()).text, (await get()).text]).toEqual(['got 1', 'got 2']);
    expect(connections).toBe(1);
  });

  it.each([
    ['a certificate of another name', '127.0.0.1', () => undefined, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'a certificate of nobody we trust',
      'localhost',
      () => setDefaultCACertificates([selfSigned('localhost').cert]),
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
  ])('%s gets nothing, opened ahead or not', async (_, host, prepare, code) => {
    prepare();
    await expect(open(host).get()).rejects.toMatchObject({ code });
    const ahead = open(host);
    await ahead.connect();
    await expect(ahead.get()).rejects.toMatchObject({ code });
    const atOnce = open(host);
    void atOnce.connect();
    await expect(atOnce.get()).rejects.toThrow();
    expect(answered).toBe(0);
  });
});
