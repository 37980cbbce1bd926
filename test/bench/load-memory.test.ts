// The judge of the load run's memory: a heap that goes up and down is flat, one that keeps a little of each request is not.
import { describe, expect, it } from 'vitest';
import { judgeMemory } from '../../bench/load/memory.ts';

/** Bytes, one sample a second: up and down by a fifth, on ground that may rise. */
const samples = (seconds: number, period: number, growth = 0): number[] =>
  Array.from({ length: seconds }, (_, second) => 30e6 + growth * second + ((second % period) / period) * 6e6);

describe('memory under load', () => {
  it.each([3, 7, 11, 13])('is flat where it falls back every %i s', (period) => {
    expect(judgeMemory(samples(60, period))?.isFlat).toBe(true);
  });

  it.each([3, 7, 11, 13])('is not where 400 KB a second stay behind, whatever falls back every %i s', (period) => {
    expect(judgeMemory(samples(60, period, 400e3))?.isFlat).toBe(false);
  });

  it('is not judged over a few seconds', () => {
    expect(judgeMemory(samples(5, 3))).toBeUndefined();
  });

  it('tells slope, both thirds and the highest', () => {
    const trend = judgeMemory(Array.from({ length: 60 }, (_, second) => 10e6 + second * 1e6));
    expect(trend).toMatchObject({ isFlat: false, highestMegabytes: 69 });
    expect(trend?.slopeKilobytesPerSecond).toBeCloseTo(1_000);
    expect(trend?.middleThirdMegabytes).toBeCloseTo(39.5);
    expect(trend?.lastThirdMegabytes).toBeCloseTo(59.5);
  });
});
