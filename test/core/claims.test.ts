import { describe, expect, it } from 'vitest';
import { readClaim, type ClaimPath } from '../../core/claims.ts';

describe('reading a claim', () => {
  const claims = { a: { b: { c: 1 } }, 'a.b': 2, list: ['x', { y: 1 }], text: 'abc', zero: 0, none: null, '': 3 };

  it.each<[ClaimPath, unknown]>([
    ['text', 'abc'],
    ['a.b', 2],
    [['a', 'b', 'c'], 1],
    [['a'], { b: { c: 1 } }],
    ['zero', 0],
    ['none', null],
    ['list', ['x', { y: 1 }]],
  ])('finds %j', (path, value) => {
    expect(readClaim(claims, path)).toEqual(value);
  });

  it.each<[ClaimPath]>([
    ['missing'],
    ['A'],
    ['text '],
    [['a', 'x']],
    [['a', 'b', 'c', 'd']],
    [['text', 'length']],
    [['text', '0']],
    [['list', '0']],
    [['list', 'length']],
    [['list', '1', 'y']],
    [['none', 'x']],
    [['zero', 'toFixed']],
    ['toString'],
    ['constructor'],
    ['__proto__'],
    ['hasOwnProperty'],
    [['a', 'constructor']],
    [['__proto__', 'toString']],
    [['constructor', 'name']],
  ])('finds nothing at %j', (path) => {
    expect(readClaim(claims, path)).toBeUndefined();
  });

  it('SEC-FMT-07 finds own properties only', () => {
    expect(readClaim(Object.create({ tenant: 'globex' }) as Record<string, unknown>, 'tenant')).toBeUndefined();
    expect(readClaim({ a: Object.create({ tenant: 'globex' }) as unknown }, ['a', 'tenant'])).toBeUndefined();
  });
});
