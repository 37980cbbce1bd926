import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, parseStrictJson, StrictJsonError } from '../../core/strict-json.ts';
import vectors from '../vectors/strict-json.json' with { type: 'json' };
import { anyCharacter } from './fixtures.ts';

const bounds = { maxDepth: 8, maxMembers: 64 };

interface JsonVector {
  readonly id: string;
  readonly text: string;
  readonly accepted: boolean;
}

describe('strict JSON', () => {
  it.each(vectors as readonly JsonVector[])('$id', ({ text, accepted }) => {
    if (accepted) expect(parseStrictJson(text, bounds)).toEqual(JSON.parse(text));
    else expect(() => parseStrictJson(text, bounds)).toThrow(StrictJsonError);
  });

  it('reads what JSON.parse reads, where no member is written twice', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        if (text.includes('__proto__')) return;
        expect(parseStrictJson(text, { maxDepth: 100, maxMembers: 100_000 })).toEqual(JSON.parse(text));
      }),
    );
  });

  it('finds a duplicate however it is escaped and wherever it stands', () => {
    const name = fc.string({ unit: anyCharacter, maxLength: 4 }).filter((text) => text.isWellFormed());
    const escaped = (text: string): string =>
      `"${[...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
    fc.assert(
      fc.property(name, fc.jsonValue({ maxDepth: 1 }), fc.boolean(), (key, value, nested) => {
        const inner = `{${JSON.stringify(key)}:${JSON.stringify(value)},"other":[1,{"x":"}{,"}],${escaped(key)}:1}`;
        if (key === 'other' || key === 'x') return;
        expect(() => parseStrictJson(nested ? `{"a":[${inner}]}` : inner, bounds)).toThrow(StrictJsonError);
      }),
    );
  });

  it('counts depth and members exactly', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parseStrictJson(nested(8), bounds)).not.toThrow();
    expect(() => parseStrictJson(nested(9), bounds)).toThrow(StrictJsonError);
    const wide = (members: number): string => JSON.stringify(Array.from({ length: members }, () => 0));
    expect(() => parseStrictJson(wide(64), bounds)).not.toThrow();
    expect(() => parseStrictJson(wide(65), bounds)).toThrow(StrictJsonError);
  });

  it('SEC-FMT-06 refuses a JSON bomb within the size of a token, quickly', () => {
    const startedAt = performance.now();
    for (const text of [
      '['.repeat(4096) + ']'.repeat(4096),
      `[${'1,'.repeat(4000)}1]`,
      `{${'"a":'.repeat(1)}${'['.repeat(4000)}${']'.repeat(4000)}}`,
    ])
      expect(() => parseStrictJson(text, bounds)).toThrow(StrictJsonError);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('never puts the text into the error', () => {
    for (const text of ['{"secret":1,"secret":2}', 'secret', '{"__proto__":"secret"}']) {
      expect(() => parseStrictJson(text, bounds)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('secret') as string }) as Error,
      );
    }
  });
});

describe('UTF-8', () => {
  it('SEC-FMT-04 is never repaired', () => {
    for (const bytes of [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80]])
      expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(StrictJsonError);
  });

  it('comes back exactly', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        if (text.isWellFormed()) expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
      }),
    );
  });

  it('keeps a byte order mark, so that the JSON behind it is refused', () => {
    const text = decodeUtf8(Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]));
    expect(() => parseStrictJson(text, bounds)).toThrow(StrictJsonError);
  });
});
