// Counts what happens between two audit records and is part of none: throttled tries, failed key fetches. An environment
// serves one request at a time, so what was counted since the last record belongs to the next one.
import type { MetricFacts } from '../core/metrics.ts';

/** Written by the adapters, emptied by the sink. */
export interface MetricTally {
  readonly stsThrottled: () => void;
  readonly jwksFailed: () => void;
  readonly packedPolicy: (percent: number) => void;
  /** What was counted since the last call. */
  readonly take: () => MetricFacts;
}

const nothing: MetricFacts = { stsThrottled: 0, jwksFailures: 0 };

export function createMetricTally(): MetricTally {
  let facts = nothing;
  return {
    stsThrottled: () => {
      facts = { ...facts, stsThrottled: facts.stsThrottled + 1 };
    },
    jwksFailed: () => {
      facts = { ...facts, jwksFailures: facts.jwksFailures + 1 };
    },
    packedPolicy: (packedPolicyPercent) => {
      facts = { ...facts, packedPolicyPercent };
    },
    take: () => {
      const taken = facts;
      facts = nothing;
      return taken;
    },
  };
}
