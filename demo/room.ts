import type { Html, Reply, Request, Resource } from "sluice";
import type { Log } from "./log.ts";

/** What the demo lends to its rooms. */
export interface Demo {
  /** Where the demo itself is reached: the rooms that show the wire call their own server. */
  readonly self: { readonly host: string; readonly port: number; readonly authority: string };
  readonly log: Log;
  /**
   * Stands for slow work. Rejects as soon as the reader has left.
   * @param label tells the waits of one request apart, for the tests that let each of them go on
   */
  pause(request: Request, milliseconds: number, label?: string): Promise<void>;
}

export type RoomHandler = (request: Request, demo: Demo) => Reply | Resource | Promise<Reply | Resource>;

/**
 * How a card shows what arrives: as the browser renders it; line by line; as the wire saw it; as a count of bytes; as a download that is
 * cut and resumed; as a text whose digest is verified; as tokens, in two codings beside each other.
 */
export type View = "frame" | "lines" | "wire" | "bytes" | "resume" | "verify" | "tokens";

/** One way to start a live view. */
export interface LiveStart {
  readonly label: string;
  readonly path: string;
  /** What a script asks for in Accept. Without one the browser asks for what it likes best. */
  readonly accept?: string;
  /** Default: the room's. Both have to show lines. */
  readonly view?: View;
}

export interface Room {
  /** The fragment that leads to its card. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen here. */
  readonly shows: Html;
  readonly view: View;
  /** The frame goes on after it has loaded, until the reader closes it. */
  readonly endless?: boolean;
  readonly starts: readonly LiveStart[];
  commands(origin: string): readonly string[];
  /** By method and path, e.g. `GET /numbers`. */
  readonly routes: Readonly<Record<string, RoomHandler>>;
}
