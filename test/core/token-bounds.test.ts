// The bounds of a token: its length, its key id, and members on which nothing depends.
import { describe, expect, it } from 'vitest';
import { decodeToken } from '../../core/token.ts';
import { codeOf } from './fixtures.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (header: object, claims: object = {}): string =>
  `${encode({ alg: 'RS256', kid: 'k', ...header })}.${encode(claims)}.c2ln`;

/** A good token of exactly this length, padded inside its claims. */
function tokenOfLength(length: number): string {
  for (let padding = Math.floor((length * 3) / 4) - 200; padding < length; padding += 1) {
    const token = tokenOf({}, { padding: 'x'.repeat(padding) });
    if (token.length === length) return token;
    if (token.length > length) break;
  }
  throw new TypeError(`there is no token of ${length} characters`);
}

describe('the length of a token', () => {
  it('is at most 8,192 characters, and a longer one is refused although it is good otherwise', () => {
    expect(decodeToken(tokenOfLength(8_192)).keyId).toBe('k');
    expect(codeOf(() => decodeToken(tokenOfLength(8_194)))).toBe('token-invalid');
  });
});

describe('a key id', () => {
  it('has at most 256 characters', () => {
    expect(decodeToken(tokenOf({ kid: 'k'.repeat(256) })).keyId).toHaveLength(256);
    expect(codeOf(() => decodeToken(tokenOf({ kid: 'k'.repeat(257) })))).toBe('token-invalid');
    for (const kid of ['', 5, null, ['k']]) expect(codeOf(() => decodeToken(tokenOf({ kid })))).toBe('token-invalid');
  });
});

describe('strict JSON', () => {
  it.each([
    '{"a":["b","b"]}',
    '{"a":[{"b":1},{"b":1}],"b":1}',
    '{"a":"b","c":["a","c",{"a":1}]}',
    '{"a":{"b":{}},"b":{"a":{}}}',
    '{"a":[],"b":"a"}',
    '{"a":[["x"],"y"],"y":1}',
    '{"a":"__proto__"}',
    '{"a":["__proto__"]}',
  ])('tells values from names: %s', (claims) => {
    expect(
      decodeToken(`${encode({ alg: 'RS256', kid: 'k' })}.${Buffer.from(claims).toString('base64url')}.c2ln`).claims,
    ).toEqual(JSON.parse(claims));
  });

  it.each([
    '{"a":[],"a":1}',
    '{"a":{},"a":{}}',
    '{"a":["x",{"b":1,"b":2}]}',
    '{"x":{"a":1},"a":2,"a":3}',
    '{"a":1,"b":[{}],"a":2}',
    '{"a":[[{"__proto__":1}]]}',
    '{"a":"\\"","a":1}',
    '{"a":"\\\\","a":1}',
    '{"\\"":1,"\\u0022":1}',
  ])('finds the name that comes twice: %s', (claims) => {
    const token = `${encode({ alg: 'RS256', kid: 'k' })}.${Buffer.from(claims).toString('base64url')}.c2ln`;
    expect(codeOf(() => decodeToken(token))).toBe('token-invalid');
  });
});
