import assert from "node:assert/strict";
import type { Behaviour } from "./behaviour.ts";
import type { Host } from "./host.ts";
import { AFTER, Site } from "./site.ts";

/**
 * Rejects where a host hasn't a behaviour. Afterwards the host answers as before, has told the application of nothing that was not
 * expected, and closes.
 * @param patience how long it may take, in milliseconds; default: any time
 */
export async function perform(behaviour: Behaviour, host: Host, patience?: number): Promise<void> {
  const site = new Site(host);
  try {
    await within(patience, behaviour.run(site));
    if (!site.isClosing) assert.equal((await site.whole({ target: AFTER })).text, "after");
    assert.deepEqual(site.errors, []);
  } finally {
    await site.close();
  }
}

async function within(patience: number | undefined, running: Promise<void>): Promise<void> {
  if (patience === undefined) return running;
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${patience} ms`)), patience);
  });
  try {
    await Promise.race([running, impatience]);
  } finally {
    clearTimeout(timer);
  }
}
