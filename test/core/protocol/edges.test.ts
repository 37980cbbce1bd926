// Headers and forms at their edges: what stands around a token or a media type, and the last byte that is taken.
import { describe, expect, it } from 'vitest';
import { readForm } from '../../../core/protocol/form.ts';
import { isCompactToken, readToken, singleHeader, type HttpRequest } from '../../../core/protocol/http.ts';
import { codeOf } from '../fixtures.ts';

function request(headers: Readonly<Record<string, readonly string[]>>, over: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    path: '/sts',
    query: new Map(),
    headers: new Map(Object.entries(headers)),
    body: new Uint8Array(),
    requestId: 'r',
    ...over,
  };
}
const token = 'eyJh.eyJz.c2ln';
const read = (authorization: string): string => readToken(request({ authorization: [authorization] }));

describe('the Authorization header', () => {
  it.each([token, `Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`])('holds a token: %s', (value) => {
    expect(read(value)).toBe(token);
  });

  it.each([
    `xBearer ${token}`,
    ` Bearer ${token}`,
    `Bearer Bearer ${token}`,
    `${token} Bearer `,
    `eyBearer ${token}`,
    `Bearer  ${token}`,
    `Basic ${token}`,
    `Bearer ${token}x y`,
    `Bearer ${token},`,
    'Bearer ',
    'Bearer',
    ' ',
  ])('holds none: %s', (value) => {
    expect(codeOf(() => read(value))).toBe('token-invalid');
  });

  it('is taken with a token of 8 KiB after the scheme, and not with a longer one', () => {
    const long = (length: number): string => `${'a'.repeat(length - 4)}.a.a`;
    expect(read(`Bearer ${long(8_192)}`)).toHaveLength(8_192);
    expect(codeOf(() => read(`Bearer ${long(8_193)}`))).toBe('token-invalid');
    expect(codeOf(() => read(''))).toBe('token-missing');
    expect(codeOf(() => readToken(request({})))).toBe('token-missing');
    expect(codeOf(() => readToken(request({ authorization: [token, token] })))).toBe('token-invalid');
  });

  it.each(['token', 'Token', 'access_token', 'id_token', 'jwt', 'AUTHORIZATION', 'bearer'])(
    'stands alone: not beside %s in the query',
    (name) => {
      const query = new Map([[name, ['x']]]);
      expect(codeOf(() => readToken(request({ authorization: [token] }, { query })))).toBe('request-invalid');
    },
  );
});

describe('a compact token', () => {
  it.each(['a.b.', 'a.b.c', 'A-_.b.c'])('is %s', (text) => expect(isCompactToken(text)).toBe(true));
  it.each([
    '',
    '.',
    '..',
    'a.b',
    '.b.c',
    'a..c',
    'a.b.c.d',
    'a.b.c ',
    ' a.b.c',
    'a.b.c\n',
    'a.b=.c',
    'a+.b.c',
    'é.b.c',
  ])('is not "%s"', (text) => expect(isCompactToken(text)).toBe(false));
});

describe('a header that may come once', () => {
  it('is that one, or none, and refused twice', () => {
    expect(singleHeader(request({ a: ['1'] }), 'a')).toBe('1');
    expect(singleHeader(request({}), 'a')).toBeUndefined();
    expect(codeOf(() => singleHeader(request({ a: ['1', '1'] }), 'a'))).toBe('request-invalid');
  });
});

describe('a form', () => {
  const form = (type: readonly string[], body = 'a=b'): ReadonlyMap<string, string> =>
    readForm(request({ 'content-type': type }, { body: new TextEncoder().encode(body) }));
  const plain = 'application/x-www-form-urlencoded';

  it.each([
    plain,
    `${plain} `,
    `${plain}; charset=utf-8`,
    `${plain};charset="UTF-8"`,
    `${plain}  ;  charset=utf-8`,
    plain.toUpperCase(),
  ])('is read as %s', (type) => {
    expect([...form([type])]).toEqual([['a', 'b']]);
  });

  it.each([
    '',
    'application/json',
    `x${plain}`,
    ` ${plain}`,
    `${plain}x`,
    `${plain}x; charset=utf-8`,
    `${plain}; charset=latin1`,
    `${plain};`,
    `${plain}, ${plain}`,
    `${plain}; charset=utf-8x`,
  ])('is not read as "%s"', (type) => {
    expect(codeOf(() => form([type]))).toBe('media-type-unsupported');
  });

  it('without a type is none', () => {
    expect(codeOf(() => form([]))).toBe('media-type-unsupported');
    expect(codeOf(() => form([plain, plain]))).toBe('request-invalid');
  });

  it('has at most 32,768 bytes', () => {
    expect(form([plain], `a=${'b'.repeat(32_766)}`).get('a')).toHaveLength(32_766);
    expect(codeOf(() => form([plain], `a=${'b'.repeat(32_767)}`))).toBe('request-too-large');
  });
});
