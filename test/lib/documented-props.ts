// The options of an interface of lib/, with the words and the default of their doc comments: what docs/constructs.md tables say.
import { readFileSync } from 'node:fs';

/** One option as a row of a table. */
export interface DocumentedProp {
  readonly prop: string;
  readonly text: string;
  /** `required`, or what stands behind `@default`. */
  readonly fallback: string;
}

/** Reads `file` (from the repository's root) as text: doc comments are no part of types. */
export function documentedProps(file: string, interfaceName: string): readonly DocumentedProp[] {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const start = source.indexOf(`export interface ${interfaceName}`);
  const body = source.slice(start, source.indexOf('\n}', start));
  return [...body.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+)(\??):/g)].map(
    ([, comment, prop, optional]) => {
      const lines = comment!.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trim());
      const text = lines.filter((line) => line !== '' && !line.startsWith('@')).join(' ');
      const given = /@default (?:- )?(.+)/.exec(comment!)?.[1]?.trim();
      const fallback = optional === '' ? 'required' : (given ?? 'undocumented');
      const isCode = /^(?:'|[A-Z]\w+\.|\d|true$|false$)/.test(fallback);
      return { prop: prop!, text: text.replaceAll('|', '\\|'), fallback: isCode ? `\`${fallback}\`` : fallback };
    },
  );
}
