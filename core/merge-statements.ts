// Makes a session policy small: statements that differ in their resources alone, or in their actions alone, become one. Done on
// the templates, before any value is placed, so that the number and order of statements is the same for every tenant.
import type { StatementTemplate } from './statement-template.ts';

/** Merges what may be merged without changing what is allowed or denied. The reason of shared statements is left out: it is for
 * the proof, which looks at the statements as they were written. */
export function mergeStatements(templates: readonly StatementTemplate[]): readonly StatementTemplate[] {
  const plain = templates.map(({ shared, ...statement }): StatementTemplate => statement);
  return mergeBy(mergeBy(plain, 'Resource'), 'Action');
}

/** Unites statements that are equal but for one list. Two lists at once would allow combinations that nobody wrote. */
function mergeBy(
  statements: readonly StatementTemplate[],
  element: 'Resource' | 'Action',
): readonly StatementTemplate[] {
  const merged = new Map<string, StatementTemplate>();
  for (const [index, statement] of statements.entries()) {
    const { [element]: list, Sid: _, ...rest } = statement;
    // A statement without that element (NotAction, NotResource) has nothing to unite.
    const key = list === undefined ? `alone ${index}` : JSON.stringify(sortLists(rest));
    const before = merged.get(key);
    merged.set(key, before === undefined ? statement : { ...before, [element]: unite(before[element], list) });
  }
  return [...merged.values()];
}

function unite(
  one: string | readonly string[] | undefined,
  other: string | readonly string[] | undefined,
): string | readonly string[] {
  const all = [...new Set([one, other].flatMap((list) => list ?? []))];
  return all.length === 1 ? all[0]! : all;
}

/** Lists of IAM are sets, so their order must not keep equal statements apart. */
function sortLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? sortLists(value[0]) : value.map(String).sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, member]) => [key, sortLists(member)]);
}
