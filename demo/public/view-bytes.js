import { readPieces } from "./pieces.js";

const MIB = 1024 * 1024;
/** Often enough to look alive, seldom enough for whoever listens to it. */
const SHOWN_EVERY = 250;

/** Counts bytes, and shows how many there are so far and how fast they come. */
export async function openBytes(card, link, signal) {
  const amount = card.querySelector(".amount");
  const rate = card.querySelector(".rate");
  let total = 0;
  let pieces = 0;
  let shownAt = 0;
  const show = (after) => {
    shownAt = after;
    amount.textContent = `${(total / MIB).toFixed(1)} MiB`;
    rate.textContent = `${(total / MIB / (after / 1000)).toFixed(0)} MiB/s`;
  };
  let last = 0;
  for await (const { bytes, after } of readPieces(link.href, signal)) {
    pieces++;
    total += bytes.length;
    last = after;
    if (after - shownAt >= SHOWN_EVERY) show(after);
  }
  show(last);
  return `Complete: ${pieces} pieces`;
}
