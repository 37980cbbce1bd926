// Whether memory is flat: the slope after the warm-up, and the last third of a run against the middle one.
import { median } from '../statistics.ts';

/** How one measure of memory went, megabytes. */
export interface MemoryTrend {
  readonly slopeKilobytesPerSecond: number;
  readonly middleThirdMegabytes: number;
  readonly lastThirdMegabytes: number;
  readonly highestMegabytes: number;
  /** The last third's median is within 15 % of the middle third's, or below it. */
  readonly isFlat: boolean;
}

const allowedGrowth = 1.15;

/** Judges samples, bytes, one a second. Undefined where there are too few of them to judge. */
export function judgeMemory(samples: readonly number[]): MemoryTrend | undefined {
  if (samples.length < 6) return undefined;
  const megabytes = samples.map((bytes) => bytes / 1e6);
  const third = Math.floor(samples.length / 3);
  const middle = median(megabytes.slice(third, 2 * third));
  const last = median(megabytes.slice(2 * third));
  return {
    slopeKilobytesPerSecond: slopeOf(megabytes) * 1_000,
    middleThirdMegabytes: middle,
    lastThirdMegabytes: last,
    highestMegabytes: Math.max(...megabytes),
    isFlat: last <= middle * allowedGrowth,
  };
}

/** Least squares: the change per sample. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [products, squares] = [0, 0];
  values.forEach((value, index) => {
    products += (index - middle) * (value - mean);
    squares += (index - middle) ** 2;
  });
  return squares === 0 ? 0 : products / squares;
}

/** The value below which a share of the sorted values lies. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
