// How many calls a second reach STS, and what a million vends cost, as tenants and traffic grow and caches help: a formula, and
// a simulation that says whether to believe it. Writes docs/images/scale.svg and prints the table of docs/performance.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { drawLines } from './plot.ts';

/** Requests a second over `keys` distinct grants, spread over `environments` that each keep credentials `seconds` long. */
export interface Scenario {
  readonly keys: number;
  readonly requestsPerSecond: number;
  readonly environments: number;
  /** How long kept credentials are handed out, seconds; 0: no cache. With one-hour sessions and the half hour that must be left,
   * our cache has 1,800 minus the five minutes of early renewal. */
  readonly keptSeconds: number;
}

/** Few ask often and many seldom: the k-th of them 1/k as often as the first (Zipf, exponent 1). */
function shares(keys: number): Float64Array {
  const weights = Float64Array.from({ length: keys }, (_, index) => 1 / (index + 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Expected STS calls a second. In each environment a key comes at rate r; a miss opens a window of keptSeconds, and the next
 * miss comes 1/r after it closes: one call per keptSeconds + 1/r. */
export function predictedCalls({ keys, requestsPerSecond, environments, keptSeconds }: Scenario): number {
  if (keptSeconds === 0) return requestsPerSecond;
  let calls = 0;
  for (const share of shares(keys)) {
    const rate = (share * requestsPerSecond) / environments;
    calls += environments / (keptSeconds + 1 / rate);
  }
  return calls;
}

/** The same by playing traffic through environments with caches, request by request: two windows of keeping that fill them, then
 * as many as are asked for, whole ones, because caches filled together empty together. Deterministic by `seed`. */
export function simulatedCalls(scenario: Scenario, windows: number, seed = 1): number {
  const { keys, requestsPerSecond, environments, keptSeconds } = scenario;
  const random = mulberry32(seed);
  const cumulative = shares(keys);
  for (let index = 1; index < keys; index += 1) cumulative[index]! += cumulative[index - 1]!;
  const keptUntil = new Map<number, number>();
  const fill = keptSeconds * 2;
  const seconds = keptSeconds * windows;
  let calls = 0;
  const total = Math.round((fill + seconds) * requestsPerSecond);
  for (let request = 0; request < total; request += 1) {
    const now = request / requestsPerSecond;
    const environment = Math.floor(random() * environments);
    const slot = environment * keys + search(cumulative, random());
    if ((keptUntil.get(slot) ?? -1) > now) continue;
    keptUntil.set(slot, now + keptSeconds);
    if (now >= fill) calls += 1;
  }
  return calls / seconds;
}

function search(cumulative: Float64Array, wanted: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** US dollars for a million vends in us-east-1, November 2026, on arm64 with 512 MB, after the free tier. STS is free. `hits` is
 * the share that the cache serves; their time is ours, the rest waits for STS too (25 ms within a Region).
 * @see https://aws.amazon.com/api-gateway/pricing/ @see https://aws.amazon.com/lambda/pricing/
 * @see https://aws.amazon.com/cloudwatch/pricing/ */
export function costPerMillion(hits: number): Readonly<Record<'gateway' | 'requests' | 'compute' | 'logs', number>> {
  const milliseconds = 4 + (1 - hits) * 25;
  return {
    gateway: 1.0,
    requests: 0.2,
    compute: 1e6 * (milliseconds / 1000) * 0.5 * 0.0000133334,
    // An audit line and its metrics are about 1.7 KB, and a gateway access line 0.4 KB.
    logs: ((1e6 * 2_100) / 1e9) * 0.5,
  };
}

/** STS's credentialed calls a second, per account and Region, shared with everything else there. */
export const stsQuota = 600;
const keptHere = 1_800 - 300;

/** One environment per request under way: 40 ms of a vend, and some slack. */
function environmentsFor(requestsPerSecond: number): number {
  return Math.max(1, Math.ceil(requestsPerSecond * 0.03));
}

export interface ScaleRow {
  readonly keys: number;
  readonly requestsPerSecond: number;
  readonly environments: number;
  readonly uncached: number;
  readonly cached: number;
}

export function scaleTable(): readonly ScaleRow[] {
  return [1e3, 1e4, 1e5, 1e6].flatMap((keys) =>
    [50, 500, 2_000, 10_000].map((requestsPerSecond) => {
      const environments = environmentsFor(requestsPerSecond);
      const scenario = { keys, requestsPerSecond, environments };
      return {
        ...scenario,
        uncached: predictedCalls({ ...scenario, keptSeconds: 0 }),
        cached: predictedCalls({ ...scenario, keptSeconds: keptHere }),
      };
    }),
  );
}

/** Formula against simulation on scenarios small enough to play. */
export function compareWithSimulation(
  windows: number,
): readonly (Scenario & { readonly predicted: number; readonly simulated: number })[] {
  const scenarios: readonly Scenario[] = [
    { keys: 1e3, requestsPerSecond: 50, environments: 2, keptSeconds: keptHere },
    { keys: 1e4, requestsPerSecond: 500, environments: 15, keptSeconds: keptHere },
    { keys: 1e5, requestsPerSecond: 500, environments: 15, keptSeconds: keptHere },
    { keys: 1e4, requestsPerSecond: 2_000, environments: 60, keptSeconds: 900 },
  ];
  return scenarios.map((scenario) => ({
    ...scenario,
    predicted: predictedCalls(scenario),
    simulated: simulatedCalls(scenario, windows),
  }));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { smoke: { type: 'boolean', default: false } } });
  const figure = (value: number): string =>
    value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
  console.log('| grants in use | requests/s | environments | STS calls/s, no cache | STS calls/s, cache |');
  console.log('| ---: | ---: | ---: | ---: | ---: |');
  for (const { keys, requestsPerSecond, environments, uncached, cached } of scaleTable()) {
    const mark = (calls: number): string => `${figure(calls)}${calls > stsQuota ? ' ⚠' : ''}`;
    console.log(
      `| ${keys.toLocaleString('en')} | ${requestsPerSecond.toLocaleString('en')} | ${environments} | ${mark(uncached)} | ${mark(cached)} |`,
    );
  }
  console.log('\nFormula against simulation:');
  for (const { keys, requestsPerSecond, environments, keptSeconds, predicted, simulated } of compareWithSimulation(
    values.smoke ? 1 : 4,
  )) {
    console.log(
      `${keys} grants, ${requestsPerSecond}/s, ${environments} environments, ${keptSeconds} s: predicted ${figure(predicted)}, simulated ${figure(simulated)} (${(((simulated - predicted) / predicted) * 100).toFixed(1)} %)`,
    );
  }
  console.log('\nUS dollars for a million vends:');
  for (const hits of [0, 0.9]) {
    const parts = Object.entries(costPerMillion(hits));
    const total = parts.reduce((sum, [, dollars]) => sum + dollars, 0);
    const said = parts.map(([name, dollars]) => `${name} ${dollars.toFixed(2)}`).join(', ');
    console.log(`${hits * 100} % out of the cache: ${total.toFixed(2)} (${said})`);
  }
  if (!values.smoke) {
    mkdirSync('docs/images', { recursive: true });
    const rates = Array.from({ length: 24 }, (_, index) => 50 * 200 ** (index / 23));
    const line = (keys: number, keptSeconds: number): readonly (readonly [number, number])[] =>
      rates.map((rate) => [
        rate,
        predictedCalls({ keys, requestsPerSecond: rate, environments: environmentsFor(rate), keptSeconds }),
      ]);
    writeFileSync(
      'docs/images/scale.svg',
      drawLines({
        title: 'Calls to STS under caching',
        x: 'requests a second',
        y: 'AssumeRole calls a second',
        lines: [
          { name: 'no cache', points: line(1e3, 0) },
          { name: '1,000,000 grants', points: line(1e6, keptHere) },
          { name: '100,000 grants', points: line(1e5, keptHere) },
          { name: '10,000 grants', points: line(1e4, keptHere) },
          { name: '1,000 grants', points: line(1e3, keptHere) },
        ],
        mark: { y: stsQuota, name: 'quota, about 600/s' },
      }),
    );
    console.log('\nwrote docs/images/scale.svg');
  }
}
