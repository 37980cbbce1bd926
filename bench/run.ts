// `npm run bench`: everything in one run, interleaved, medians, ratios first. Writes bench/results/<date>.json. `--smoke` only
// shows that it runs: its figures mean nothing and are not written.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureFunctions } from './functions.ts';
import { measureGrowth } from './growth.ts';
import { evaluationsPerSecond, proofMilliseconds, renderMicroseconds } from './policy.ts';
import { measureProcesses } from './processes.ts';
import { round } from './statistics.ts';
import { functionTable, growthTable, policyTable, processTable, type Results } from './tables.ts';

const { values: options } = parseArgs({ options: { smoke: { type: 'boolean', default: false } } });
const size = options.smoke
  ? { cold: 1, warm: 1, vends: 20, processes: 1, milliseconds: 20, batches: 1, tenants: 1_000 }
  : { cold: 15, warm: 5, vends: 2_000, processes: 7, milliseconds: 1_000, batches: 15, tenants: 1_000_000 };

const folder = mkdtempSync(join(tmpdir(), 'tvm-bench-'));
try {
  const functions = await measureFunctions(folder, size);
  console.log(functionTable(functions));

  const processes = await measureProcesses(size.processes);
  console.log(`\n${processTable(processes)}`);

  const policy = {
    evaluationsPerSecond: round(evaluationsPerSecond(1, size.milliseconds)),
    evaluationsPerSecondTwoWalls: round(evaluationsPerSecond(2, size.milliseconds)),
    renderMicroseconds: round(renderMicroseconds(size.milliseconds)),
    proofs: proofMilliseconds(),
  };
  console.log(`\n${policyTable(policy)}`);

  const growth = await measureGrowth(size);
  console.log(`\n${growthTable(growth)}`);

  if (!options.smoke) {
    const now = new Date().toISOString();
    const machine = { node: process.version, cores: cpus().length, processor: cpus()[0]?.model.trim() };
    mkdirSync('bench/results', { recursive: true });
    const path = `bench/results/${now.slice(0, 10)}.json`;
    const result: Results = { measuredAt: now, machine, rounds: size, functions, processes, policy, growth };
    writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`\nwrote ${path}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
