// The code of the how-to pages, and what each piece says of itself: which tested file it comes from, or that nothing tested it.
import { readFileSync } from 'node:fs';

/** A piece of code on a page. */
export interface Snippet {
  readonly code: string;
  /** The tested file, relative to the repository; undefined where the page says that it is untested. */
  readonly source?: string;
}

/** Every fenced piece of a page. Throws at the first that says neither. */
export function snippetsOf(page: string, text: string): readonly Snippet[] {
  const lines = text.split('\n');
  const fences = lines.flatMap((line, index) => (line.startsWith('```') ? [index] : []));
  if (fences.length % 2 !== 0) throw new Error(`${page}: a piece of code does not end`);
  return fences
    .filter((_, turn) => turn % 2 === 0)
    .map((start, turn) => {
      const code = lines.slice(start + 1, fences[turn * 2 + 1]).join('\n');
      const above = lines[start - 1] ?? '';
      if (above === '<!-- untested here -->') return { code };
      const [, source] = /^<!-- snippet: (\S+) -->$/.exec(above) ?? [];
      if (source === undefined)
        throw new Error(`${page}:${start + 1} needs <!-- snippet: FILE --> or <!-- untested here --> above it`);
      return { code, source };
    });
}

/** What a page shows of a tested file: the marked part without its indentation, or all of it where nothing is marked. */
export function shownPart(source: string): string {
  const lines = readFileSync(source, 'utf8').trimEnd().split('\n');
  const [start, end] = ['snippet:start', 'snippet:end'].map((mark) => lines.findIndex((line) => line.includes(mark)));
  const shown = start === -1 ? lines : lines.slice(start! + 1, end);
  const indents = shown.filter((line) => line.trim() !== '').map((line) => /^\s*/.exec(line)![0].length);
  return shown.map((line) => line.slice(Math.min(...indents))).join('\n');
}
