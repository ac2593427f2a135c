import { writeJson } from "../formats/json-text.ts";
import { UsageError } from "../errors.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import type { DigestAlgorithm } from "../semantics/digest-fields.ts";
import { withCharset } from "../semantics/media-type.ts";
import type { Body, BodySource } from "./body.ts";

/**
 * Trailers of a reply: names that are declared, whose values a StreamWriter sets, or names with their values, or with functions
 * that are called at the end of the body.
 */
export type ReplyTrailers =
  | readonly string[]
  | Readonly<Record<string, string | (() => string | Promise<string>)>>;

/** What can be done to a body on its way. */
export interface DeliveryOptions {
  /** Trailers are sent to readers that ask for them (`TE: trailers`, RFC 9110 section 6.5.1), where the framing can carry them. */
  readonly trailers?: ReplyTrailers | undefined;
  /** Sends trailers to every reader, asked for or not. Default false. */
  readonly trailersAlways?: boolean | undefined;
  /**
   * Whether a content coding that the reader accepts is applied (RFC 9110 section 8.4). Default: to text-like types, unless the body
   * is known to be small or the headers say that it is coded already or must not be transformed. True: to any type. False: never.
   */
  readonly compress?: boolean | undefined;
  /**
   * Sends Content-Digest and Repr-Digest (RFC 9530), computed after the coding: as headers where the body is known, else as trailers.
   * With an algorithm always, by it unless the reader prefers another one; with `"wanted"` to readers that ask for it (Want-Repr-Digest,
   * Want-Content-Digest). Default: none.
   */
  readonly digest?: DigestAlgorithm | "wanted" | undefined;
  /** Sends Content-MD5 (RFC 1864) likewise, for old readers. Default false. */
  readonly contentMd5?: boolean | undefined;
  /** Sends Server-Timing as a trailer: milliseconds until the first piece (`first`) and until the end (`total`). Default false. */
  readonly timing?: boolean | undefined;
}

/** What a handler returns: a plain value that knows no socket and no version of HTTP. */
export interface Reply extends DeliveryOptions {
  /** 200 to 599; interim responses are `request.informational`'s. */
  readonly status: number;
  readonly headers: FieldsInit;
  readonly body: Body;
}

/** What every helper takes. */
export interface ReplyOptions extends DeliveryOptions {
  /** Default 200. */
  readonly status?: number | undefined;
  /** Fields to send; a Content-Type here wins over the helper's. */
  readonly headers?: FieldsInit | undefined;
}

/** A reply of plain text, in UTF-8. */
export function text(body: string, options: ReplyOptions = {}): Reply {
  return reply("text/plain; charset=utf-8", body, options);
}

/**
 * A reply of JSON.
 * @throws UsageError `ERR_SLUICE_NO_JSON` for what has no JSON form, such as undefined, functions, bigints and circles
 */
export function json(value: unknown, options: ReplyOptions = {}): Reply {
  return reply("application/json", writeJson(value), options);
}

/**
 * A reply whose size nobody knows yet. Each piece becomes one chunk and leaves before the source waits for anything.
 * @param type the media type; text types without a charset get `charset=utf-8`
 * @param source any iterable, async iterable, ReadableStream, Node Readable or Blob, a generator function, or a function that gets
 * a {@link StreamWriter}
 * @throws UsageError `ERR_SLUICE_BODY_SOURCE` for a type that is no string
 */
export function stream(type: string, source: BodySource, options: ReplyOptions = {}): Reply {
  if (typeof type !== "string")
    throw new UsageError("ERR_SLUICE_BODY_SOURCE", { found: "stream(type, source): the type comes first" });
  return reply(withCharset(type), source, options);
}

function reply(type: string, body: Body, options: ReplyOptions): Reply {
  const { status = 200, headers } = options;
  return { ...options, status, headers: typed(type, headers), body };
}

/** Fields with this media type, unless the caller's own have one. */
function typed(type: string, headers: FieldsInit | undefined): FieldsInit {
  if (headers === undefined) return { "Content-Type": type };
  const fields = Fields.from(headers);
  return fields.has("content-type") ? fields : fields.set("Content-Type", type);
}
