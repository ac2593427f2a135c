import type { OutgoingHttpHeaders } from "node:http2";
import { UsageError } from "../errors.ts";
import { requestLine } from "../http1/head-writer.ts";
import { isHost } from "../http1/request-target.ts";
import { headersOf } from "../http2/fields.ts";
import { agreedSize } from "../semantics/content-length.ts";
import type { FieldsInit } from "../semantics/fields.ts";
import { type SortedFields, sortedFields } from "../semantics/framing-fields.ts";
import { listHas } from "../semantics/lists.ts";
import { checkedTrailers, checkTrailer } from "../semantics/trailers.ts";
import type { RequestSender } from "./outgoing-request.ts";

/** Where an {@link Http2Sender} puts what is to be sent. */
export interface StreamOutput {
  /** The head. @param body whether anything follows; @param trailers whether trailers do */
  open(headers: OutgoingHttpHeaders, body: boolean, trailers: boolean): void;
  /** Octets of the body; a string stands for latin-1 text, one octet a character. */
  write(piece: string | Uint8Array): void;
  /** The end of what was opened with a body. @param trailers undefined where none were to follow */
  finish(trailers: OutgoingHttpHeaders | undefined): void;
}

// States, named after what may be sent next.
const HEAD = 0;
const BODY = 1;
const NO_BODY = 2;
const CLOSED = 3;

/**
 * A request on a stream of HTTP/2 (RFC 9113 section 8.3.1). The rules for fields and lengths are those of HTTP/1's `Sender`, whose twin
 * this is: the caller does not know which of them it will be.
 */
export class Http2Sender implements RequestSender {
  readonly #output: StreamOutput;
  readonly #scheme: "http" | "https";
  #state = HEAD;
  // Octets that were announced, where they were, and those that have been sent.
  #length: number | undefined;
  #sent = 0;
  #trailers = false;

  constructor(output: StreamOutput, secure: boolean) {
    this.#output = output;
    this.#scheme = secure ? "https" : "http";
  }

  get chunked(): boolean {
    return this.#state === BODY && this.#length === undefined;
  }

  request(
    method: string,
    target: string,
    fields: FieldsInit,
    size?: number | "chunked",
    trailers: readonly string[] = [],
  ): string {
    if (this.#state !== HEAD)
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a head inside a message" });
    requestLine(method, target);
    const { kept, authority, announced } = sortedForHttp2(fields);
    const length = agreedSize(size === "chunked" ? undefined : size, announced);
    const hasTrailers = size === "chunked" && length === undefined && trailers.length > 0;
    if (length !== undefined) kept.push(["content-length", String(length)]);
    if (hasTrailers) kept.push(["trailer", announcement(trailers)]);
    const hasBody = size === "chunked" || (length !== undefined && length > 0);
    this.#output.open(
      Object.assign(headersOf(kept), {
        ":method": method,
        ":scheme": this.#scheme,
        ":authority": authority,
        ":path": target,
      }),
      hasBody,
      hasTrailers,
    );
    this.#length = length;
    this.#trailers = hasTrailers;
    this.#state = hasBody ? BODY : NO_BODY;
    const lines = kept.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return `${method} ${target} HTTP/2\r\nhost: ${authority}\r\n${lines}\r\n`;
  }

  data(piece: string | Uint8Array): void {
    const { length } = piece;
    if (this.#state === NO_BODY && length > 0) throw new UsageError("ERR_SLUICE_BODY_NOT_ALLOWED");
    if (this.#state !== BODY && this.#state !== NO_BODY)
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a body without a head" });
    if (length === 0) return;
    this.#sent += length;
    if (this.#length !== undefined && this.#sent > this.#length) throw this.#mismatch();
    this.#output.write(piece);
  }

  end(trailers?: FieldsInit): void {
    if (this.#state === HEAD || this.#state === CLOSED)
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "an end without a head" });
    if (trailers !== undefined && !this.chunked)
      throw new UsageError("ERR_SLUICE_BODY_NOT_ALLOWED", { found: "trailers" });
    if (this.#length !== undefined && this.#sent !== this.#length) throw this.#mismatch();
    const section = trailers === undefined ? {} : headersOf(checkedTrailers(trailers));
    if (this.#state === BODY) this.#output.finish(this.#trailers ? section : undefined);
    this.#state = CLOSED;
  }

  #mismatch(): UsageError {
    return new UsageError("ERR_SLUICE_LENGTH_MISMATCH", { found: `${this.#sent} of ${this.#length}` });
  }
}

/** @throws UsageError `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_FRAMING_FIELD`, `ERR_SLUICE_REPEATED_FIELD` */
function sortedForHttp2(fields: FieldsInit): SortedFields & { readonly authority: string } {
  let host = "";
  let te = false;
  const { kept, announced } = sortedFields(fields, (key, value) => {
    if (key === "host") host = value;
    else if (key === "te") te ||= listHas(value, "trailers");
    else return false;
    return true;
  });
  if (!isHost(host)) throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: `Host: ${host}` });
  // Nothing else may be said of it (RFC 9113 section 8.2.2).
  if (te) kept.push(["te", "trailers"]);
  return { kept, authority: host, announced };
}

/** @throws UsageError `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_FORBIDDEN_TRAILER` */
function announcement(names: readonly string[]): string {
  for (const name of names) checkTrailer(name);
  return names.join(", ");
}
