// The seeds of each target, and the inputs that once broke one: files of raw bytes under corpus/<target>/. Every one of them is
// replayed by `npm test`.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('corpus', import.meta.url));

export interface Seed {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** The names of the targets that have a corpus. */
export function corpusNames(): readonly string[] {
  return readdirSync(root).sort();
}

export function readCorpus(target: string): readonly Seed[] {
  const folder = `${root}/${target}`;
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return files.map((file) => ({ file: `${folder}/${file}`, bytes: readFileSync(`${folder}/${file}`) }));
}

/** Keeps an input that broke a promise, named after its bytes, and gives its file. */
export function keepBroken(target: string, input: Uint8Array): string {
  mkdirSync(`${root}/${target}`, { recursive: true });
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12);
  const file = `${root}/${target}/broken-${digest}`;
  writeFileSync(file, input);
  return file;
}
