import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY = 25;
const LOOKS = 4;

/** A number once it has begun to grow and has then stood still for a tenth of a second, also on a machine that is busy. */
export async function settled(read: () => number): Promise<number> {
  let before = read();
  let looks = 0;
  while (looks < LOOKS) {
    await sleep(LOOK_EVERY);
    const now = read();
    looks = now === before && now > 0 ? looks + 1 : 0;
    before = now;
  }
  return before;
}
