// Medians and ratios: the only two things that a run on a shared machine may say.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Rounds to three figures that mean something. */
export function round(value: number): number {
  return Number(value.toPrecision(3));
}
