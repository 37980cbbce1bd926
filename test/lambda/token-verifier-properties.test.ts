// P8: whatever a token says, and wherever it says it, the only addresses that are asked are those of the configuration.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseVendingConfig } from '../../core/config.ts';
import { TvmError } from '../../core/errors.ts';
import { createTokenVerifier } from '../../lambda/token-verifier.ts';
import { answerJson, ecKey, signToken, startPeer, type Peer } from './fixtures.ts';

const now = 1_800_000_000;
const [own, stranger] = [ecKey('own'), ecKey('own')];

let issuer: Peer;
let canary: Peer;

beforeAll(async () => {
  issuer = await startPeer((_, response) => answerJson(response, { keys: [own.jwk] }));
  canary = await startPeer((_, response) =>
    answerJson(response, { issuer: canary.url, jwks_uri: `${canary.url}/jwks`, keys: [stranger.jwk] }),
  );
});
afterAll(async () => {
  await issuer.stop();
  await canary.stop();
});

describe('the verifier', () => {
  it('P8: asks nobody but the configured issuer, and takes no key but its own', async () => {
    const config = parseVendingConfig({
      issuers: [
        {
          name: 'own',
          issuer: issuer.url,
          jwksUri: `${issuer.url}/jwks`,
          audiences: ['tvm'],
          algorithms: ['ES256'],
          tenant: { claim: 'tenant' },
        },
      ],
      permissionSets: {
        documents: {
          roleArn: 'arn:aws:iam::111122223333:role/documents',
          statements: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/{{tenant}}/*' }],
        },
      },
    });
    const elsewhere = fc
      .constantFrom('', '/', '/jwks', '/.well-known/openid-configuration')
      .map((path) => `${canary.url}${path}`);
    const names = ['jku', 'x5u', 'iss', 'jwks_uri', 'issuer', 'url', 'kid', 'cty', 'sub', 'aud', 'azp'] as const;
    const places = fc.dictionary(fc.constantFrom(...names), elsewhere, { maxKeys: 4 });
    const seen = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.boolean(), places, places, async (isOwn, isPlain, header, claims) => {
        const { verifyToken } = createTokenVerifier(config, () => now * 1000);
        const token = signToken(
          isOwn ? own : stranger,
          { alg: 'ES256', kid: 'own', ...(isPlain ? {} : { jwk: stranger.jwk }), ...header },
          { iss: issuer.url, aud: 'tvm', sub: 'alice', tenant: 'acme', iat: now, exp: now + 300, ...claims },
        );
        try {
          const verified = await verifyToken(token, new AbortController().signal);
          seen.taken += 1;
          expect(isOwn).toBe(true);
          expect(verified.all['iss']).toBe(issuer.url);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(TvmError);
          seen.refused += 1;
        }
        expect([...canary.requests.keys()]).toEqual([]);
      }),
      { numRuns: 200, seed: 8 },
    );
    expect([...issuer.requests.keys()]).toEqual(['/jwks']);
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(10);
  });
});
