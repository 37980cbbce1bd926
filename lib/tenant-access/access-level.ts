// How much access a resource helper gives. The words are the same for every helper.

/** Reading, writing, or both. */
export type AccessLevel = 'read' | 'write' | 'readWrite';

/** The actions of a kind of resource, by what they do. An action that both need stands in both. */
export interface LevelActions {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** The actions of a level, each once; one alone is a string, which saves policy size. */
export function actionsOf({ read, write }: LevelActions, access: AccessLevel): string | readonly string[] {
  return oneOrMany([...new Set([...(access === 'write' ? [] : read), ...(access === 'read' ? [] : write)])]);
}

/** One value as itself, several as a list. */
export function oneOrMany<T>(values: readonly T[]): T | readonly T[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}
