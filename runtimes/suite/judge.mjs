import { CANNOT } from "../cannot.mjs";
import { host } from "./host.mjs";

/** Nothing here takes longer than this, in milliseconds. */
const PATIENCE = 20_000;

/**
 * Runs a test. One that this host cannot pass, by the list of what it can't do, has to fail: then the reason is the result, and a test
 * that passes after all is the failure, so that the list stays true.
 * @param {string} on the runtime that is tested, where that is another one than this
 * @returns the reason why it is skipped; undefined where it has passed
 */
export async function judge(name, body, on = host) {
  const known = CANNOT.find((entry) => entry.test === name && entry.on.includes(on));
  try {
    await withPatience(body);
  } catch (error) {
    if (known === undefined) throw error;
    return known.reason;
  }
  if (known !== undefined) throw new Error(`${on} can do this now: take it out of runtimes/cannot.mjs`);
  return undefined;
}

async function withPatience(body) {
  let timer;
  const impatience = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came of it for ${PATIENCE} ms`)), PATIENCE);
  });
  try {
    await Promise.race([body(), impatience]);
  } finally {
    clearTimeout(timer);
  }
}
