// Reads and writes the AWS config file: links are followed to the real file, its mode stays, and it is replaced at once, so that
// no SDK ever reads half of it. Edits wait for one another, so that none is lost.
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { withLock } from '../cache/lock.ts';

/** The text, one character per byte; empty where there is no file. */
export function readConfigText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw cause;
  }
}

/** Runs an edit (read, change, write) while no other process edits the file: of two that read the same text, the second to write
 * would take the block of the first out again. `late` says why where it cannot be had. */
export async function editAlone<T>(file: string, edit: () => T, late: () => never): Promise<T> {
  const real = followLinks(file);
  mkdirSync(dirname(real), { recursive: true, mode: 0o700 });
  // Beside the file, not in a folder that an environment variable moves: whoever edits it finds the same lock.
  const key = `.${basename(real)}.tvm`;
  const { done } = await withLock<{ readonly done: T }>(
    dirname(real),
    key,
    () => undefined,
    async () => ({ done: edit() }),
    async () => late(),
  );
  return done;
}

/** Replaces the file; makes it (0600) and its folder (0700) where they are not there. */
export function writeConfigText(file: string, text: string): void {
  const real = followLinks(file);
  mkdirSync(dirname(real), { recursive: true, mode: 0o700 });
  const before = statSync(real, { throwIfNoEntry: false });
  const temporary = `${real}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, text, { encoding: 'latin1', flag: 'wx', mode: 0o600 });
    if (before !== undefined) {
      chmodSync(temporary, before.mode & 0o777);
      // Run by root for somebody else, the file must stay theirs.
      if (process.getuid?.() === 0) chownSync(temporary, before.uid, before.gid);
    }
    renameSync(temporary, real);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}

/** People keep this file in a repository of settings and link to it: the link must stay one. */
function followLinks(file: string): string {
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return file;
  try {
    return realpathSync(file);
  } catch {
    return resolve(dirname(file), readlinkSync(file));
  }
}
