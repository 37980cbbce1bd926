// One request and its answer: kept connections, their death, and the bounds in bytes and time.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExchange } from '../../lambda/http-exchange.ts';
import { startPeer, type Peer } from './fixtures.ts';

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
  const exchange = createExchange(new URL(peer.url), { ...bounds, ...change });
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
