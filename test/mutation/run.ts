// npm run mutate: StrykerJS over one room after the other, or over those that are named. Prints the score of each and the
// mutants that survived; unchanged ones come from the last run (incremental).
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rooms } from './rooms.ts';

interface Mutant {
  readonly status: 'Killed' | 'Survived' | 'Timeout' | 'NoCoverage' | 'RuntimeError' | 'CompileError' | 'Ignored';
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = names.filter((name) => !Object.hasOwn(rooms, name));
if (unknown.length > 0) {
  process.stderr.write(`no room ${unknown.join(', ')}; there are: ${Object.keys(rooms).join(', ')}\n`);
  process.exit(2);
}
/** What a test must still be found for is tried again, whatever changed: Stryker would take a survivor that runs when its file is
 * loaded from the last run, and a time that ran out may have been the machine's. */
function forgetMissed(file: string): void {
  if (!existsSync(file)) return;
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const files = Object.entries(report.files).map(([name, { mutants, ...rest }]) => {
    const found = mutants.filter(({ status }) => status === 'Killed' || status === 'Ignored');
    return [name, { ...rest, mutants: found }] as const;
  });
  writeFileSync(file, JSON.stringify({ ...report, files: Object.fromEntries(files) }));
}

/** The score that fails the command, percent of the mutants that tests reached or should have reached. */
const wantedScore = 90;

let isLow = false;
for (const room of names.length > 0 ? names : Object.keys(rooms)) {
  if (!process.argv.includes('--report-only')) {
    forgetMissed(`${root}coverage/mutation/${room}/incremental.json`);
    const stryker = `${root}node_modules/@stryker-mutator/core/bin/stryker.js`;
    const { status } = spawnSync(process.execPath, [stryker, 'run', `${root}test/mutation/stryker.config.js`], {
      cwd: root,
      env: { ...process.env, MUTATION_ROOM: room },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) process.exit(status ?? 1);
  }
  const file = `${root}coverage/mutation/${room}/report.json`;
  if (existsSync(file)) isLow = print(room, JSON.parse(readFileSync(file, 'utf8')) as Report) < wantedScore || isLow;
}
process.exitCode = isLow ? 1 : 0;

function print(room: string, { files }: Report): number {
  const all = Object.entries(files).flatMap(([file, { mutants }]) => mutants.map((mutant) => ({ file, ...mutant })));
  const count = (...statuses: readonly Mutant['status'][]): number =>
    all.filter(({ status }) => statuses.includes(status)).length;
  const scoreOf = (mutants: readonly Mutant[]): number => {
    const found = mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
    const missed = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage').length;
    return found + missed === 0 ? 100 : (100 * found) / (found + missed);
  };
  for (const { file, status, mutatorName, replacement, location } of all) {
    if (status !== 'Survived' && status !== 'NoCoverage') continue;
    const { line, column } = location.start;
    process.stdout.write(
      `${status} ${file}:${line}:${column} ${mutatorName} -> ${replacement.replaceAll(/\s+/g, ' ')}\n`,
    );
  }
  for (const [file, { mutants }] of Object.entries(files)) {
    process.stdout.write(`  ${file}: ${scoreOf(mutants).toFixed(1)} %\n`);
  }
  const score = scoreOf(all);
  process.stdout.write(
    `${room}: ${score.toFixed(1)} % (killed ${count('Killed')}, timeout ${count('Timeout')}, survived ${count('Survived')}, no coverage ${count('NoCoverage')}, error ${count('RuntimeError', 'CompileError')}, ignored ${count('Ignored')})\n`,
  );
  return score;
}
