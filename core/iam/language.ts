// Sets of strings as small automata: what a hole in a pattern may hold. States are numbers, 0 the start, -1 none.

/** A set of non-empty strings. `representatives` has one character of every class that the automaton tells apart: a run over
 * any other character can be repeated with one of them. */
export interface Language {
  readonly states: number;
  readonly step: (state: number, character: string) => number;
  readonly accepts: (state: number) => boolean;
  readonly representatives: readonly string[];
}

export const dead = -1;

/** Strings of a fixed length, with the characters allowed at each place. */
export function fixedLanguage(places: readonly RegExp[], representatives: readonly string[]): Language {
  return {
    states: places.length + 1,
    step: (state, character) => (places[state]?.test(character) === true ? state + 1 : dead),
    accepts: (state) => state === places.length,
    representatives,
  };
}

/** Non-empty strings of the characters that the test admits. */
export function anyOf(test: RegExp, representatives: readonly string[]): Language {
  return {
    states: 2,
    step: (_, character) => (test.test(character) ? 1 : dead),
    accepts: (state) => state === 1,
    representatives,
  };
}

const alphanumeric = /^[A-Za-z0-9]$/;

/** Ids of the given characters, alphanumeric at both ends, without `..`, at least `minLength` long, and exactly `maxLength` where
 * the two are equal. A longer maximum is not tracked: leaving it out only adds strings, so what is proved without it holds. */
export function idLanguage(characters: string, minLength: number, maxLength: number): Language {
  const cap = Math.max(minLength, 1);
  const isFixed = minLength === maxLength;
  const kinds = 3; // what the last character was: alphanumeric, a dot, something else
  const kindOf = (character: string): number => (alphanumeric.test(character) ? 0 : character === '.' ? 1 : 2);
  const lengthOf = (state: number): number => Math.floor((state + kinds - 1) / kinds);
  const step = (state: number, character: string): number => {
    if (!characters.includes(character)) return dead;
    const kind = kindOf(character);
    const length = state === 0 ? 0 : lengthOf(state);
    if (state === 0 && kind !== 0) return dead;
    if (kind === 1 && state !== 0 && (state - 1) % kinds === 1) return dead;
    if (isFixed && length === cap) return dead;
    return 1 + (Math.min(length + 1, cap) - 1) * kinds + kind;
  };
  // Lower case first: witnesses are read by people.
  const readable = [...characters].sort((one, other) => Number(/[a-z]/.test(other)) - Number(/[a-z]/.test(one)));
  const alphanumerics = readable.filter((character) => alphanumeric.test(character)).slice(0, 2);
  const others = [...characters].filter((character) => !alphanumeric.test(character));
  return {
    states: 1 + cap * kinds,
    step,
    accepts: (state) => state > 0 && (state - 1) % kinds === 0 && lengthOf(state) >= minLength,
    representatives: [...alphanumerics, ...others],
  };
}
