import type { Layer } from "../errors.ts";
import type { ChunkScene } from "./chunked-rows.ts";
import type { HeadRow, WireEnd } from "./rows.ts";

/** What is being read: what has ended too early where nothing more comes. */
export type Reading = Extract<Layer, "head" | "length" | "chunked" | "close">;

/** What is being read, or why nothing is. */
export type Phase = Reading | "tunnel" | "after" | "fault";

/** Whether more is awaited in this phase. */
export function isReading(phase: Phase): phase is Reading {
  return phase !== "tunnel" && phase !== "after" && phase !== "fault";
}

/** How far a response was read when its octets ended, and how they did. */
export interface ReadState {
  readonly phase: Phase;
  readonly how: WireEnd;
  readonly method: string;
  /** The final head, where it has come. */
  readonly head: HeadRow | undefined;
  /** Octets of the response in all. */
  readonly received: number;
  /** The Content-Length, or 0. */
  readonly length: number;
  /** Octets of that length that have not come. */
  readonly missing: number;
  /** Octets of a body without chunks that continue a character of UTF-8. */
  readonly continuations: number;
  /** The chunk whose size was read last, in a chunked body. */
  readonly chunk: ChunkScene | undefined;
}
