// One target in a thread of its own, so that a parser that never returns can be stopped. The input at hand stands in shared
// memory: of a thread that hangs nothing else can be read.
import { parentPort, workerData } from 'node:worker_threads';
import { keepBroken, readCorpus } from './corpus.ts';
import { runTarget, shrink, type Limits } from './engine.ts';
import { targets } from './targets/index.ts';

/** What the thread is given. `memory` holds the count of inputs, the length of the one at hand, and its bytes. */
export interface Job {
  readonly target: string;
  readonly limits: Limits;
  readonly memory: SharedArrayBuffer;
}

const { target: name, limits, memory } = workerData as Job;
const target = targets.find((candidate) => candidate.name === name)!;
const [numbers, bytes] = [new Int32Array(memory, 0, 2), new Uint8Array(memory, 8)];

const seeds = readCorpus(name).map((seed) => seed.bytes);
const { broken, ...report } = await runTarget(target, seeds, limits, (input) => {
  bytes.set(input.subarray(0, bytes.length));
  Atomics.store(numbers, 1, Math.min(input.length, bytes.length));
  Atomics.add(numbers, 0, 1);
});
if (broken === undefined) {
  parentPort!.postMessage({ ...report, broken: undefined });
} else {
  const file = keepBroken(name, await shrink(target, broken.input));
  parentPort!.postMessage({ ...report, broken: { file, reason: broken.reason } });
}
