// Keys over time: caching, rotation, revocation, outages, floods, hostile key servers.
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrustedIssuer } from '../../core/config.ts';
import { createKeySource } from '../../lambda/key-source.ts';
import { answerJson, ecKey, startPeer, type Peer } from './fixtures.ts';

const [first, second] = [ecKey('first'), ecKey('second')];
const minute = 60_000;

let peer: Peer;
let now: number;
let published: readonly unknown[];

beforeEach(async () => {
  now = 1_800_000_000_000;
  published = [first.jwk];
  peer = await startPeer((request, response) => {
    if (request.url === '/jwks') answerJson(response, { keys: published });
    else answerJson(response, { issuer: peer.url, jwks_uri: `${peer.url}/jwks` });
  });
});

afterEach(() => peer.stop());

function issuer(change: Partial<TrustedIssuer> = {}): TrustedIssuer {
  return {
    name: 'peer',
    issuer: peer.url,
    audiences: ['api'],
    algorithms: ['ES256'],
    tenant: { claim: 'tenant' },
    subjectClaim: ['sub'],
    audienceMode: 'any',
    maxTokenAgeSeconds: 86_400,
    ...change,
  };
}

const source = (change: Partial<TrustedIssuer> = {}): ReturnType<typeof createKeySource> =>
  createKeySource(issuer(change), () => now);
const fetches = (): number => peer.requests.get('/jwks') ?? 0;
const unavailable = { code: 'issuer-unavailable' };

describe('a key source', () => {
  it('finds keys through discovery and keeps them', async () => {
    const keys = source();
    expect((await keys.find('first'))?.keyId).toBe('first');
    await keys.find('first');
    expect([fetches(), peer.requests.get('/.well-known/openid-configuration')]).toEqual([1, 1]);
  });

  it('asks a configured jwksUri without discovery', async () => {
    await source({ jwksUri: `${peer.url}/jwks` }).find('first');
    expect([...peer.requests.keys()]).toEqual(['/jwks']);
  });

  it('never fetches where keys are pinned', async () => {
    const keys = source({ jwks: { keys: [second.jwk] } });
    await keys.warm();
    expect((await keys.find('second'))?.keyId).toBe('second');
    expect(await keys.find('first')).toBeUndefined();
    expect(peer.requests.size).toBe(0);
  });

  it('SEC-JWKS-01 learns a rotated key with one further fetch', async () => {
    const keys = source();
    await keys.find('first');
    published = [first.jwk, second.jwk];
    expect((await keys.find('second'))?.keyId).toBe('second');
    expect(fetches()).toBe(2);
  });

  it('SEC-JWKS-02 forgets a removed key within ten minutes', async () => {
    const keys = source();
    await keys.find('first');
    published = [second.jwk];
    now += 10 * minute;
    expect(await keys.find('first')).toBeUndefined();
  });

  it('SEC-JWKS-04 fetches at most twice in ten seconds under 1,000 unknown key ids, and still learns a rotation within fifteen', async () => {
    const keys = source();
    for (let index = 0; index < 1000; index += 1) {
      now += 10;
      expect(await keys.find(`junk-${index}`)).toBeUndefined();
    }
    expect(fetches()).toBeLessThanOrEqual(3);
    published = [first.jwk, second.jwk];
    let learnedAfter = Infinity;
    for (let passed = 0; passed <= 15_000; passed += 100) {
      now += 100;
      await keys.find(`junk-${passed}`);
      if (learnedAfter === Infinity && (await keys.find('second')) !== undefined) learnedAfter = passed;
    }
    expect(learnedAfter).toBeLessThanOrEqual(15_000);
  });

  it('SEC-JWKS-06 serves known keys while the issuer is down, and stops after an hour', async () => {
    const keys = source();
    await keys.find('first');
    peer.script = (_, response) => answerJson(response, {}, 500);
    now += 59 * minute;
    expect((await keys.find('first'))?.keyId).toBe('first');
    now += minute;
    await expect(keys.find('first')).rejects.toMatchObject(unavailable);
  });

  it('blames the issuer, not the token, for an unknown key id while it is down', async () => {
    const keys = source();
    await keys.find('first');
    peer.script = (_, response) => answerJson(response, {}, 500);
    await expect(keys.find('second')).rejects.toMatchObject(unavailable);
  });

  it('SEC-JWKS-07 asks at most twice in ten seconds while it has no keys at all', async () => {
    peer.script = (_, response) => answerJson(response, {}, 500);
    const keys = source();
    for (let index = 0; index < 50; index += 1) await expect(keys.find('first')).rejects.toMatchObject(unavailable);
    expect([...peer.requests.values()].reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('recovers by itself once the issuer is back', async () => {
    const good = peer.script;
    peer.script = (_, response) => answerJson(response, {}, 500);
    const keys = source();
    await expect(keys.find('first')).rejects.toMatchObject(unavailable);
    peer.script = good;
    now += 10_000;
    expect((await keys.find('first'))?.keyId).toBe('first');
  });

  it('SEC-JWKS-08 gives up on a key server that drips', async () => {
    peer.script = (_, response) => void response.writeHead(200).write('{');
    const startedAt = performance.now();
    await expect(source().find('first')).rejects.toMatchObject(unavailable);
    expect(performance.now() - startedAt).toBeLessThan(3_500);
  });

  it('SEC-JWKS-09 stops reading after 512 kB', async () => {
    let sent = 0;
    peer.script = (_, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const write = (): void => {
        while (!response.destroyed && sent < 50 * 1024 * 1024) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    };
    await expect(source({ jwksUri: `${peer.url}/jwks` }).find('first')).rejects.toMatchObject(unavailable);
    expect(sent).toBeLessThan(8 * 1024 * 1024);
  });

  it('SEC-JWKS-09 takes no set of 100,000 keys', async () => {
    published = [first.jwk, ...Array.from({ length: 100_000 }, (_, index) => ({ ...second.jwk, kid: `k${index}` }))];
    await expect(source().find('first')).rejects.toMatchObject(unavailable);
  });

  it('SEC-JWKS-09 unpacks nothing: it asks for plain bytes, and what comes packed all the same is no key set', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, ' '));
    const asked = new Set<string | undefined>();
    peer.script = (request, response) => {
      asked.add(String(request.headers['accept-encoding']));
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    };
    const before = process.memoryUsage.rss();
    await expect(source().find('first')).rejects.toMatchObject(unavailable);
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1024 * 1024);
    expect([...asked]).toEqual(['identity']);
  });

  it('SEC-JWKS-10 follows no redirect', async () => {
    const canary = await startPeer((_, response) => answerJson(response, { keys: [first.jwk] }));
    for (const location of [`${canary.url}/jwks`, 'http://169.254.169.254/', 'file:///etc/passwd']) {
      peer.script = (_, response) => void response.writeHead(302, { location }).end();
      await expect(source().find('first')).rejects.toMatchObject(unavailable);
    }
    expect(canary.requests.size).toBe(0);
    await canary.stop();
  });

  it('SEC-JWKS-13 makes one fetch for 200 first requests at once', async () => {
    const keys = source();
    const found = await Promise.all(Array.from({ length: 200 }, () => keys.find('first')));
    expect(found.every((key) => key?.keyId === 'first')).toBe(true);
    expect(fetches()).toBe(1);
  });

  it.each([
    ['another issuer', (url: string) => ({ issuer: `${url}/`, jwks_uri: `${url}/jwks` })],
    ['no jwks_uri', (url: string) => ({ issuer: url })],
    ['a jwks_uri with a user', (url: string) => ({ issuer: url, jwks_uri: 'https://user@idp.example.com/jwks' })],
    ['a plain http jwks_uri elsewhere', (url: string) => ({ issuer: url, jwks_uri: 'http://idp.example.com/jwks' })],
    ['a link-local jwks_uri', (url: string) => ({ issuer: url, jwks_uri: 'https://169.254.169.254/jwks' })],
    ['a private jwks_uri', (url: string) => ({ issuer: url, jwks_uri: 'https://10.0.0.1/jwks' })],
    ['a fragment', (url: string) => ({ issuer: url, jwks_uri: `${url}/jwks#x` })],
  ])('SEC-JWKS-14 uses no discovery document with %s', async (_, document) => {
    peer.script = (request, response) =>
      answerJson(response, request.url === '/jwks' ? { keys: [first.jwk] } : document(peer.url));
    await expect(source().find('first')).rejects.toMatchObject(unavailable);
    expect(fetches()).toBe(0);
  });

  it('does not reject while warming when the issuer is down', async () => {
    peer.script = (request) => void request.socket.destroy();
    await expect(source().warm()).resolves.toBeUndefined();
  });

  it('waits for no fetch that Lambda froze, and takes no answer of before for one of now', async () => {
    const good = peer.script;
    let thaw = (): void => undefined;
    const frozen = new Promise<void>((resolve) => (thaw = resolve));
    published = [second.jwk];
    const old = [first.jwk];
    peer.script = async (request, response, body) => {
      if (request.url !== '/jwks') return good(request, response, body);
      await frozen;
      return answerJson(response, { keys: old });
    };
    const keys = source();
    const warm = keys.warm();
    await expect.poll(fetches).toBe(1);
    now += 3 * 60 * minute;
    peer.script = good;
    expect((await keys.find('second'))?.keyId).toBe('second');
    thaw();
    await warm;
    expect((await keys.find('second'))?.keyId, 'the late answer replaces nothing').toBe('second');
    expect(fetches(), 'nor makes them look old').toBe(2);
    expect(await keys.find('first')).toBeUndefined();
  });

  it('gives up waiting when the request has no more time, and begins nothing where it had none', async () => {
    const keys = source();
    await expect(keys.find('first', AbortSignal.abort())).rejects.toMatchObject(unavailable);
    expect(peer.requests.size).toBe(0);
    const good = peer.script;
    peer.script = () => undefined;
    const startedAt = performance.now();
    await expect(keys.find('first', AbortSignal.timeout(100))).rejects.toMatchObject(unavailable);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    peer.script = good;
  });

  it('has a known key for a request without time', async () => {
    const keys = source();
    await keys.find('first');
    now += 11 * minute;
    expect((await keys.find('first', AbortSignal.abort()))?.keyId).toBe('first');
    await expect(keys.find('other', AbortSignal.abort())).rejects.toMatchObject(unavailable);
  });

  it('tells of each fetch that failed', async () => {
    let failures = 0;
    const keys = createKeySource(
      issuer(),
      () => now,
      () => (failures += 1),
    );
    await keys.find('first');
    expect(failures).toBe(0);
    peer.script = (_, response) => answerJson(response, {}, 500);
    now += 10 * minute;
    await keys.find('first');
    expect(failures).toBe(1);
  });
});
