import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern, parsePattern, parseText, type Pattern } from '../../../core/iam/pattern.ts';
import { PolicySyntaxError } from '../../../core/iam/syntax.ts';
import vectors from '../../vectors/iam-patterns.json' with { type: 'json' };
import { anyCharacter } from '../fixtures.ts';

interface PatternVector {
  readonly id: string;
  readonly pattern: string;
  readonly value: string;
  readonly matches: boolean;
  readonly version?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

function lookUp(tags: Readonly<Record<string, string>> | undefined): (name: string) => string | undefined {
  return (name) => Object.entries(tags ?? {}).find(([tag]) => `aws:principaltag/${tag}`.toLowerCase() === name)?.[1];
}

/** Exponential and obviously right: every way a star can divide the rest of the value. */
function matchesNaively(pattern: readonly string[], value: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return value.length === 0;
  if (first === '*') return value.some((_, at) => matchesNaively(rest, value.slice(at))) || matchesNaively(rest, []);
  return value.length > 0 && (first === '?' || first === value[0]) && matchesNaively(rest, value.slice(1));
}

describe('patterns', () => {
  it.each(vectors as readonly PatternVector[])('$id', ({ pattern, value, matches, version, tags }) => {
    expect(matchesPattern(parsePattern(pattern, version !== '2008-10-17'), value, lookUp(tags))).toBe(matches);
  });

  it('decides as a naive matcher does, for every short pattern and value', () => {
    const characters = fc.constantFrom('a', 'b', '/', '\n', '😀');
    fc.assert(
      fc.property(
        fc.array(fc.oneof(characters, fc.constantFrom('*', '?')), { maxLength: 7 }),
        fc.array(characters, { maxLength: 8 }),
        (pattern, value) => {
          expect(matchesPattern(parsePattern(pattern.join(''), true), value.join(''))).toBe(
            matchesNaively(pattern, value),
          );
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('reads no text as a wildcard where wildcards are off', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.string({ unit: anyCharacter }), (text, value) => {
        const pattern = parseText(text, { wildcards: false, variables: false });
        expect(matchesPattern(pattern, value)).toBe(text === value);
        expect(matchesPattern(pattern, text)).toBe(true);
      }),
    );
  });

  it('never reads the value of a variable as a pattern', () => {
    const pattern = parsePattern('b/${aws:PrincipalTag/t}/*', true);
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.string({ unit: anyCharacter }), (tag, other) => {
        expect(matchesPattern(pattern, `b/${tag}/k`, () => tag)).toBe(true);
        expect(matchesPattern(pattern, `b/${other}`, () => tag)).toBe(other.startsWith(`${tag}/`));
      }),
    );
  });

  it('stays fast where a backtracking matcher stands still', () => {
    const pattern = parsePattern(`${'*a'.repeat(200)}b`, true);
    const startedAt = performance.now();
    expect(matchesPattern(pattern, 'a'.repeat(4000))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('matches nothing once one variable is unset, whatever else the pattern says', () => {
    for (const text of ['*${aws:x}', '${aws:x}*', '*${aws:x}*', '${aws:x}'])
      expect(matchesPattern(parsePattern(text, true), 'anything', () => undefined)).toBe(false);
  });

  it('fills an empty value as nothing', () => {
    expect(matchesPattern(parsePattern('t/${aws:x}/*', true), 't//k', () => '')).toBe(true);
    expect(matchesPattern(parsePattern('t/${aws:x}/*', true), 't/acme/k', () => '')).toBe(false);
  });

  it.each(['${', '${aws:x', '${}', '${ }', '${,}', '${a b}', '${${aws:x}}', '${aws:x, none}', "${aws:x, 'none}"])(
    'refuses the variable %s',
    (text) => {
      expect(() => parsePattern(text, true)).toThrow(PolicySyntaxError);
    },
  );

  it.each(['${', '${aws:x', '${}'])('takes %s as text where the version has no variables', (text) => {
    const pattern: Pattern = parsePattern(text, false);
    expect(matchesPattern(pattern, text)).toBe(true);
  });
});
