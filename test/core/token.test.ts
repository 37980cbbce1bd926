import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TvmError } from '../../core/errors.ts';
import { decodeToken } from '../../core/token.ts';
import vectors from '../vectors/tokens.json' with { type: 'json' };
import { anyCharacter, codeOf, refusalOf } from './fixtures.ts';

const base64Url = (text: string): string => Buffer.from(text).toString('base64url');
const header = { alg: 'RS256', kid: 'k1' };
const compact = (head: string, claims: string, signature = 'c2ln'): string =>
  `${base64Url(head)}.${base64Url(claims)}.${signature}`;

interface TokenVector {
  readonly id: string;
  readonly header: string;
  readonly claims: string;
  readonly signature?: string;
  readonly accepted: boolean;
}

describe('decoding', () => {
  it.each(vectors as readonly TokenVector[])('$id', ({ header: head, claims, signature, accepted }) => {
    const token = compact(head, claims, signature);
    if (!accepted) expect(codeOf(() => decodeToken(token))).toBe('token-invalid');
    else expect(decodeToken(token).claims).toEqual(JSON.parse(claims));
  });

  it('gives algorithm, key id, claims, and what is signed with its signature', () => {
    const token = compact(JSON.stringify(header), '{"sub":"alice"}');
    const [first, second, signature] = token.split('.');
    expect(decodeToken(token)).toEqual({
      algorithm: 'RS256',
      keyId: 'k1',
      claims: { sub: 'alice' },
      signingInput: `${first!}.${second!}`,
      signature,
    });
  });

  it.each(['é', 'Zoë – 東京', '😀', '\u0000é', '\u007f\u0080', '\ud83d\ude00 &c.'])('reads %j as it is', (name) => {
    const claims = { sub: 'alice', [name]: name };
    expect(decodeToken(compact(JSON.stringify(header), JSON.stringify(claims))).claims).toEqual(claims);
  });

  const good = compact(JSON.stringify(header), '{"sub":"a"}');
  it.each([
    ['empty text', ''],
    ['one segment', 'abc'],
    ['two segments', 'e30.e30'],
    ['four segments', `${good}.x`],
    ['five segments, as a JWE has', 'a.b.c.d.e'],
    ['an empty header', `.${good.split('.').slice(1).join('.')}`],
    ['an empty payload', `${good.split('.')[0]!}..c2ln`],
    ['SEC-ALG-02 an empty signature', `${good.split('.').slice(0, 2).join('.')}.`],
    ['SEC-FMT-09 padding', `${good}=`],
    ['SEC-FMT-09 padding in the payload', good.replace('.c2ln', '=.c2ln')],
    ['SEC-FMT-09 the standard alphabet', `${good.slice(0, -4)}c2+/`],
    ['SEC-FMT-09 white space', `${good} `],
    ['SEC-FMT-09 a newline at the end', `${good}\n`],
    ['SEC-FMT-09 a newline within', good.replace('.', '.\n')],
    ['a signature of one character', `${good.slice(0, -4)}c`],
    ['stray bits in the signature', `${good.slice(0, -4)}c2k`.replace(/k$/, 'l')],
    ['stray bits in the header', good.replace(/^[^.]*/, `${base64Url('{}').slice(0, -1)}1`)],
    ['non-ASCII text', `${good}é`],
    ['NUL', `${good}\0`],
  ])('refuses %s', (_, token) => {
    expect(codeOf(() => decodeToken(token))).toBe('token-invalid');
  });

  it('SEC-FMT-01 refuses over 8 KiB at once, and takes 8 KiB', () => {
    const rest = good.length;
    expect(() => decodeToken(good + 'A'.repeat(Math.floor((8192 - rest) / 4) * 4))).not.toThrow();
    const startedAt = performance.now();
    expect(codeOf(() => decodeToken('a'.repeat(5_000_000)))).toBe('token-invalid');
    expect(codeOf(() => decodeToken(good + 'A'.repeat(8193 - rest)))).toBe('token-invalid');
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('SEC-FMT-04 refuses invalid UTF-8 in a claim', () => {
    const claims = Buffer.concat([Buffer.from('{"tenant":"'), Buffer.from([0xff]), Buffer.from('"}')]).toString(
      'base64url',
    );
    expect(codeOf(() => decodeToken(`${base64Url(JSON.stringify(header))}.${claims}.c2ln`))).toBe('token-invalid');
  });

  it('SEC-FMT-06 refuses deep nesting and floods of claims', () => {
    const flood = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`a${index}`, 0]));
    for (const claims of [`{"a":${'['.repeat(17)}${']'.repeat(17)}}`, JSON.stringify(flood)])
      expect(codeOf(() => decodeToken(compact(JSON.stringify(header), claims)))).toBe('token-invalid');
  });

  it('SEC-FMT-07 pollutes nothing', () => {
    const claims = '{"constructor":{"prototype":{"tenant":"globex"}}}';
    decodeToken(compact(JSON.stringify(header), claims));
    expect(codeOf(() => decodeToken(compact(JSON.stringify(header), '{"__proto__":{"tenant":"globex"}}')))).toBe(
      'token-invalid',
    );
    expect(({} as { tenant?: unknown }).tenant).toBeUndefined();
  });

  it('takes one spelling of a token only', () => {
    const [head, claims, signature] = good.split('.') as [string, string, string];
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.~ ';
    for (const segment of [head, claims, signature]) {
      for (const character of alphabet) {
        const other = good.replace(segment, segment.slice(0, -1) + character);
        let decoded: unknown;
        try {
          decoded = decodeToken(other);
        } catch {
          continue;
        }
        // Whatever is accepted beside the token itself decodes to other bytes.
        if (other !== good && segment !== signature) expect(decoded).not.toEqual(decodeToken(good));
      }
    }
  });

  it('throws nothing but token-invalid, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.jsonValue(), fc.jsonValue(), (text, head, claims) => {
        for (const token of [
          text,
          `${text}.${text}.${text}`,
          compact(JSON.stringify(head), JSON.stringify(claims)),
          compact(JSON.stringify(header), text),
        ]) {
          try {
            decodeToken(token);
          } catch {
            expect(codeOf(() => decodeToken(token))).toBe('token-invalid');
          }
        }
      }),
    );
  });

  it('never puts a value of the token into its detail', () => {
    const head = JSON.stringify({ ...header, typ: 'VALUE+jwt', kid: 'VALUE' });
    expect(refusalOf(() => decodeToken(compact(head, '{}'))).message).not.toContain('VALUE');
  });
});

const outcomeOf = (text: string): string => {
  try {
    decodeToken(text);
    return 'decoded';
  } catch (cause) {
    return (cause as TvmError).code;
  }
};

it('takes a segment exactly where it is the one spelling of its bytes', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. é\u0000';
  const start = compact(JSON.stringify(header), '{}', '');
  for (const first of letters) {
    for (const second of letters) {
      for (const segment of [first, first + second, `A${first}${second}`, `AB${first}${second}`]) {
        const isCanonical =
          Buffer.from(segment, 'base64url').toString('base64url') === segment && segment.length % 4 !== 1;
        const code = outcomeOf(`${start}${segment}`);
        expect([segment, code]).toEqual([segment, isCanonical ? 'decoded' : 'token-invalid']);
      }
    }
  }
});
