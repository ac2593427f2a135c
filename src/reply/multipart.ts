import { UsageError } from "../errors.ts";
import { MultipartEncoder } from "../formats/multipart-encoder.ts";
import { eachField, Fields, type FieldsInit } from "../semantics/fields.ts";
import { openSource, type PieceReader, type Pieces, PieceSource, piecesOf } from "./body.ts";
import type { BodyPiece } from "./piece.ts";
import {
  checkReplyOptions,
  NO_OPTIONS,
  REPLY_OPTIONS,
  type Reply,
  type ReplyOptions,
  streamed,
} from "./reply.ts";
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

const OPTIONS: ReadonlySet<keyof MultipartOptions> = new Set([...REPLY_OPTIONS, "subtype"]);

/**
 * A reply of several parts, each sent when it comes (RFC 2046 section 5.1). The delimiter leaves with the end of its part, so that a
 * reader knows at once that the part is whole.
 * @throws UsageError `ERR_SLUICE_OPTION`; `ERR_SLUICE_INVALID_PART`, for parts while sending
 */
export function multipart(parts: ValueSource<Part>, options: MultipartOptions = NO_OPTIONS): Reply {
  checkReplyOptions(options, OPTIONS);
  const { subtype = "mixed", ...rest } = options;
  const boundary = newBoundary();
  const headers = Fields.from(rest.headers ?? {});
  if (subtype === "x-mixed-replace" && !headers.has("cache-control"))
    headers.set("Cache-Control", "no-store");
  const type = new MultipartEncoder(boundary).contentType(subtype);
  return streamed(type, new PartsBody(parts, boundary), { ...rest, headers });
}

/** A boundary so random that it stands in no part (RFC 2046 section 5.1.1). */
export function newBoundary(): string {
  const random = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...random))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** Parts between their delimiters. */
class PartsBody extends PieceSource {
  readonly #parts: ValueSource<Part>;
  readonly #boundary: string;

  constructor(parts: ValueSource<Part>, boundary: string) {
    super();
    this.#parts = parts;
    this.#boundary = boundary;
  }

  override openPieces(): PieceReader {
    const reading = new Set<PieceReader>();
    const pieces = inParts(this.#parts, new MultipartEncoder(this.#boundary), reading);
    return {
      next: () => pieces.next(),
      // By its sources, since a generator's own end would wait for the read that is under way, which may be for ever.
      stop(reason) {
        for (const reader of reading) reader.stop(reason);
        reading.clear();
      },
    };
  }
}

/** @param reading the readers that are open */
async function* inParts(
  parts: ValueSource<Part>,
  encoder: MultipartEncoder,
  reading: Set<PieceReader>,
): AsyncGenerator<BodyPiece> {
  const source = openSource(typeof parts === "function" ? parts() : parts);
  reading.add(source);
  for (;;) {
    const { done, value } = await source.next();
    if (done === true) break;
    const { body, head } = checked(value as Part);
    if (typeof body === "string") {
      yield encoder.part(head) + body + encoder.delimiter();
      continue;
    }
    yield encoder.part(head);
    if (body instanceof Uint8Array) {
      yield body;
    } else {
      const reader = openSource(body);
      reading.add(reader);
      yield* piecesOf(reader);
      reading.delete(reader);
    }
    yield encoder.delimiter();
  }
  reading.delete(source);
  yield encoder.end();
}

function checked(part: Part): {
  readonly body: Part["body"];
  readonly head: [name: string, value: string][];
} {
  if (typeof part !== "object" || part === null || typeof part.type !== "string")
    throw new UsageError("ERR_SLUICE_INVALID_PART", { found: "a part without a type" });
  const head: [string, string][] = [["Content-Type", part.type]];
  eachField(part.headers ?? {}, (name, value) => head.push([name, value]));
  return { body: part.body, head };
}
