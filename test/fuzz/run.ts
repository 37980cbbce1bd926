// npm run fuzz: every target for a few seconds, or as long as you say. Prints what each saw; an input that breaks a promise is
// written into the corpus, where `npm test` replays it from then on.
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { keepBroken } from './corpus.ts';
import type { Report } from './engine.ts';
import { targets } from './targets/index.ts';
import type { Job } from './worker.ts';

interface Result extends Omit<Report, 'broken'> {
  readonly broken: { readonly file: string; readonly reason: string } | undefined;
}

const usage = `node test/fuzz/run.ts [--seconds N] [--inputs N] [--seed N] [--target NAME]…

--seconds N   seconds per target (default 1)
--inputs N    at most so many inputs per target: then the same seed is the same run
--seed N      where chance begins (default: today's date, so that each day looks elsewhere)
--target NAME one target only; may be repeated. There are: ${targets.map(({ name }) => name).join(', ')}
`;

/** Wall-clock time without a new input after which a thread counts as hanging, milliseconds. */
const maxSilence = 20_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    inputs: { type: 'string', default: '1000000000' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10).replaceAll('-', '') },
    target: { type: 'string', multiple: true },
    help: { type: 'boolean', default: false },
  },
});
const limits = { seconds: Number(values.seconds), inputs: Number(values.inputs), seed: Number(values.seed) };
const unknown = (values.target ?? []).filter((name) => !targets.some((target) => target.name === name));
if (values.help || unknown.length > 0 || Object.values(limits).some((number) => !(number >= 0))) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 2);
}
const chosen = targets.filter(({ name }) => values.target?.includes(name) ?? true);

function runInThread(target: string): Promise<Result> {
  const memory = new SharedArrayBuffer(8 + 262_144);
  const [numbers, bytes] = [new Int32Array(memory, 0, 2), new Uint8Array(memory, 8)];
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { target, limits, memory } satisfies Job,
  });
  return new Promise((resolve, reject) => {
    let seen = -1;
    const watchdog = setInterval(() => {
      const count = Atomics.load(numbers, 0);
      if (count !== seen || count === 0) {
        seen = count;
        return;
      }
      clearInterval(watchdog);
      const file = keepBroken(target, Uint8Array.from(bytes.subarray(0, Atomics.load(numbers, 1))));
      const reason = `does not come to an end within ${maxSilence / 1000} s`;
      const counts = { inputs: count, accepted: 0, refused: 0, features: 0, seconds: 0 };
      void worker.terminate().then(() => resolve({ ...counts, broken: { file, reason } }));
    }, maxSilence);
    worker.once('message', (result: Result) => {
      clearInterval(watchdog);
      resolve(result);
      void worker.terminate();
    });
    worker.once('error', (cause: Error) => {
      clearInterval(watchdog);
      reject(cause);
    });
  });
}

const column = (text: string | number, width: number): string => String(text).padStart(width);
process.stdout.write(
  `seed ${limits.seed}, ${limits.seconds} s a target\n${'target'.padEnd(20)}${['inputs', 'accepted', 'refused', 'ways', 'seconds'].map((title) => column(title, 10)).join('')}\n`,
);
let failed = 0;
for (const { name } of chosen) {
  const { inputs, accepted, refused, features, seconds, broken } = await runInThread(name);
  const cells = [inputs, accepted, refused, features, seconds.toFixed(1)].map((cell) => column(cell, 10));
  process.stdout.write(`${name.padEnd(20)}${cells.join('')}\n`);
  if (broken === undefined) continue;
  failed += 1;
  process.stdout.write(
    `  BROKEN: ${broken.reason}\n  kept as ${relative('.', broken.file)}\n  again: npx vitest run test/fuzz/corpora.test.ts\n  the same run: node test/fuzz/run.ts --target ${name} --seed ${limits.seed} --inputs ${inputs} --seconds 600\n`,
  );
}
process.stdout.write(`${chosen.length - failed} passed, ${failed} failed, ${targets.length - chosen.length} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
