// The clock, a timer and chance: the only file of client/ that touches them, so that everything else can be tested with a
// scripted clock. All three exist in browsers and in Node.

/** Milliseconds since 1970. */
export function readClock(): number {
  return Date.now();
}

/** Resolves after that many milliseconds. Keeps a Node process alive meanwhile, which the timer of `AbortSignal.timeout` would
 * not: the process would end in the middle of a retry. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** From 0 up to but not including 1; spreads retries, decides nothing secret. */
export function readChance(): number {
  return Math.random();
}
