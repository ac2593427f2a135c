// A host with a handler, and readers that ask it.

import { type Handler, text } from "../../src/index.ts";
import { Answer, type Asking, type Reader, type Whole } from "./answer.ts";
import type { Host, Running, Where } from "./host.ts";
import { type Judge, judgesOf } from "./judges.ts";
import { Http1Reader } from "./transports/http1.ts";
import { Http2Reader } from "./transports/http2.ts";
import { InProcessReader } from "./transports/in-process.ts";
import { eventually } from "./waiting.ts";

/** Is answered whatever the handler does: to see that the host is as it was. */
export const AFTER = "/after";

export class Site {
  /** What the application was told went wrong, and with which path. A behaviour that expects errors takes them. */
  readonly errors: { readonly error: unknown; readonly path: string }[] = [];
  readonly #host: Host;
  #running: Running | undefined;
  #reader: Reader | undefined;
  #closing: Promise<void> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Starts the host with a handler. Called once, before everything else. */
  async answer(handler: Handler): Promise<this> {
    this.#running = await this.#host.start(
      (request) => (request.path === AFTER ? text("after") : handler(request)),
      (error, { path }) => this.errors.push({ error, path }),
    );
    const { reach } = this.#running;
    if (typeof reach === "function") this.#reader = new InProcessReader(reach);
    else this.#reader = reach.version === "1.1" ? new Http1Reader(reach) : new Http2Reader(reach);
    return this;
  }

  ask(asking: Asking = {}): Answer {
    return new Answer(this.#reader!.ask(asking));
  }

  /** The whole of the answer to a request. */
  whole(asking: Asking = {}): Promise<Whole> {
    return this.ask(asking).whole();
  }

  /** Everybody who can say whether an answer is complete. */
  get judges(): readonly Judge[] {
    return judgesOf(this.#running!.reach);
  }

  /** Where it is reached; undefined where that is in this process. */
  get where(): Where | undefined {
    const { reach } = this.#running!;
    return typeof reach === "function" ? undefined : reach;
  }

  /** Takes the errors that the application was told, once there are as many. */
  async takeErrors(count = 1): Promise<any[]> {
    await eventually(() => this.errors.length >= count, `${count} errors`);
    return this.errors.splice(0).map(({ error }) => error);
  }

  /** Begins to close the server, while its readers stay. */
  closeServer(): Promise<void> {
    return (this.#closing ??= this.#running!.close());
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    if (this.#running !== undefined) await this.closeServer();
  }
}
