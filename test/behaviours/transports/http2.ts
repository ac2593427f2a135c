// A reader by HTTP/2: node:http2's client, one session for all.

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";
import { deferred } from "../../../src/deferred.ts";
import { type Asking, fieldsOf, type Head, type Reader, type Transfer } from "../answer.ts";
import type { Where } from "../host.ts";

export class Http2Reader implements Reader {
  readonly #where: Where;
  #session: ClientHttp2Session | undefined;

  constructor(where: Where) {
    this.#where = where;
  }

  ask(asking: Asking): Transfer {
    const { method = "GET", target = "/", fields = {}, body, trailers } = asking;
    const session = this.#connected();
    const abort = new AbortController();
    const bare = body === undefined && trailers === undefined;
    const stream = session.request(
      { ":method": method, ":path": target, ...fields },
      { endStream: bare, waitForTrailers: trailers !== undefined, signal: abort.signal },
    );
    if (trailers !== undefined) stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
    const transfer = new Http2Transfer(stream, session, abort);
    if (!bare) void send(stream, body);
    return transfer;
  }

  async close(): Promise<void> {
    const session = this.#session;
    if (session === undefined || session.destroyed) return;
    const closed = new Promise((resolve) => session.once("close", resolve));
    session.destroy();
    await closed;
  }

  /** A session that takes requests: the last one, unless it has gone away. */
  #connected(): ClientHttp2Session {
    const { url, ca } = this.#where;
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(url, ca === undefined ? {} : { ca });
      this.#session.on("error", () => {});
    }
    return this.#session;
  }
}

class Http2Transfer implements Transfer {
  readonly interim: Head[] = [];
  readonly #stream: ClientHttp2Stream;
  readonly #session: ClientHttp2Session;
  readonly #abort: AbortController;
  readonly #head = deferred<Head>();
  #pieces: AsyncIterator<Buffer, undefined> | undefined;
  #trailers: ReadonlyMap<string, string> = new Map();

  constructor(stream: ClientHttp2Stream, session: ClientHttp2Session, abort: AbortController) {
    this.#abort = abort;
    this.#stream = stream;
    this.#session = session;
    stream.on("response", (headers) => this.#head.resolve(headOf(headers)));
    stream.on("headers", (headers) => this.interim.push(headOf(headers)));
    stream.on("trailers", (headers) => (this.#trailers = fieldsOf(linesOf(headers))));
    stream.on("error", this.#head.reject);
    stream.on("close", () => this.#head.reject(new Error(`no response: ${stream.rstCode}`)));
  }

  get head(): Promise<Head> {
    return this.#head.promise;
  }

  async pull(): Promise<Uint8Array | undefined> {
    await this.head;
    this.#pieces ??= this.#stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    const { value } = await this.#pieces.next();
    // Node takes a stream that is reset without an error for one that has ended.
    if (value === undefined && this.#stream.rstCode !== constants.NGHTTP2_NO_ERROR)
      throw new Error(`reset: ${this.#stream.rstCode}`);
    return value;
  }

  trailers(): ReadonlyMap<string, string> {
    return this.#trailers;
  }

  leave(): void {
    // Not by `close`, which ends the body of the request in front of RST_STREAM.
    this.#abort.abort();
  }

  connection(): unknown {
    return this.#session;
  }
}

async function send(stream: ClientHttp2Stream, body: Asking["body"]): Promise<void> {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
    stream.end(body);
    return;
  }
  for await (const piece of body) {
    if (stream.destroyed) return;
    if (!stream.write(piece)) {
      await new Promise<void>((resolve) => {
        stream.once("drain", () => resolve());
        stream.once("close", () => resolve());
      });
    }
  }
  stream.end();
}

function headOf(headers: IncomingHttpHeaders & { ":status"?: number | undefined }): Head {
  return {
    status: headers[":status"]!,
    fields: fieldsOf(linesOf(headers)),
    cookies: headers["set-cookie"] ?? [],
  };
}

function linesOf(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(":"))
    .flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)]));
}
