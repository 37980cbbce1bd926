// One target, many inputs: seeds first, then mutants of them and of whatever was answered in a new way. The sequence depends on
// the seed alone; time decides only where it ends.
import fc from 'fast-check';
import { mutate } from './mutate.ts';
import { createRandom } from './random.ts';
import type { Outcome, Target } from './target.ts';

/** Where a run ends: whichever comes first. */
export interface Limits {
  readonly seed: number;
  readonly seconds: number;
  readonly inputs: number;
}

const defaultMaxMilliseconds = 500;
/** Inputs that are kept for mutation; beyond, new ways are counted only. */
const maxPool = 4_096;

export interface Broken {
  readonly input: Uint8Array;
  readonly reason: string;
}

export interface Report {
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  /** Ways in which inputs were answered. */
  readonly features: number;
  readonly seconds: number;
  readonly broken: Broken | undefined;
}

/** Runs a target. `onInput` sees each input before the target does, so that a hang leaves its input behind. */
export async function runTarget(
  target: Target,
  seeds: readonly Uint8Array[],
  limits: Limits,
  onInput: (input: Uint8Array) => void = () => undefined,
): Promise<Report> {
  const random = createRandom(limits.seed);
  const words = [...target.words, '\u0000', '\ufffd', '\u{1f600}', 'a'].map((word) => Buffer.from(word));
  const pool: Uint8Array[] = [...seeds];
  const features = new Set<string>();
  const counts = { accepted: 0, refused: 0 };
  const startedAt = performance.now();
  const elapsed = (): number => (performance.now() - startedAt) / 1000;
  let structured: string[] = [];

  const next = (index: number): Uint8Array => {
    if (index < seeds.length) return seeds[index]!;
    if (target.structured !== undefined && random.below(2) === 0) {
      if (structured.length === 0)
        structured = fc.sample(target.structured, { seed: random.below(2 ** 31), numRuns: 64 });
      const bytes = Buffer.from(structured.pop()!);
      // Half of them as they are, half with a blemish.
      return random.below(2) === 0 ? bytes : mutate(bytes, random.pick(pool), words, target.maxLength, random);
    }
    return mutate(random.pick(pool), random.pick(pool), words, target.maxLength, random);
  };
  const report = (inputs: number, broken?: Broken): Report => ({
    inputs,
    ...counts,
    features: features.size,
    seconds: elapsed(),
    broken,
  });

  if (pool.length === 0) pool.push(new Uint8Array());
  for (let index = 0; index < limits.inputs; index += 1) {
    // The clock costs more than many parsers.
    if (index % 16 === 0 && index >= seeds.length && elapsed() >= limits.seconds) return report(index);
    const input = next(index);
    onInput(input);
    const answer = await tryInput(target, input);
    if ('reason' in answer) return report(index + 1, { input, reason: answer.reason });
    counts[answer.accepted ? 'accepted' : 'refused'] += 1;
    if (!features.has(answer.feature)) {
      features.add(answer.feature);
      if (pool.length < maxPool) pool.push(input);
    }
  }
  return report(limits.inputs);
}

/** Runs one input: what it came to, or why it broke a promise. */
export async function tryInput(target: Target, input: Uint8Array): Promise<Outcome | { readonly reason: string }> {
  let fastest = Infinity;
  // A pause of the machine or of the garbage collector is not the parser's: slow is what is slow three times.
  for (let tries = 0; tries < 3; tries += 1) {
    const before = process.threadCpuUsage();
    let outcome: Outcome;
    try {
      outcome = await target.check(input);
    } catch (thrown) {
      return { reason: thrown instanceof Error ? (thrown.stack ?? thrown.message) : 'threw what is no Error' };
    }
    const { user, system } = process.threadCpuUsage(before);
    fastest = Math.min(fastest, (user + system) / 1000);
    if (fastest <= (target.maxMilliseconds ?? defaultMaxMilliseconds)) return outcome;
  }
  return { reason: `takes ${Math.round(fastest)} ms of CPU for ${input.length} bytes` };
}

/** A smaller input that is broken as well: pieces are left out as long as one can be. Bounded to some hundred tries. */
export async function shrink(target: Target, input: Uint8Array): Promise<Uint8Array> {
  let smallest = input;
  let tries = 400;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.length && tries > 0; tries -= 1) {
      const candidate = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if ('reason' in (await tryInput(target, candidate))) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}
