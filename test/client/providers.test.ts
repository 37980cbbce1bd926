// Providers for many tenants: who shares, who never does, who is forgotten.
import { describe, expect, it } from 'vitest';
import { createTokenVendingMachineProviders } from '../../client/index.ts';
import { scripted, vended } from './fixtures.ts';

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
