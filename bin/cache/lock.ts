// One process at a time: a lock file that is made exclusively. Left behind by a process that died, it is broken; a lock that
// cannot be had in time is done without, because credentials late are worse than credentials vended twice; unless the work may
// never be done twice.
import { randomBytes } from 'node:crypto';
import { lstatSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createPrivateFile, readPrivateFile } from './private-file.ts';

/** Milliseconds. Longer than a vend with all its retries takes. */
const staleAfter = 40_000;
/** Milliseconds. SDKs give a credential process 60 seconds at most. */
const longestWait = 25_000;
const pollEvery = 25;

/** Runs `work` while no other process runs it under the same key. `ready` is asked while waiting: what it gives ends the wait.
 * `late` is run where the lock cannot be had; by default that is the work itself, without a lock. */
export async function withLock<T>(
  folder: string,
  key: string,
  ready: () => T | undefined,
  work: () => Promise<T>,
  late: () => Promise<T> = work,
): Promise<T> {
  const path = join(folder, `${key}.lock`);
  const deadline = Date.now() + longestWait;
  const mark = JSON.stringify({ host: hostname(), pid: process.pid, nonce: randomBytes(8).toString('hex') });
  for (let state = tryLock(path, mark); state !== 'ours'; state = tryLock(path, mark)) {
    const found = ready();
    if (found !== undefined) return found;
    if (state === 'impossible' || Date.now() > deadline) return late();
    breakIfStale(folder, key, path);
    await new Promise((resolve) => setTimeout(resolve, pollEvery * (0.5 + Math.random())));
  }
  try {
    return ready() ?? (await work());
  } finally {
    // Only our own: a lock that was taken for stale and broken is another's now.
    if (readPrivateFile(path) === mark) rmSync(path, { force: true });
  }
}

/** `impossible`: a full disk, a folder that was taken away. */
function tryLock(path: string, mark: string): 'ours' | 'taken' | 'impossible' {
  try {
    createPrivateFile(path, mark);
    return 'ours';
  } catch (cause) {
    return codeOf(cause) === 'EEXIST' ? 'taken' : 'impossible';
  }
}

/** Breaking takes a lock of its own. Two processes that both saw the stale lock would otherwise both remove one: the second
 * removes the lock that the first has just made, and both vend. */
function breakIfStale(folder: string, key: string, path: string): void {
  if (!isStale(path)) return;
  const breaking = join(folder, `${key}.break`);
  try {
    createPrivateFile(breaking, '');
  } catch {
    // Held for microseconds; one that stands is itself left behind.
    if (ageOf(breaking) > staleAfter) rmSync(breaking, { force: true });
    return;
  }
  try {
    if (isStale(path)) rmSync(path, { force: true });
  } finally {
    rmSync(breaking, { force: true });
  }
}

function isStale(path: string): boolean {
  const age = ageOf(path);
  if (age > staleAfter) return true;
  const { host, pid } = readHolder(path);
  return host === hostname() && typeof pid === 'number' && !isAlive(pid);
}

/** Milliseconds since the file was written; negative where there is none. */
function ageOf(path: string): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? -1 : Date.now() - stats.mtimeMs;
}

function readHolder(path: string): { readonly host?: unknown; readonly pid?: unknown } {
  try {
    return JSON.parse(readPrivateFile(path) ?? '{}') as { readonly host?: unknown; readonly pid?: unknown };
  } catch {
    // Made and not yet written.
    return {};
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return codeOf(cause) !== 'ESRCH';
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}
