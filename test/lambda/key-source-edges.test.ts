// Keys over time at the edges: the last moment of each limit, requests that run out of time, and documents that are no key set.
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrustedIssuer } from '../../core/config.ts';
import { createKeySource } from '../../lambda/key-source.ts';
import { answerJson, ecKey, startPeer, type Peer } from './fixtures.ts';

const key = ecKey('first');
const unavailable = { code: 'issuer-unavailable' };

let peer: Peer;
let now: number;
let keySet: unknown;
let held: (() => void) | undefined;
let isSlow: boolean;

beforeEach(async () => {
  now = 1_800_000_000_000;
  keySet = { keys: [key.jwk] };
  held = undefined;
  isSlow = false;
  peer = await startPeer((request, response) => {
    const path = request.url ?? '';
    const answer = (): void => {
      if (path.endsWith('/jwks')) answerJson(response, keySet);
      else
        answerJson(response, {
          issuer: `${peer.url}${path.replace('/.well-known/openid-configuration', '')}`,
          jwks_uri: `${peer.url}/jwks`,
        });
    };
    if (isSlow) held = answer;
    else answer();
  });
});
afterEach(async () => {
  held?.();
  await peer.stop();
});

const source = (change: Partial<TrustedIssuer> = {}): ReturnType<typeof createKeySource> =>
  createKeySource(
    {
      name: 'peer',
      issuer: peer.url,
      jwksUri: `${peer.url}/jwks`,
      audiences: ['api'],
      algorithms: ['ES256'],
      tenant: { claim: 'tenant' },
      subjectClaim: ['sub'],
      audienceMode: 'any',
      maxTokenAgeSeconds: 86_400,
      ...change,
    },
    () => now,
  );
const fetches = (): number => peer.requests.get('/jwks') ?? 0;

describe('the limits of a key source', () => {
  it('are: fresh under ten minutes, asked again at ten', async () => {
    const keys = source();
    await keys.find('first');
    now += 599_999;
    await keys.find('first');
    expect(fetches()).toBe(1);
    now += 1;
    await keys.find('first');
    expect(fetches()).toBe(2);
  });

  it('are: two fetches in ten seconds, a third at ten', async () => {
    const keys = source();
    await keys.find('first');
    await keys.find('unknown');
    now += 9_999;
    await keys.find('unknown');
    expect(fetches()).toBe(2);
    now += 1;
    await keys.find('unknown');
    expect(fetches()).toBe(3);
  });

  it('are: served stale under an hour, and not at an hour', async () => {
    const keys = source();
    await keys.find('first');
    keySet = 'down';
    now += 3_599_999;
    expect((await keys.find('first'))?.keyId).toBe('first');
    now += 1;
    await expect(keys.find('first')).rejects.toMatchObject(unavailable);
  });
});

describe('a request that runs out of time', () => {
  it('blames the issuer for an unknown key, also where known keys are at hand', async () => {
    const keys = source();
    await keys.find('first');
    isSlow = true;
    const abort = new AbortController();
    const found = keys.find('unknown', abort.signal);
    abort.abort();
    await expect(found).rejects.toMatchObject(unavailable);
    await expect(keys.find('unknown', AbortSignal.abort())).rejects.toMatchObject(unavailable);
    expect((await keys.find('first', AbortSignal.abort()))?.keyId).toBe('first');
  });

  it('leaves nothing behind on its signal, in time or not', async () => {
    const keys = source();
    const { signal } = new AbortController();
    await keys.find('first', signal);
    await keys.find('unknown', signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    isSlow = true;
    now += 11_000;
    const abort = new AbortController();
    const late = keys.find('unknown', abort.signal);
    expect(getEventListeners(abort.signal, 'abort').length).toBeGreaterThan(0);
    abort.abort();
    await expect(late).rejects.toMatchObject(unavailable);
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  it('has an answer of its own where the issuer answers in time', async () => {
    const { signal } = new AbortController();
    const keys = source();
    expect((await keys.find('first', signal))?.keyId).toBe('first');
    expect(await keys.find('unknown', signal)).toBeUndefined();
  });
});

describe('a document', () => {
  it.each([{}, { keys: {} }, [], null, 'x', 5])(
    'that is no key set is a failure of the issuer: %j',
    async (document) => {
      keySet = document;
      await expect(source().find('first')).rejects.toMatchObject(unavailable);
    },
  );

  it('that is an empty key set is an answer: the token has a key of nobody', async () => {
    keySet = { keys: [] };
    expect(await source().find('first')).toBeUndefined();
  });

  it.each(['', '/', '/realms/main', '/realms/main/'])(
    'of discovery is beside the issuer, with one slash between: "%s"',
    async (path) => {
      const { jwksUri: _, ...rest } = { jwksUri: '', issuer: `${peer.url}${path}` };
      const keys = createKeySource(
        {
          name: 'peer',
          audiences: ['api'],
          algorithms: ['ES256'],
          tenant: { claim: 't' },
          subjectClaim: ['sub'],
          audienceMode: 'any',
          maxTokenAgeSeconds: 1,
          ...rest,
        },
        () => now,
      );
      // The peer says it is the issuer without a slash at its end, so only exactly that one is believed.
      const found = await keys.find('first').catch(() => undefined);
      expect([...peer.requests.keys()][0]).toBe(`${path.replace(/\/$/, '')}/.well-known/openid-configuration`);
      expect(found?.keyId).toBe(path.endsWith('/') ? undefined : 'first');
    },
  );
});

describe('pinned keys', () => {
  it('are all there are, and nothing is fetched for others', async () => {
    const keys = source({ jwks: { keys: [key.jwk] } });
    await keys.warm();
    expect([(await keys.find('first'))?.keyId, await keys.find('second')]).toEqual(['first', undefined]);
    expect(peer.requests.size).toBe(0);
  });
});
