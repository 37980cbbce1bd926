// Names that no claim path may hold: they reach into JavaScript's own objects.
import { describe, expect, it } from 'vitest';
import { forbiddenClaimNames, readClaim } from '../../core/claims.ts';

describe('claim names', () => {
  it('that every object has are forbidden', () => {
    expect([...forbiddenClaimNames].sort()).toEqual(['__proto__', 'constructor', 'prototype']);
  });

  it.each([['a'], ['a', 'b'], ['b', 'a'], ['c', 'length'], ['c', '0'], ['d', 'e'], ['f', 'g']])(
    'that lead nowhere give nothing: %j',
    (...path) => {
      expect(readClaim({ b: 'text', c: ['x'], d: null, f: 5 }, path)).toBeUndefined();
    },
  );

  it('read values of any kind, and the claims themselves for an empty path', () => {
    const claims = { a: { b: null }, 'a.b': 1 };
    expect(readClaim(claims, ['a', 'b'])).toBeNull();
    expect(readClaim(claims, 'a.b')).toBe(1);
    expect(readClaim(claims, [])).toBe(claims);
  });
});
