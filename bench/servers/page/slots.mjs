export const SLOTS = 20;
const ROWS = 12;
// Coprime with the number of slots, so that each comes once, and no two in the order in which they stand.
const STEP = 7;

/** What one slot shows: about a kilobyte of markup. */
const slots = Array.from({ length: SLOTS }, (_, slot) => ({
  title: `Department ${slot} & more`,
  rows: Array.from({ length: ROWS }, (_row, row) => ({
    id: slot * 100 + row,
    name: `Article <${slot}.${row}>`,
    price: ((slot * 131 + row * 17) % 1000) / 10,
  })),
}));

/** The slots of one page as promises. One comes with each turn of the event loop, the first of the page last. */
export function requestSlots() {
  const fulfil = [];
  const promises = slots.map((_, slot) => new Promise((resolve) => (fulfil[slot] = resolve)));
  let turn = 0;
  const next = () => {
    turn += 1;
    const slot = (turn * STEP) % SLOTS;
    fulfil[slot](slots[slot]);
    if (turn < SLOTS) setImmediate(next);
  };
  setImmediate(next);
  return promises;
}
