/** Longer words are never looked for: the work is the product of both lengths. */
const LONGEST = 40;

/** The word that was probably meant, or undefined where none is near: two slips at most, or one for every three letters. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > LONGEST || word.length < 2) return undefined;
  const begun = words.filter((other) => other.startsWith(word));
  if (begun.length === 1) return begun[0];
  let best: string | undefined;
  let fewest = Math.min(2, Math.ceil(word.length / 3)) + 1;
  for (const other of words) {
    const slips = slipsBetween(word, other);
    if (slips < fewest) [best, fewest] = [other, slips];
  }
  return best;
}

/** Letters that were added, left out, mistaken, or swapped with their neighbour. */
function slipsBetween(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const mistaken = row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
      let slips = Math.min(row[j] + 1, next[j - 1] + 1, mistaken);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        slips = Math.min(slips, before[j - 2] + 1);
      next.push(slips);
    }
    [before, row] = [row, next];
  }
  return row[other.length];
}
