// The result of a load run for people. The last line says PASSED or FAILED.
import type { Account } from './books.ts';
import type { MemoryTrend } from './memory.ts';
import type { LoadOptions } from './messages.ts';

/** All of a run, as `--json` writes it. */
export interface LoadResult extends Account {
  readonly options: LoadOptions;
  readonly hungUp: number;
  /** How often each upstream answered in which way. */
  readonly upstreams: Readonly<Record<string, number>>;
  readonly perSecond: { readonly requests: number; readonly vends: number };
  readonly latencyMilliseconds: Readonly<Record<'p50' | 'p90' | 'p99' | 'p99.9', number>>;
  readonly memory: Readonly<Record<'heap' | 'reserved' | 'resident', MemoryTrend | undefined>>;
  readonly passed: boolean;
}

/** Renders it, with a line end. */
export function report(result: LoadResult): string {
  const { options, account, upstreams } = { ...result, account: result };
  const table = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `  ${String(count).padStart(9)}  ${name}\n`)
      .join('');
  const latency = Object.entries(result.latencyMilliseconds).map(([name, value]) => `${name} ${value.toFixed(1)}`);
  const found = Object.entries(Object.groupBy(result.findings, (finding) => finding)).map(
    ([finding, all]) => `  ${finding}${(all?.length ?? 0) > 1 ? ` (${all?.length ?? 0} times)` : ''}\n`,
  );
  return `load: ${options.seconds} s after ${options.warmUp} s of warm-up, ${options.clients} clients, seed ${options.seed}, hostile ${options.hostile}, faults ${options.faults}, cache ${options.cache === 0 ? 'off' : options.cache}
what was answered
${table(account.outcomes)}what the upstreams did
${table(upstreams)}requests  ${account.requests} (${result.perSecond.requests.toFixed(0)}/s): ${account.vends} vends (${result.perSecond.vends.toFixed(0)}/s), ${account.refusals} refusals; ${result.hungUp} callers hung up
sessions  ${account.sessions} made by STS; every vend traced to its tenant, user and policy
audit     ${account.auditLines} lines
log       ${account.log.lines} lines, ${account.log.bytes} bytes searched for tokens and their parts, session tokens and secrets
latency   of vends, ms: ${latency.join(', ')}
memory    of the function's thread, held: ${trend(result.memory.heap)}
          reserved by it: ${trend(result.memory.reserved)}
          of the process, with the emulated gateway: ${trend(result.memory.resident)}
${found.slice(0, 20).join('')}${result.passed ? 'PASSED' : `FAILED: ${result.findings.length} findings`}
`;
}

function trend(memory: MemoryTrend | undefined): string {
  if (memory === undefined) return 'too short a run to judge';
  const { slopeKilobytesPerSecond, middleThirdMegabytes, lastThirdMegabytes, highestMegabytes, isFlat } = memory;
  return `${slopeKilobytesPerSecond.toFixed(1)} KB/s, middle third ${middleThirdMegabytes.toFixed(1)} MB, last third ${lastThirdMegabytes.toFixed(1)} MB, highest ${highestMegabytes.toFixed(1)} MB: ${isFlat ? 'flat' : 'NOT FLAT'}`;
}
