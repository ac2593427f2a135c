import { open, rename } from "node:fs/promises";
import type { OpenHandle } from "./part-file.ts";

/** What no caller needs to know, and tests change. Times are in milliseconds. */
export interface Tuning {
  /** Octets that a connection is worth at least. */
  readonly segment: number;
  /** Octets that are gathered for one write: many small writes cost more than the disk does. */
  readonly batch: number;
  /** How long the first connection is alone, so that its speed is known. */
  readonly settle: number;
  /** A connection that will be done in less time than that gets no help. */
  readonly worthwhile: number;
  /** How often everything is looked at, and progress told. */
  readonly tick: number;
  /** How often the journal is written, at most; and never for more than a tenth of the time. */
  readonly flush: number;
  /** The longest wait after the first failure. */
  readonly backoff: number;
  readonly open: OpenHandle;
  readonly rename: (from: string, to: string) => Promise<void>;
}

export const TUNING: Tuning = {
  segment: 1024 * 1024,
  batch: 512 * 1024,
  settle: 250,
  worthwhile: 1_000,
  tick: 100,
  flush: 500,
  backoff: 1_000,
  open,
  rename,
};
