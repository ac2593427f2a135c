import type { Http2Stream, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { Outlet } from "../socket/outlet.ts";
import { endStream, guardEnd } from "./own-end.ts";

/**
 * Octets that node:http2 is given at a time: what it has been given counts as held by its session, which takes no more streams beyond
 * 10 MB of it, and it tells how a write goes on only when all of it has left.
 */
const WRITE = 64 * 1024;

/** What a stream of HTTP/2 has to write, of a request or of an answer: in pieces whose leaving can be watched, and up to its end. */
export class StreamOutlet extends Outlet {
  readonly #stream: Http2Stream;

  /** @param isOpen whether anything will be written; without a body node:http2 itself ends the stream, with the head */
  constructor(stream: Http2Stream, isOpen: boolean) {
    super(stream);
    this.#stream = stream;
    if (!isOpen) return;
    guardEnd(stream);
    // One write after the other: many in one are one to node:http2.
    Object.assign(stream, ONE_BY_ONE);
  }

  override text(latin1: string): void {
    if (latin1.length <= WRITE) super.text(latin1);
    else for (let at = 0; at < latin1.length; at += WRITE) super.text(latin1.slice(at, at + WRITE));
  }

  override bytes(view: Uint8Array): void {
    if (view.length <= WRITE) super.bytes(view);
    else for (let at = 0; at < view.length; at += WRITE) super.bytes(view.subarray(at, at + WRITE));
  }

  /** Octets that flow control has let pass, for telling a slow reader from one that has stopped. */
  get taken(): number {
    return this.total - this.backlog;
  }

  /** The end: what was written is complete. @param trailers undefined where none were announced, and nobody waits for them */
  end(trailers: OutgoingHttpHeaders | undefined): void {
    this.flush();
    // Both kinds of stream have what the type of their base leaves out.
    const stream = this.#stream as ServerHttp2Stream;
    if (trailers !== undefined) stream.once("wantTrailers", () => stream.sendTrailers(trailers));
    endStream(stream);
  }
}

const ONE_BY_ONE = { _writev: undefined };
