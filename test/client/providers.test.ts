// Providers for many tenants: who shares, who never does, who is forgotten.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenVendingMachineProviders } from '../../client/index.ts';
import { scripted, vended } from './fixtures.ts';
import type { Fetch } from '../../client/index.ts';

const url = 'https://tvm.example.com';

describe('providers of many tenants', () => {
  it('shares one vend per token and permission set, and nothing across them', async () => {
    const { fetch, seen } = scripted(() => vended(Date.now()));
    const providers = createTokenVendingMachineProviders({ url, fetch });
    await Promise.all([
      providers('a')(),
      providers('a')(),
      providers('a', 'x')(),
      providers('b')(),
      providers('b', 'x')(),
    ]);
    expect(seen.map(({ token, url: asked }) => [token, asked.slice(url.length)]).sort()).toEqual([
      ['Bearer a', '/v1/credentials'],
      ['Bearer a', '/v1/credentials/x'],
      ['Bearer b', '/v1/credentials'],
      ['Bearer b', '/v1/credentials/x'],
    ]);
  });

  it('cannot be led to one entry by a token that holds a name', () => {
    const providers = createTokenVendingMachineProviders({ url });
    expect(providers('a","b')).not.toBe(providers('a', 'b'));
    expect(providers('null')).not.toBe(providers('null', 'null'));
  });

  it('never crosses two tenants, whatever the order of look-ups, answers, outages and evictions', async () => {
    const holder = fc.record({
      token: fc.constantFrom('acme', 'globex', 'acme","x', 'acme ', 'ac'),
      permissionSet: fc.constantFrom(undefined, 'x', 'null', 'documents'),
      forceRefresh: fc.boolean(),
      wait: fc.nat(3),
      outage: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(holder, { minLength: 2, maxLength: 24 }),
        fc.integer({ min: 1, max: 4 }),
        async (calls, max) => {
          let count = 0;
          // The machine says in the key for whom it vended; answers come in any order and some not at all.
          const fetch: Fetch = async (asked, init) => {
            const call = calls[count++ % calls.length]!;
            for (let turn = 0; turn < call.wait; turn += 1) await Promise.resolve();
            if (call.outage) throw new TypeError('fetch failed');
            const token = new Headers(init.headers).get('authorization')!.slice('Bearer '.length);
            return vended(Date.now(), JSON.stringify([token, asked.slice(`${url}/v1/credentials`.length)]));
          };
          const waiting = { sleep: async () => undefined, chance: () => 0 };
          const providers = createTokenVendingMachineProviders({ url, fetch, max, waiting });
          await Promise.all(
            calls.map(async ({ token, permissionSet, forceRefresh }) => {
              const path = permissionSet === undefined ? '' : `/${permissionSet}`;
              const given = await providers(token, permissionSet)({ forceRefresh }).catch(() => undefined);
              if (given !== undefined) expect(given.accessKeyId).toBe(JSON.stringify([token.trim(), path]));
            }),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('forgets the least recently used first', () => {
    const providers = createTokenVendingMachineProviders({ url, max: 2 });
    const [a, b] = [providers('a'), providers('b')];
    expect(providers('a')).toBe(a);
    providers('c');
    expect(providers('a')).toBe(a);
    expect(providers('b')).not.toBe(b);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a maximum of %d', (max) => {
    expect(() => createTokenVendingMachineProviders({ url, max })).toThrow(TypeError);
  });
});
