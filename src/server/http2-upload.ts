import type { ServerHttp2Stream } from "node:http2";
import { ProtocolError } from "../errors.ts";
import { CODES } from "../http2/codes.ts";
import { fieldsOf, trailerSectionFault } from "../http2/fields.ts";
import { hasEnded } from "../http2/own-end.ts";
import type { Fields } from "../semantics/fields.ts";
import { type ReceivedTrailers, sortTrailers } from "../semantics/trailers.ts";
import type { ServerLimits } from "./options.ts";

/** The exchange that a request's content is for. */
export interface Http2UploadHost {
  readonly limits: ServerLimits;
  readonly headers: Fields;
  /** Whether the answer is over: nobody wants the rest. */
  readonly isOver: boolean;
  /** Octets of the content. Returns whether there is room for more. */
  uploaded(bytes: Uint8Array): boolean;
  /** The request is complete. */
  receivedAll(trailers: ReceivedTrailers | undefined): void;
  /** The client has done something wrong. */
  refuse(error: ProtocolError): void;
}

/** The content of a request on a stream of HTTP/2, and its trailers: what of it comes, and what becomes of what nobody wants. */
export class Http2Upload {
  readonly #host: Http2UploadHost;
  readonly #stream: ServerHttp2Stream;
  #reading = false;
  #trailers: Fields | undefined;
  #octets = 0;
  // When the answer had left whole while the client was still sending.
  #unwantedSince: number | undefined;

  constructor(stream: ServerHttp2Stream, host: Http2UploadHost) {
    this.#stream = stream;
    this.#host = host;
    // They come when they come, and not only when somebody reads. The third argument is missing in node's types.
    stream.on("trailers", (...section: unknown[]) => this.#trailerSection(section[2] as readonly string[]));
  }

  /** Octets that have been read. */
  get octets(): number {
    return this.#octets;
  }

  /** Begins to read. Returns whether that is new. */
  read(): boolean {
    if (this.#reading) return false;
    this.#reading = true;
    this.#stream.on("data", (bytes: Uint8Array) => this.#data(bytes));
    this.#stream.on("end", () => this.#ended());
    return true;
  }

  #data(bytes: Uint8Array): void {
    if (this.#host.isOver) return;
    this.#octets += bytes.length;
    if (this.#octets <= this.#host.limits.bodyBytes) {
      if (!this.#host.uploaded(bytes)) this.#stream.pause();
      return;
    }
    this.#stream.pause();
    this.#host.refuse(new ProtocolError("ERR_SLUICE_BODY_TOO_LARGE"));
  }

  #trailerSection(raw: readonly string[]): void {
    const fault = trailerSectionFault(raw, this.#host.limits);
    if (fault !== undefined) this.#host.refuse(fault);
    else this.#trailers = fieldsOf(raw);
  }

  /** A stream that is reset ends for node:http2, too; the request is complete where it isn't closed. */
  #ended(): void {
    if (this.#stream.closed || this.#host.isOver) return;
    const declared = this.#host.headers.get("trailer");
    this.#host.receivedAll(this.#trailers && sortTrailers(this.#trailers, declared, undefined));
  }

  /** The answer is complete, and the request isn't: nobody wants the rest. */
  leave(): void {
    this.#stream.pause();
    this.#stream.once("finish", () => {
      this.#unwantedSince = performance.now();
      setImmediate(() => this.#stop());
    });
  }

  /** Returns whether nobody takes the rest any more, so that it is to be cut. @param write for how long that may be, in milliseconds; 0 for ever */
  check(now: number, write: number): boolean {
    if (this.#unwantedSince === undefined) return false;
    this.#stop();
    return write > 0 && now - this.#unwantedSince >= write;
  }

  /** The client is told to stop (RFC 9113 section 8.1) once the end of the answer has left, which a reset overtakes. */
  #stop(): void {
    const stream = this.#stream;
    if (!stream.closed && hasEnded(stream)) stream.close(CODES.NO_ERROR);
    discardRest(stream);
  }
}

/** A stream that is closed without an error stays until what has come of it is read. */
export function discardRest(stream: ServerHttp2Stream): void {
  if (stream.closed) stream.resume();
}
