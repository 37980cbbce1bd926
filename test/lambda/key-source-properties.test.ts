// P9 and P10 of the keys, for random histories of an issuer: rotations, removals, outages, and floods of key ids.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrustedIssuer } from '../../core/config.ts';
import { createKeySource } from '../../lambda/key-source.ts';
import { answerJson, ecKey, startPeer, type Peer } from './fixtures.ts';

const key = ecKey('first');
const [second, minute] = [1_000, 60_000];

let peer: Peer;
let state = { isUp: true, isPublished: true };

beforeAll(async () => {
  peer = await startPeer((_, response) => {
    if (state.isUp) answerJson(response, { keys: state.isPublished ? [key.jwk] : [] });
    else answerJson(response, {}, 503);
  });
});
afterAll(() => peer.stop());

const issuer = (): TrustedIssuer => ({
  name: 'peer',
  issuer: peer.url,
  jwksUri: `${peer.url}/jwks`,
  audiences: ['api'],
  algorithms: ['ES256'],
  tenant: { claim: 'tenant' },
  subjectClaim: ['sub'],
  audienceMode: 'any',
  maxTokenAgeSeconds: 86_400,
});

/** From now on the issuer is like this, for so long; then the key is asked for. */
const step = fc.record({
  isUp: fc.boolean(),
  isPublished: fc.boolean(),
  milliseconds: fc.constantFrom(
    0,
    second,
    9 * second,
    11 * second,
    4 * minute,
    9 * minute,
    11 * minute,
    35 * minute,
    59 * minute,
    61 * minute,
  ),
});

describe('the keys of an issuer', () => {
  it('P9: a removed key stops verifying within ten minutes while the issuer answers, and within the hour in any case', async () => {
    const seen = { found: 0, gone: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        let now = 1_800_000_000_000;
        const source = createKeySource(issuer(), () => now);
        let lastServed = -Infinity;
        /** Since when the issuer has answered without the key, without a break. */
        let answersWithoutSince = Infinity;
        for (const { milliseconds, ...next } of steps) {
          state = next;
          const isWithout = next.isUp && !next.isPublished;
          answersWithoutSince = isWithout ? Math.min(answersWithoutSince, now) : Infinity;
          now += milliseconds;
          if (next.isUp && next.isPublished) lastServed = now;
          const found = await source.find('first').catch(() => undefined);
          seen[found === undefined ? 'gone' : 'found'] += 1;
          if (found === undefined) continue;
          expect(now - lastServed).toBeLessThan(60 * minute);
          // Ten seconds more: two failed attempts may just have used up what is allowed in that time.
          expect(now - answersWithoutSince).toBeLessThanOrEqual(10 * minute + 10 * second);
        }
      }),
      { numRuns: 150, seed: 9 },
    );
    expect(Math.min(seen.found, seen.gone)).toBeGreaterThan(100);
  });

  it('P10: any flood of key ids costs two fetches in ten seconds, whatever the issuer answers', async () => {
    const flood = fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 400 })), {
      minLength: 5,
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(flood, fc.boolean(), async (ids, isUp) => {
        state = { isUp, isPublished: true };
        const before = peer.requests.get('/jwks') ?? 0;
        let now = 1_800_000_000_000;
        const startedAt = now;
        const source = createKeySource(issuer(), () => now);
        for (const [keyId, milliseconds] of ids) {
          await source.find(keyId).catch(() => undefined);
          now += milliseconds;
        }
        const windows = Math.floor((now - startedAt) / (10 * second)) + 1;
        expect((peer.requests.get('/jwks') ?? 0) - before).toBeLessThanOrEqual(2 * windows);
      }),
      { numRuns: 60, seed: 10 },
    );
  });
});
