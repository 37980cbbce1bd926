// Files that hold credentials: mode 0600 in a folder of mode 0700, both ours. Links are never followed, and what others could
// have written or can read is never used.
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { readdirSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes. A document of the machine is under 10,000. */
const largest = 65_536;
/** Milliseconds after which no entry, lock or half-written file is of use: credentials live an hour. */
const oldest = 4 * 3_600_000;
const ownNames = /^[0-9a-f]{64}\.(?:json|lock|break|[0-9a-f]{16}\.tmp)$/;

/** Windows has neither; there the profile folder's own access list protects. */
const userId = process.getuid?.();
const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;

/** Makes the folder, or checks the one that is there. Returns why it cannot be used, or undefined. */
export function preparePrivateFolder(path: string): string | undefined {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const stats = lstatSync(path);
    if (!stats.isDirectory()) return 'is a link or no folder';
    if (userId === undefined) return undefined;
    if (stats.uid !== userId) return 'belongs to another user';
    if ((stats.mode & 0o077) === 0) return undefined;
    // Closing a folder that holds other things, such as a home folder, could break what lives there.
    if (!readdirSync(path).every((name) => ownNames.test(name))) return 'is open to other users';
    chmodSync(path, 0o700);
    return undefined;
  } catch {
    return 'cannot be made or read';
  }
}

/** The text of a private file, or undefined where there is none that can be trusted. */
export function readPrivateFile(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | noFollow);
  } catch {
    return undefined;
  }
  try {
    // Of the open file, not of the path: between two looks at a path it can become another file.
    const stats = fstatSync(file);
    const isOurs = userId === undefined || (stats.uid === userId && (stats.mode & 0o077) === 0);
    if (!stats.isFile() || !isOurs || stats.nlink !== 1 || stats.size > largest) return undefined;
    const buffer = Buffer.alloc(stats.size);
    const length = readSync(file, buffer, 0, stats.size, 0);
    return buffer.toString('utf8', 0, length);
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** Makes a file that must not exist yet. Throws EEXIST where it does, also as a link. */
export function createPrivateFile(path: string, text: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600);
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Puts the text in place at once: readers see the old file or the new one, and a link in its place is replaced, not followed. */
export function replacePrivateFile(folder: string, key: string, text: string): void {
  const temporary = join(folder, `${key}.${randomBytes(8).toString('hex')}.tmp`);
  createPrivateFile(temporary, text);
  try {
    renameSync(temporary, join(folder, `${key}.json`));
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}

/** Removes what is long over, so that tokens that come and go leave no pile of credentials. `now` in milliseconds. */
export function sweep(folder: string, now: number): void {
  for (const name of readdirSync(folder).filter((one) => ownNames.test(one))) {
    const path = join(folder, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && now - stats.mtimeMs > oldest) rmSync(path, { force: true });
  }
}
