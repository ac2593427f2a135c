import { EndedError } from "../../errors.ts";
import { fieldsOf } from "../../http2/fields.ts";
import { type ReceivedTrailers, sortTrailers } from "../../semantics/trailers.ts";
import type { NodeRequest } from "./host.ts";

/** Gets the body of a request. */
export interface FeedHandler {
  received(view: Uint8Array): boolean;
  receivedAll(trailers: ReceivedTrailers | undefined): void;
  receiveFailed(error: unknown): void;
}

/** Whether a request comes with a body (RFC 9112 section 6.3, RFC 9113 section 8.1). */
export function bringsBody({ headers, stream }: NodeRequest): boolean {
  if (stream !== undefined) return !stream.endAfterHeaders;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Reads the body of a request of node:http, from when it is wanted. */
export class RequestFeed {
  readonly #request: NodeRequest;
  readonly #handler: FeedHandler;
  #reading = false;

  constructor(request: NodeRequest, handler: FeedHandler) {
    this.#request = request;
    this.#handler = handler;
  }

  /** Whether something else, a body parser, has begun to read it. */
  get taken(): boolean {
    return !this.#reading && this.#request.readableDidRead;
  }

  begin(): void {
    if (this.#reading) return;
    const request = this.#request;
    if (this.taken) {
      // What it has read is gone; the trailers behind it are there.
      if (request.readableEnded) this.#ended();
      else request.on("end", this.#ended);
      return;
    }
    this.#reading = true;
    request.on("end", this.#ended);
    request.on("error", this.#failed);
    request.on("close", this.#failed);
    request.on("data", this.#data);
  }

  resume(): void {
    if (this.#reading) this.#request.resume();
  }

  /** What follows is read away, so that the connection can go on. */
  giveUp(): void {
    if (!this.#reading) return;
    this.#request.off("data", this.#data);
    this.#request.resume();
  }

  readonly #data = (bytes: Uint8Array): void => {
    if (!this.#handler.received(bytes)) this.#request.pause();
  };

  readonly #ended = (): void => {
    const { rawTrailers, headers, stream } = this.#request;
    // A stream that is reset ends for node:http2, too; the request is complete where it isn't closed.
    if (stream?.closed === true) return;
    const { trailer, connection } = headers;
    const has = rawTrailers.length > 0;
    this.#handler.receivedAll(
      has ? sortTrailers(fieldsOf(rawTrailers), trailer?.toString(), connection?.toString()) : undefined,
    );
  };

  /** Without effect on a body that is complete. */
  readonly #failed = (cause?: unknown): void => {
    this.#handler.receiveFailed(new EndedError("ERR_SLUICE_READER_LEFT", { cause }));
  };
}
