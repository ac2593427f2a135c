import type { Html, Reply, Request } from "sluice";
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

export type RoomHandler = (request: Request, demo: Demo) => Reply | Promise<Reply>;

/** One way to start a live view. */
export interface LiveStart {
  readonly label: string;
  readonly path: string;
}

export interface Room {
  /** The fragment that leads to its card. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen here. */
  readonly shows: Html;
  /**
   * How the card shows what arrives: as the browser renders it, line by line, as the wire saw it, or as a count of bytes.
   */
  readonly view: "frame" | "lines" | "wire" | "bytes";
  readonly starts: readonly LiveStart[];
  commands(origin: string): readonly string[];
  /** By method and path, e.g. `GET /numbers`. */
  readonly routes: Readonly<Record<string, RoomHandler>>;
}
