import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TvmErrorCode } from '../../../core/errors.ts';
import { readForm } from '../../../core/protocol/form.ts';
import { codeOf } from '../fixtures.ts';

const formType = 'application/x-www-form-urlencoded';
function read(body: string | Uint8Array, types: readonly string[] = [formType]): Record<string, string> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const headers = new Map([['content-type', types]]);
  const request = { method: 'POST', path: '/sts', query: new Map(), headers, body: bytes, requestId: 'r' };
  return Object.fromEntries(readForm(request));
}

describe('a form', () => {
  it('decodes plus signs, percent-encoding and UTF-8', () => {
    expect(read('a=x+y%20z%2B&b=%E6%9D%B1&c=&%64=1=2')).toEqual({ a: 'x y z+', b: '東', c: '', d: '1=2' });
  });

  it.each<[string, TvmErrorCode]>([
    ['a=%', 'request-invalid'],
    ['a=%2', 'request-invalid'],
    ['a=%zz', 'request-invalid'],
    ['%=1', 'request-invalid'],
    ['a=%ff', 'request-invalid'],
    ['a=%C0%AF', 'request-invalid'],
    ['a=%ED%A0%80', 'request-invalid'],
    ['a=1&a=1', 'request-invalid'],
    ['a=1&%61=2', 'request-invalid'],
    ['a', 'request-invalid'],
    ['', 'request-invalid'],
    ['a=1&', 'request-invalid'],
    ['a=1&&b=2', 'request-invalid'],
  ])('refuses %j', (body, code) => {
    expect(codeOf(() => read(body))).toBe(code);
  });

  it('refuses bytes that are no UTF-8', () => {
    for (const bytes of [
      [0x61, 0x3d, 0xff],
      [0x61, 0x3d, 0xc0, 0xaf],
    ])
      expect(codeOf(() => read(Uint8Array.from(bytes)))).toBe('request-invalid');
  });

  it.each([formType, `${formType}; charset=utf-8`, `${formType};charset="UTF-8"`, 'Application/X-WWW-Form-Urlencoded'])(
    'is read as %s',
    (type) => {
      expect(read('a=1', [type])).toEqual({ a: '1' });
    },
  );

  it.each([
    '',
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    `${formType}; charset=latin1`,
    `${formType}, text/plain`,
    `${formType}x`,
    `${formType}; boundary=x`,
  ])('is refused as %j', (type) => {
    expect(codeOf(() => read('a=1', [type]))).toBe('media-type-unsupported');
  });

  it('is refused without a type, and with two', () => {
    expect(codeOf(() => read('a=1', []))).toBe('media-type-unsupported');
    expect(codeOf(() => read('a=1', [formType, formType]))).toBe('request-invalid');
  });

  it('may have 32 KiB and no more, by bytes', () => {
    expect(read(`a=${'x'.repeat(32_766)}`)['a']).toHaveLength(32_766);
    expect(codeOf(() => read(`a=${'x'.repeat(32_767)}`))).toBe('request-too-large');
    expect(codeOf(() => read(`a=${'日'.repeat(11_000)}`))).toBe('request-too-large');
  });

  it('reads back whatever URLSearchParams writes', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), { minKeys: 1 }),
        (given) => {
          expect(read(new URLSearchParams(given).toString())).toEqual(given);
        },
      ),
    );
  });

  it('reads any bytes or refuses them', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.stringMatching(/^[a-c%=&+0-9A-F]*$/).map((text) => new TextEncoder().encode(text)),
        ),
        (bytes) => {
          try {
            read(bytes);
          } catch {
            expect(codeOf(() => read(bytes))).toBe('request-invalid');
          }
        },
      ),
    );
  });
});
