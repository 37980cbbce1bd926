// The search behind the proof: the known answers, and an exhaustive cross-check that knows nothing of automata.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedLanguage, idLanguage, type Language } from '../../../core/iam/language.ts';
import { findOverlap, literalItems, OverlapTooLargeError, type HolePattern } from '../../../core/iam/overlap.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ids = idLanguage(`${letters}_.-`, 1, 63);
const uuids = fixedLanguage(
  [...'00000000-0000-0000-0000-000000000000'].map((place) => (place === '-' ? /^-$/ : /^[0-9a-fA-F]$/)),
  ['0', 'a', '-'],
);

function pattern(text: string, language: Language): HolePattern {
  return text.split(/(\{t\}|\*|\?)/).flatMap((piece): HolePattern => {
    if (piece === '{t}') return [{ kind: 'hole', tenant: true, language }];
    if (piece === '*') return [{ kind: 'any' }];
    if (piece === '?') return [{ kind: 'one' }];
    return literalItems(piece);
  });
}

const isolated = (one: string, other = one, language = ids): boolean =>
  findOverlap(pattern(one, language), pattern(other, language), 'distinct') === undefined;

describe('known answers', () => {
  it.each([
    ['tenants/{t}/*', true],
    ['tenants/{t}*', false],
    ['{t}', true],
    ['TENANT#{t}#*', true],
    ['TENANT#{t}*', false],
    ['{t}-*', false],
    ['arn:aws:sqs:*:1:*-{t}', false],
    ['b/*/{t}/*', false],
    ['*-data/tenants/{t}/*', false],
    ['app-{t}/*', true],
    ['{t}?', true],
    ['?{t}', true],
    ['*', false],
    ['{t}/{t}', true],
    ['', false],
  ])('%s: isolated %s', (text, expected) => {
    expect(isolated(text)).toBe(expected);
  });

  it.each(['p/{t}*', '*-{t}', '{t}*', '*{t}'])('uuid ids need no delimiter at one open end: %s', (text) => {
    expect(isolated(text, text, uuids)).toBe(true);
  });

  it('knows that two open ends leak even with uuid ids', () => {
    expect(isolated('*{t}*', '*{t}*', uuids)).toBe(false);
  });

  it('finds that a bare prefix covers an owner', () => {
    expect(findOverlap(pattern('b/*', ids), pattern('b/{t}/*', ids), 'any')).toMatchObject({
      left: [],
      right: [expect.any(String)],
    });
  });

  it('tells prefixes apart where the delimiter is no character of ids', () => {
    expect(isolated('{t}-*', '{t}-*', idLanguage('abc', 1, 63))).toBe(true);
    expect(isolated('{t}.x/*', '{t}/*')).toBe(false);
    expect(isolated('x{t}/*', '{t}/*')).toBe(false);
  });

  it('honours fixed and minimum lengths', () => {
    expect(isolated('{t}*', '{t}*', idLanguage('abc', 8, 8))).toBe(true);
    expect(isolated('{t}*', '{t}*', idLanguage('abc', 8, 9))).toBe(false);
    expect(isolated('{t}', 'abc', idLanguage('abc', 4, 4))).toBe(true);
  });

  it('bounds its work', () => {
    const many = '*?'.repeat(60);
    const startedAt = performance.now();
    try {
      findOverlap(pattern(`${many}{t}${many}{t}`, uuids), pattern(`${many}{t}${many}#`, uuids), 'distinct');
    } catch (cause) {
      expect(cause).toBeInstanceOf(OverlapTooLargeError);
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

/** Whether two patterns without holes have a common string, by recursion on their texts: another method on purpose. */
function intersects(one: string, other: string, memo = new Map<string, boolean>()): boolean {
  const key = `${one}\u0000${other}`;
  const known = memo.get(key);
  if (known !== undefined) return known;
  let result: boolean;
  if (one === '' && other === '') result = true;
  else if (one.startsWith('*'))
    result = intersects(one.slice(1), other, memo) || (other !== '' && intersects(one, other.slice(1), memo));
  else if (other.startsWith('*'))
    result = intersects(one, other.slice(1), memo) || (one !== '' && intersects(one.slice(1), other, memo));
  else
    result =
      one !== '' &&
      other !== '' &&
      (one[0] === other[0] || one[0] === '?' || other[0] === '?') &&
      intersects(one.slice(1), other.slice(1), memo);
  memo.set(key, result);
  return result;
}

describe('exhaustive cross-check', () => {
  const small = idLanguage('ab-', 1, 63);
  const alphabet = ['a', 'b', '-'];
  const all = ((): readonly string[] => {
    let level = [''];
    const found: string[] = [];
    for (let length = 1; length <= 4; length += 1) {
      level = level.flatMap((text) => alphabet.map((character) => text + character));
      found.push(...level.filter((id) => !id.startsWith('-') && !id.endsWith('-')));
    }
    return found;
  })();

  const piece = fc.constantFrom('a', 'b', '-', '/', '#', '*', '?', '{t}', '{t}');
  const text = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));

  it('never finds a leak in 3,000 random pairs of what the search calls isolated, for ids up to four characters', () => {
    let proved = 0;
    fc.assert(
      fc.property(text, text, (one, other) => {
        if (!isolated(one, other, small)) return;
        proved += 1;
        for (const a of all) {
          const mine = one.replaceAll('{t}', a);
          for (const b of all) {
            if (a !== b && intersects(mine, other.replaceAll('{t}', b)))
              throw new Error(`${one} of ${a} meets ${other} of ${b}`);
          }
        }
      }),
      { numRuns: 3000, seed: 20261121 },
    );
    expect(proved).toBeGreaterThan(500);
  });

  it('SEC-PRV-04 gives a string that both patterns match with what their holes held, whenever it finds one', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const overlap = findOverlap(pattern(one, small), pattern(other, small), 'distinct');
        if (overlap === undefined) return;
        const fill = (pieces: string, holes: readonly string[]): string => {
          let next = 0;
          return pieces.replaceAll('{t}', () => holes[next++] ?? 'missing');
        };
        expect(intersects(fill(one, overlap.left), overlap.text)).toBe(true);
        expect(intersects(fill(other, overlap.right), overlap.text)).toBe(true);
      }),
      { numRuns: 3000, seed: 20261121 },
    );
  });
});
