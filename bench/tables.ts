// Figures as Markdown tables: what `npm run bench` prints and what docs/performance.md shows. With --write-docs as a script it
// puts the newest committed results into that page, so that no figure there was typed.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { contestants, type Contestant, type FunctionFigures } from './functions.ts';
import type { GrowthFigures } from './growth.ts';
import type { ProcessFigures } from './processes.ts';
import { round } from './statistics.ts';

export interface PolicyFigures {
  readonly evaluationsPerSecond: number;
  readonly evaluationsPerSecondTwoWalls: number;
  readonly renderMicroseconds: number;
  readonly proofs: Readonly<Record<string, { readonly verdict: string; readonly milliseconds: number }>>;
}

/** One file of bench/results. */
export interface Results {
  readonly measuredAt: string;
  readonly machine: { readonly node: string; readonly cores: number; readonly processor: string | undefined };
  readonly rounds: Readonly<Record<string, number>>;
  readonly functions: FunctionFigures;
  readonly processes: ProcessFigures;
  readonly policy: PolicyFigures;
  readonly growth: GrowthFigures;
}

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
    what: 'cold: first reply',
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

function table(head: readonly string[], lines: readonly (readonly (string | number)[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function functionTable(figures: FunctionFigures): string {
  return table(
    ['', ...contestants, 'goal'],
    rows.map(({ what, unit, goal, value }) => [
      `${what}, ${unit}`,
      ...contestants.map((who) => round(value(figures, who))),
      goal,
    ]),
  );
}

export function processTable({ bareProcess, ...processes }: ProcessFigures): string {
  const names: Readonly<Record<keyof typeof processes, string>> = {
    credentialProcessHit: '`tvm credential-process`, cache hit',
    localModeReady: '`tvm dev` until it is ready',
    synth: 'synth of the example app, with the proof',
  };
  return table(
    ['whole processes', '× `node -e 0`', 'ms'],
    (Object.keys(names) as (keyof typeof names)[]).map((key) => [
      names[key],
      round(processes[key] / bareProcess),
      Math.round(processes[key]),
    ]),
  );
}

export function policyTable(figures: PolicyFigures): string {
  return table(
    ['policy engine', 'figure'],
    [
      ['decisions a second, ten statements', Math.round(figures.evaluationsPerSecond)],
      ['decisions a second, ten statements in each of two walls', Math.round(figures.evaluationsPerSecondTwoWalls)],
      ['rendering a session policy of three statements', `${figures.renderMicroseconds} µs`],
      ...Object.entries(figures.proofs).map(
        ([name, { verdict, milliseconds }]) => [`proof: ${name} (${verdict})`, `${milliseconds} ms`] as const,
      ),
    ],
  );
}

export function growthTable({ permissionSets, issuers, tenants }: GrowthFigures): string {
  const line = (what: string, points: GrowthFigures['issuers']): readonly string[] => [
    what,
    points.map(({ size, microseconds }) => `${size.toLocaleString('en')}: ${round(microseconds)}`).join(' · '),
  ];
  const heap = tenants.map((point) => `${point.size.toLocaleString('en')}: ${round(point.heapMegabytes)}`).join(' · ');
  return table(
    ['one vend without the network, as it grows', 'size: µs'],
    [
      line('permission sets', permissionSets),
      line('issuers', issuers),
      line('distinct tenants, cache of 1,000', tenants),
      ['heap in MB, by distinct tenants', heap],
    ],
  );
}

if (import.meta.main) {
  const path = globSync('bench/results/*.json').sort().at(-1);
  if (path === undefined) throw new TypeError('there are no results: npm run bench');
  const { measuredAt, machine, functions, processes, policy, growth } = JSON.parse(
    readFileSync(path, 'utf8'),
  ) as Results;
  const measured = [
    `${path}, ${measuredAt.slice(0, 10)}, Node ${machine.node}, ${machine.cores} × ${machine.processor ?? 'processor'}:`,
    functionTable(functions),
    processTable(processes),
    policyTable(policy),
    growthTable(growth),
  ].join('\n\n');
  const page = 'docs/performance.md';
  const text = readFileSync(page, 'utf8');
  const filled = text.replace(
    /<!-- measured -->[\s\S]*<!-- end -->/,
    () => `<!-- measured -->\n\n${measured}\n\n<!-- end -->`,
  );
  if (process.argv.includes('--write-docs')) writeFileSync(page, filled);
  else if (filled !== text) throw new TypeError(`${page} is not of ${path}: node bench/tables.ts --write-docs`);
}
