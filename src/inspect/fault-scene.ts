import type { ReadState } from "./read-state.ts";
import type { FaultRow, WireEnd } from "./rows.ts";

/** What is known where a response broke. */
export interface FaultScene extends ReadState {
  readonly fault: FaultRow;
  /** The octets around the fault: the head, or the chunk before with what follows it, or what follows the end. */
  readonly octets: Uint8Array;
  /** Where the first of them is on the wire. */
  readonly start: number;
  /** Where the response was over, or stopped being read. */
  readonly over: number;
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
