// `npm run bench`: everything in one run, interleaved, medians, ratios first. Writes bench/results/<date>.json. `--smoke` only
// shows that it runs: its figures mean nothing and are not written.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contestants, measureFunctions, type Contestant, type FunctionFigures } from './functions.ts';
import { measureGrowth } from './growth.ts';
import { evaluationsPerSecond, proofMilliseconds, renderMicroseconds } from './policy.ts';
import { measureProcesses } from './processes.ts';
import { round } from './statistics.ts';

const { values: options } = parseArgs({ options: { smoke: { type: 'boolean', default: false } } });
const size = options.smoke
  ? { cold: 1, warm: 1, vends: 20, processes: 1, milliseconds: 20, batches: 1, tenants: 1_000 }
  : { cold: 15, warm: 5, vends: 2_000, processes: 7, milliseconds: 1_000, batches: 15, tenants: 1_000_000 };

interface Row {
  readonly what: string;
  readonly goal: string;
  readonly value: (figures: FunctionFigures, who: Contestant) => number;
  /** Against what the ratio is; without it the value speaks for itself. */
  readonly unit: string;
}

const ratioToNaive =
  (name: keyof FunctionFigures['of'][Contestant]): Row['value'] =>
  ({ of }, who) =>
    of[who][name] / of.naive[name];

const rows: readonly Row[] = [
  { what: 'cold: load and first vend', goal: '<= 0.35', unit: '× naive', value: ratioToNaive('coldMilliseconds') },
  {
    what: 'cold: whole process',
    goal: '<= 2.2',
    unit: '× node -e 0',
    value: ({ of, bareProcessMilliseconds }, who) => of[who].processMilliseconds / bareProcessMilliseconds,
  },
  { what: 'warm: p50', goal: 'floor + 0.5', unit: 'ms', value: ({ of }, who) => of[who].p50Milliseconds },
  { what: 'warm: p99', goal: '', unit: 'ms', value: ({ of }, who) => of[who].p99Milliseconds },
  { what: 'warm: CPU', goal: '<= 0.5, cached <= 0.12', unit: '× naive', value: ratioToNaive('cpuMicroseconds') },
  { what: 'resident memory', goal: '<= 0.65', unit: '× naive', value: ratioToNaive('residentMegabytes') },
  { what: 'bundle, gzipped', goal: '<= 40', unit: 'KB', value: ({ of }, who) => of[who].bundleKilobytesGzipped },
];

const folder = mkdtempSync(join(tmpdir(), 'tvm-bench-'));
try {
  const functions = await measureFunctions(folder, size);
  console.log(`| | ${contestants.join(' | ')} | goal |\n| --- | ${contestants.map(() => '---:').join(' | ')} | --- |`);
  for (const { what, unit, goal, value } of rows) {
    console.log(
      `| ${what}, ${unit} | ${contestants.map((who) => round(value(functions, who))).join(' | ')} | ${goal} |`,
    );
  }

  const processes = await measureProcesses(size.processes);
  const times = (milliseconds: number): string =>
    `${round(milliseconds / processes.bareProcess)} × node -e 0 (${round(milliseconds)} ms)`;
  console.log(`\ncredential-process on a cache hit   ${times(processes.credentialProcessHit)}`);
  console.log(`local mode until it is ready        ${times(processes.localModeReady)}`);
  console.log(`synth of the example app            ${times(processes.synth)}`);

  const policy = {
    evaluationsPerSecond: round(evaluationsPerSecond(1, size.milliseconds)),
    evaluationsPerSecondTwoWalls: round(evaluationsPerSecond(2, size.milliseconds)),
    renderMicroseconds: round(renderMicroseconds(size.milliseconds)),
    proofs: proofMilliseconds(),
  };
  console.log(`\nevaluations a second                ${policy.evaluationsPerSecond} of ten statements`);
  console.log(`                                    ${policy.evaluationsPerSecondTwoWalls} of ten in each of two walls`);
  console.log(`rendering a session policy          ${policy.renderMicroseconds} µs`);
  for (const [name, { verdict, milliseconds }] of Object.entries(policy.proofs)) {
    console.log(`proof, ${name.padEnd(28)} ${verdict.padEnd(7)} ${milliseconds} ms`);
  }

  const growth = await measureGrowth(size);
  const list = (points: readonly { readonly size: number; readonly microseconds: number }[]): string =>
    points.map((point) => `${point.size}: ${round(point.microseconds)} µs`).join(', ');
  console.log(`\none vend, by permission sets        ${list(growth.permissionSets)}`);
  console.log(`one vend, by issuers                ${list(growth.issuers)}`);
  console.log(`one vend, by distinct tenants       ${list(growth.tenants)}`);
  console.log(
    `heap, by distinct tenants           ${growth.tenants.map((point) => `${point.size}: ${round(point.heapMegabytes)} MB`).join(', ')}`,
  );

  if (!options.smoke) {
    const now = new Date().toISOString();
    const machine = { node: process.version, cores: cpus().length, processor: cpus()[0]?.model.trim() };
    mkdirSync('bench/results', { recursive: true });
    const path = `bench/results/${now.slice(0, 10)}.json`;
    const result = { measuredAt: now, machine, rounds: size, functions, processes, policy, growth };
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`\nwrote ${path}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
