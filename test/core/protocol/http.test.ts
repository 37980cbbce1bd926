import { describe, expect, it } from 'vitest';
import { readToken, singleHeader, type HttpRequest } from '../../../core/protocol/http.ts';
import { codeOf } from '../fixtures.ts';

function requestWith(headers: Record<string, string[]>, query: Record<string, string[]> = {}): HttpRequest {
  return {
    method: 'GET',
    path: '/',
    query: new Map(Object.entries(query)),
    headers: new Map(Object.entries(headers)),
    body: new Uint8Array(),
    requestId: 'r',
  };
}

describe('reading a token', () => {
  it('takes the bare token and the bearer token alike', () => {
    for (const value of ['a.b.c', 'Bearer a.b.c', 'bearer a.b.c'])
      expect(readToken(requestWith({ authorization: [value] }))).toBe('a.b.c');
  });

  it('prefers to say that a token is missing before it looks at the query', () => {
    expect(codeOf(() => readToken(requestWith({}, { token: ['a.b.c'] })))).toBe('token-missing');
  });

  it('bounds the header before it matches it', () => {
    const startedAt = performance.now();
    expect(codeOf(() => readToken(requestWith({ authorization: ['a.'.repeat(5_000_000)] })))).toBe('token-invalid');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('a header', () => {
  it('is its one value, or absent, or refused', () => {
    expect(singleHeader(requestWith({ a: ['x'] }), 'a')).toBe('x');
    expect(singleHeader(requestWith({}), 'a')).toBeUndefined();
    expect(codeOf(() => singleHeader(requestWith({ a: ['x', 'x'] }), 'a'))).toBe('request-invalid');
  });
});
