import type { ChunkScene } from "./chunked-rows.ts";
import type { FaultRow, HeadRow, WireEnd } from "./rows.ts";
import type { Phase } from "./verdict.ts";

/** What is known where a response broke. */
export interface FaultScene {
  readonly fault: FaultRow;
  readonly phase: Phase;
  readonly how: WireEnd;
  readonly method: string;
  /** The final head, where it has come. */
  readonly head: HeadRow | undefined;
  /** The octets around the fault: the head, or the chunk before with what follows it, or what follows the end. */
  readonly octets: Uint8Array;
  /** Where the first of them is on the wire. */
  readonly start: number;
  /** Octets of the response in all. */
  readonly received: number;
  /** Where the response was over, or stopped being read. */
  readonly over: number;
  readonly length: number;
  readonly missing: number;
  /** Octets of the body that continue a character of UTF-8. */
  readonly continuations: number;
  readonly chunk: ChunkScene | undefined;
}

/** How the connection ended, as the end of a sentence. */
export function endWords(how: WireEnd): string {
  switch (how) {
    case "reset":
      return "the connection was reset";
    case "cut":
      return "the connection was cut without close_notify";
    default:
      return "the connection was closed";
  }
}
