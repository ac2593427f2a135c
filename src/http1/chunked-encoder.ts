import { octets } from "../bytes/latin1.ts";
import { UsageError } from "../errors.ts";
import type { FieldsInit } from "../semantics/fields.ts";
import { checkedTrailers } from "../semantics/trailers.ts";
import { type ChunkExtension, writeExtensions } from "./chunk-extensions.ts";

/** What stands behind the data of each chunk. */
export const CHUNK_END = "\r\n";

/** Size lines below this are kept once made. */
const CACHED_SIZES = 4096;
const SIZE_LINES: string[] = [];

/** The line before a chunk's data (RFC 9112 section 7.1). A size of 0 would end the body: see {@link lastChunk}. */
export function sizeLine(size: number, extensions: readonly ChunkExtension[] = []): string {
  if (extensions.length > 0) return `${size.toString(16)}${writeExtensions(extensions)}\r\n`;
  if (size >= CACHED_SIZES) return `${size.toString(16)}\r\n`;
  return (SIZE_LINES[size] ??= `${size.toString(16)}\r\n`);
}

/** The last chunk, the trailer section and the empty line behind it (RFC 9112 section 7.1.2). */
export function lastChunk(trailers?: FieldsInit, extensions: readonly ChunkExtension[] = []): string {
  return `0${writeExtensions(extensions)}\r\n${trailers === undefined ? "" : trailerLines(trailers)}\r\n`;
}

/** @throws UsageError `ERR_SLUICE_FORBIDDEN_TRAILER`, `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_REPEATED_FIELD` */
function trailerLines(trailers: FieldsInit): string {
  let lines = "";
  for (const [name, value] of checkedTrailers(trailers)) lines += `${name}: ${value}\r\n`;
  return lines;
}

/**
 * Writes a body in chunked transfer coding: the twin of {@link ChunkedDecoder}. It returns pieces to be sent in order, the payload
 * among them as it was given, so that big payloads are not copied.
 */
export class ChunkedEncoder {
  #ended = false;

  /**
   * One chunk. An empty payload gives no pieces, since a chunk of size 0 would end the body.
   * @throws UsageError `ERR_SLUICE_BODY_PIECE`, `ERR_SLUICE_INVALID_EXTENSION`, `ERR_SLUICE_OUT_OF_ORDER`; nothing has been written then
   */
  chunk(payload: Uint8Array, extensions?: readonly ChunkExtension[]): Uint8Array[] {
    if (this.#ended) throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a chunk after the last one" });
    // Text has no size before it is encoded.
    if (!(payload instanceof Uint8Array))
      throw new UsageError("ERR_SLUICE_BODY_PIECE", { found: typeof payload });
    if (payload.length === 0) return [];
    return [octets(sizeLine(payload.length, extensions)), payload, octets(CHUNK_END)];
  }

  /**
   * The last chunk, with the trailer section.
   * @throws UsageError `ERR_SLUICE_FORBIDDEN_TRAILER`, `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_REPEATED_FIELD`,
   * `ERR_SLUICE_INVALID_EXTENSION`, `ERR_SLUICE_OUT_OF_ORDER`; nothing has been written then
   */
  last(trailers?: FieldsInit, extensions?: readonly ChunkExtension[]): Uint8Array[] {
    if (this.#ended) throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a second last chunk" });
    const text = lastChunk(trailers, extensions);
    this.#ended = true;
    return [octets(text)];
  }
}
