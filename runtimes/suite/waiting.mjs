/** In milliseconds; longer than any of the deadlines that tests set. */
const PATIENCE = 8_000;

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Lets everything else have its turn. */
export const turn = () => sleep(0);

/** Waits for something to hold. */
export async function until(holds, what = () => String(holds)) {
  const deadline = performance.now() + PATIENCE;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE} ms for ${what()}`);
    await sleep(2);
  }
}

/** A promise, and the function that resolves it. */
export function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}

/** A number once it has grown and has then stood still for an eighth of a second. */
export async function settled(read) {
  await until(() => read() > 0);
  let before = read();
  for (let looks = 0; looks < 5;) {
    await sleep(25);
    const now = read();
    looks = now === before ? looks + 1 : 0;
    before = now;
  }
  return before;
}
