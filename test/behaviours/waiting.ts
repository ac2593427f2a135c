import { setTimeout as sleep } from "node:timers/promises";

/** In milliseconds. */
const PATIENCE = 5_000;

/** Resolves once something holds, and rejects where it doesn't come to that. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE} ms for ${what}`);
    await sleep(2);
  }
}

/** A promise, and the function that resolves it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
