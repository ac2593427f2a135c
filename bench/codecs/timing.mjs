import { median } from "../lib/statistics.mjs";

const MIN_SAMPLES = 3;

/** The median time in ns of one run; `prepare` makes what `run` gets, outside of the time. */
export function timeOf(prepare, run, budgetMilliseconds) {
  const samples = [];
  let spent = 0;
  while (spent < budgetMilliseconds * 1e6 || samples.length < MIN_SAMPLES) {
    const input = prepare();
    const start = process.hrtime.bigint();
    run(input);
    const elapsed = Number(process.hrtime.bigint() - start);
    samples.push(elapsed);
    spent += elapsed;
  }
  return median(samples);
}

/** In turn, A B C … A B C …, with a round of warm-up that does not count. */
export function inRounds(candidates, rounds, measure) {
  const samples = new Map(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const candidate of candidates) {
      const value = measure(candidate);
      if (round > 0) samples.get(candidate.name).push({ round, value });
    }
  }
  return [...samples].map(([name, own]) => ({ name, samples: own }));
}
