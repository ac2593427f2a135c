import { randomBytes } from "node:crypto";
import { UsageError } from "../errors.ts";
import { MultipartEncoder } from "../formats/multipart-encoder.ts";
import { eachField, Fields, type FieldsInit } from "../semantics/fields.ts";
import { openSource, type PieceReader, type Pieces, PieceSource } from "./body.ts";
import { asPiece, type BodyPiece, forget } from "./piece.ts";
import { type Reply, type ReplyOptions, stream } from "./reply.ts";
import type { ValueSource } from "./value-source.ts";

/** One part of a {@link multipart} reply. */
export interface Part {
  /** Its media type. */
  readonly type: string;
  /** Further fields, such as Content-Disposition. */
  readonly headers?: FieldsInit | undefined;
  readonly body: BodyPiece | Pieces;
}

/** What {@link multipart} takes. */
export interface MultipartOptions extends ReplyOptions {
  /**
   * `mixed`, the default, for parts that stand side by side; `x-mixed-replace` for parts that take each other's place, which is how
   * browsers show a live picture.
   */
  readonly subtype?: string | undefined;
}

/**
 * A reply of several parts, each sent when it comes (RFC 2046 section 5.1). The delimiter leaves with the end of its part, so that a
 * reader knows at once that the part is whole.
 * @throws UsageError `ERR_SLUICE_INVALID_PART`, for parts while sending
 */
export function multipart(parts: ValueSource<Part>, options: MultipartOptions = {}): Reply {
  const { subtype = "mixed", ...rest } = options;
  // As random as to stand in no part (RFC 2046 section 5.1.1).
  const encoder = new MultipartEncoder(randomBytes(18).toString("base64url"));
  const headers = Fields.from(rest.headers ?? {});
  if (subtype === "x-mixed-replace" && !headers.has("cache-control"))
    headers.set("Cache-Control", "no-store");
  return stream(encoder.contentType(subtype), () => new PartsBody(parts, encoder), { ...rest, headers });
}

/** Parts in their format. */
class PartsBody extends PieceSource {
  readonly #parts: ValueSource<Part>;
  readonly #encoder: MultipartEncoder;

  constructor(parts: ValueSource<Part>, encoder: MultipartEncoder) {
    super();
    this.#parts = parts;
    this.#encoder = encoder;
  }

  override openPieces(): PieceReader {
    const reading = new Set<PieceReader>();
    const generator = pieces(this.#parts, this.#encoder, reading);
    return {
      next: () => generator.next(),
      stop(reason) {
        // The generator itself ends when the read that is under way does, which may be never.
        for (const reader of reading) reader.stop(reason);
        reading.clear();
        forget(generator.return(undefined));
      },
    };
  }
}

/** @param reading what is open */
async function* pieces(
  parts: ValueSource<Part>,
  encoder: MultipartEncoder,
  reading: Set<PieceReader>,
): AsyncGenerator<BodyPiece> {
  for await (const value of eachOf(openSource(typeof parts === "function" ? parts() : parts), reading)) {
    const part = value as Part;
    if (typeof part !== "object" || part === null || typeof part.type !== "string")
      throw new UsageError("ERR_SLUICE_INVALID_PART", { found: "a part without a type" });
    const fields: [string, string][] = [["Content-Type", part.type]];
    eachField(part.headers ?? {}, (name, field) => fields.push([name, field]));
    const { body } = part;
    if (typeof body === "string") {
      yield encoder.part(fields) + body + encoder.delimiter();
    } else {
      yield encoder.part(fields);
      if (body instanceof Uint8Array) yield body;
      else for await (const piece of eachOf(openSource(body), reading)) yield asPiece(piece);
      yield encoder.delimiter();
    }
  }
  yield encoder.end();
}

/** Stops the source when the loop is left. */
async function* eachOf(reader: PieceReader, reading: Set<PieceReader>): AsyncGenerator {
  reading.add(reader);
  let whole = false;
  try {
    for (;;) {
      const { done, value } = await reader.next();
      if (done === true) {
        whole = true;
        return;
      }
      yield value;
    }
  } finally {
    if (reading.delete(reader) && !whole) reader.stop(undefined);
  }
}
