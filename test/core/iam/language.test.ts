// The languages of holes, held against a second definition of the same strings: what an automaton leaves out, the proof leaves out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyOf, dead, fixedLanguage, idLanguage, type Language } from '../../../core/iam/language.ts';

function accepts(language: Language, text: string): boolean {
  let state = 0;
  for (const character of text) {
    state = language.step(state, character);
    if (state === dead) return false;
  }
  return language.accepts(state);
}

const isAlphanumeric = (character: string | undefined): boolean =>
  character !== undefined && /^[A-Za-z0-9]$/.test(character);

/** Ids as the contract words them; a maximum counts only where every id has that length. */
function isId(text: string, characters: string, minLength: number, maxLength: number): boolean {
  const isLongEnough = text.length >= Math.max(1, minLength) && (minLength !== maxLength || text.length === maxLength);
  return (
    isLongEnough &&
    [...text].every((character) => characters.includes(character)) &&
    isAlphanumeric(text[0]) &&
    isAlphanumeric(text.at(-1)) &&
    !text.includes('..')
  );
}

const text = fc.string({ unit: fc.constantFrom('a', 'B', '0', '.', '-', '_', '/', '#'), maxLength: 6 });

describe('the language of ids', () => {
  it.each([
    ['aB0.-_', 1, 63],
    ['aB0.-_', 3, 63],
    ['aB0.-_', 3, 3],
    ['aB0.-_', 1, 1],
    ['aB.', 2, 5],
    ['a-', 4, 4],
    ['a/', 0, 63],
  ] as const)('holds exactly the ids of %s, %i to %i', (characters, minLength, maxLength) => {
    const language = idLanguage(characters, minLength, maxLength);
    const seen = { in: 0, out: 0 };
    fc.assert(
      fc.property(text, (one) => {
        const expected = isId(one, characters, minLength, maxLength);
        seen[expected ? 'in' : 'out'] += 1;
        expect(accepts(language, one)).toBe(expected);
      }),
      { numRuns: 1_500, seed: 3 },
    );
    expect(seen.out).toBeGreaterThan(100);
  });

  it.each(['a', 'aa', 'a-a', 'a.a', 'a.-.a', 'a--a'])('holds %s', (id) => {
    expect(accepts(idLanguage('a.-', 1, 63), id)).toBe(true);
  });

  it.each(['', '.', '-', '.a', 'a.', 'a-', '-a', 'a..a', 'a...a', 'b', 'a/a'])('does not hold "%s"', (id) => {
    expect(accepts(idLanguage('a.-', 1, 63), id)).toBe(false);
  });

  it('stays within its states, so that no two of them share a key of the search', () => {
    const language = idLanguage('a.-', 4, 4);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', '-'), maxLength: 8 }), (one) => {
        let state = 0;
        for (const character of one) {
          if (state === dead) return;
          state = language.step(state, character);
          expect(state === dead || (Number.isInteger(state) && state > 0 && state < language.states)).toBe(true);
        }
      }),
    );
  });

  it('names a character of each kind for the search, two letters or digits and every sign, readable ones first', () => {
    expect(idLanguage('AZa0.-_', 1, 63).representatives).toEqual(['a', 'A', '.', '-', '_']);
    expect(idLanguage('01', 1, 63).representatives).toEqual(['0', '1']);
    expect(idLanguage('ABcd', 1, 63).representatives).toEqual(['c', 'd']);
  });
});

describe('the other languages', () => {
  it('of fixed length hold exactly that length, each place its characters', () => {
    const language = fixedLanguage([/^[0-9]$/, /^-$/, /^[a-z]$/], ['0', '-', 'a']);
    const held = (one: string): boolean => accepts(language, one);
    expect(held('1-a')).toBe(true);
    expect(['', '1', '1-', '1-a1', 'a-a', '1-A', '11a'].filter(held)).toEqual([]);
    expect(language.states).toBe(4);
    expect(language.representatives).toEqual(['0', '-', 'a']);
  });

  it('of any length hold every string of the characters but the empty one', () => {
    const language = anyOf(/^[ab]$/, ['a']);
    const held = (one: string): boolean => accepts(language, one);
    expect(['a', 'b', 'abba'].every(held)).toBe(true);
    expect(['', 'c', 'abc', 'cab'].filter(held)).toEqual([]);
    expect([language.states, language.representatives]).toEqual([2, ['a']]);
  });
});
