import { explain } from "./explain.ts";
import type { FaultScene } from "./fault-scene.ts";
import type { HeldOctets } from "./held-octets.ts";
import type { ExplanationRow } from "./rows.ts";

/** Octets on either side of a fault that its explanation shows. */
const CONTEXT = 32;

/**
 * The second look at a fault, once nothing more comes.
 * @param scene without its octets
 * @param held the octets around the fault
 * @param before those of the chunk before, where there is one
 */
export function explanationRow(
  scene: Omit<FaultScene, "octets" | "start">,
  held: HeldOctets,
  before: HeldOctets | undefined,
  at: number,
): ExplanationRow {
  const { offset } = scene.fault;
  // Of a chunk that is too large not all is held, and then its octets don't lead up to these.
  const joined = before !== undefined && before.length > 0 && before.end === held.start;
  const start = joined ? before.start : held.start;
  const octets = joined ? concatenated(before.octets, held.octets) : held.octets.slice();
  const from = Math.max(0, Math.min(offset - start - CONTEXT, octets.length));
  return {
    kind: "explanation",
    at,
    offset,
    sentence: explain({ ...scene, octets, start }),
    context: {
      offset: start + from,
      octets: octets.slice(from, Math.max(from, offset - start + CONTEXT)),
    },
  };
}

function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
