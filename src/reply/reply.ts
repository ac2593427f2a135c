import { writeJson } from "../formats/json-text.ts";
import { UsageError } from "../errors.ts";
import { checkNames, wrongOption } from "../options.ts";
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

const NAMES = {
  status: true,
  headers: true,
  trailers: true,
  trailersAlways: true,
  compress: true,
  digest: true,
  contentMd5: true,
  timing: true,
} satisfies Record<keyof ReplyOptions, true>;

/** The names of {@link ReplyOptions}. */
export const REPLY_OPTIONS: ReadonlySet<keyof ReplyOptions> = new Set(Object.keys(NAMES) as never);

/** What a helper gets that is given no options. */
export const NO_OPTIONS: ReplyOptions = Object.freeze({});

/** Where names belong that are often taken for options of replies. */
export const REPLY_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["statusCode", "status"],
  ["statusText", "status alone: its phrase is the usual one"],
  ["contentType", 'headers: { "Content-Type": … }'],
  ["type", 'headers: { "Content-Type": … }'],
  ["trailer", "trailers"],
  ["heartBeat", "heartbeat, of sse(source, options)"],
]);

/**
 * Checks the options of a helper, where it is given any.
 * @throws UsageError `ERR_SLUICE_OPTION` for what is no object, and for a name that is no option: a status that is misspelt would be 200
 */
export function checkReplyOptions(options: object, names: ReadonlySet<string> = REPLY_OPTIONS): void {
  if (options === NO_OPTIONS) return;
  const status: unknown = options;
  if (typeof status === "number") throw wrongOption("options", status, `an object: { status: ${status} }`);
  checkNames("", options, names, REPLY_ELSEWHERE);
}

/** A reply of plain text, in UTF-8. @throws UsageError `ERR_SLUICE_OPTION` */
export function text(body: string, options: ReplyOptions = NO_OPTIONS): Reply {
  checkReplyOptions(options);
  return typedReply("text/plain; charset=utf-8", body, options);
}

/**
 * A reply of JSON.
 * @throws UsageError `ERR_SLUICE_NO_JSON` for what has no JSON form, such as undefined, functions, bigints and circles;
 * `ERR_SLUICE_OPTION`
 */
export function json(value: unknown, options: ReplyOptions = NO_OPTIONS): Reply {
  checkReplyOptions(options);
  return typedReply("application/json", writeJson(value), options);
}

/**
 * A reply whose size nobody knows yet. Each piece becomes one chunk and leaves before the source waits for anything.
 * @param type the media type; text types without a charset get `charset=utf-8`
 * @param source any iterable, async iterable, ReadableStream, Node Readable or Blob, a generator function, or a function that gets
 * a {@link StreamWriter}
 * @throws UsageError `ERR_SLUICE_BODY_SOURCE` for a type that is no string; `ERR_SLUICE_OPTION`
 */
export function stream(type: string, source: BodySource, options: ReplyOptions = NO_OPTIONS): Reply {
  if (typeof type !== "string")
    throw new UsageError("ERR_SLUICE_BODY_SOURCE", { found: "stream(type, source): the type comes first" });
  checkReplyOptions(options);
  return streamed(type, source, options);
}

/** {@link stream} for helpers, which have checked the options. */
export function streamed(type: string, source: BodySource, options: ReplyOptions): Reply {
  return typedReply(withCharset(type), source, options);
}

function typedReply(type: string, body: Body, options: ReplyOptions): Reply {
  const { status = 200, headers } = options;
  return { ...options, status, headers: typed(type, headers), body };
}

/** Fields with this media type, unless the caller's own have one. */
function typed(type: string, headers: FieldsInit | undefined): FieldsInit {
  if (headers === undefined) return { "Content-Type": type };
  const fields = Fields.from(headers);
  return fields.has("content-type") ? fields : fields.set("Content-Type", type);
}
