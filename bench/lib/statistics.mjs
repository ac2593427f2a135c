export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function summary(numbers) {
  return { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) };
}

/**
 * The median of the ratios within each round: two samples of one round were taken seconds apart, so what else the
 * machine did then fell on both.
 */
export function ratioByRound(samples, base) {
  const inRound = new Map(base.map((sample) => [sample.round, sample.value]));
  const ratios = samples
    .filter(({ round }) => inRound.has(round))
    .map(({ round, value }) => value / inRound.get(round));
  return ratios.length === 0 ? undefined : median(ratios);
}
