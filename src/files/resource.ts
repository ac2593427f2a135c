import { UsageError } from "../errors.ts";
import { MultipartEncoder } from "../formats/multipart-encoder.ts";
import { newBoundary } from "../reply/multipart.ts";
import { refusal } from "../reply/refusal.ts";
import { checkReplyOptions, type Reply, type ReplyOptions } from "../reply/reply.ts";
import type { RequestView, Resource } from "../reply/resource.ts";
import { Fields } from "../semantics/fields.ts";
import { formatHttpDate, parseHttpDate } from "../semantics/http-date.ts";
import { essenceOf, isTextLike } from "../semantics/media-type.ts";
import { evaluatePreconditions, ifRangeHolds, type Validators } from "../semantics/preconditions.ts";
import { type ByteRange, contentRange, selectRanges, unsatisfiedRange } from "../semantics/ranges.ts";
import { addVary } from "../semantics/vary.ts";
import type { Representation } from "./representation.ts";
import { type BodySection, RepresentationBody } from "./representation-body.ts";

/** Octets of a body up to which it is read before its head leaves. */
const GATHERED = 64 * 1024;

/**
 * A resource whose representation can be read from any offset: conditions (RFC 9110 section 13), ranges (section 14) and HEAD follow
 * the request. A range is always one of the uncoded octets, so a request for one is not compressed.
 * @param open gives the representation for a request, or a reply where there is none; called once for each request
 * @param options as of a reply; fields in `headers` win over those that the representation gives. Ranges are served where `status`
 * is 200
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function resource(
  open: (request: RequestView) => Representation | Reply | Promise<Representation | Reply>,
  options: ReplyOptions = {},
): Resource {
  if (typeof open !== "function")
    throw new UsageError("ERR_SLUICE_OPTION", { found: "resource(open, options): open is a function" });
  checkReplyOptions(options);
  return {
    async respond(request) {
      const opened = await open(request);
      if ("status" in opened) return opened;
      let reply: Reply;
      try {
        reply = replyWith(opened, request, options);
      } catch (error) {
        opened.close?.();
        throw error;
      }
      // From here on the body closes the representation.
      return opened.local === true && isWanted(request) ? gathered(reply) : reply;
    },
  };
}

const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/** Whether a body will be sent, as far as can be told yet. */
function isWanted({ method, headers }: RequestView): boolean {
  return method === "GET" && !CONDITIONS.some((name) => headers.has(name));
}

/**
 * A small body is read before its head leaves: both go in one write, and a read that fails is a 500 instead of a body that is cut.
 */
async function gathered(reply: Reply): Promise<Reply> {
  const { body } = reply;
  if (!(body instanceof RepresentationBody) || body.size > GATHERED) return reply;
  return { ...reply, body: await body.bytes() };
}

function replyWith(representation: Representation, request: RequestView, options: ReplyOptions): Reply {
  const { status = 200 } = options;
  const { size } = representation;
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `a representation of ${String(size)} bytes` });
  const headers = headersOf(representation, options);
  const validators: Validators = {
    etag: headers.get("etag"),
    lastModified: parseHttpDate(headers.get("last-modified") ?? ""),
  };
  if (size === undefined)
    return {
      ...options,
      status,
      headers,
      body: new RepresentationBody(representation, [{ start: 0, end: Infinity }]),
    };

  const ranged = status === 200 && headers.get("accept-ranges") === "bytes";
  const range = ranged && request.method === "GET" ? request.headers.get("range") : undefined;
  if (range !== undefined) {
    // Of the conditions the pump takes care; here they decide whether the range counts at all (RFC 9110 section 13.2.2).
    const refused = evaluatePreconditions(request.method, request.headers, validators) !== undefined;
    if (refused) return whole(representation, headers, { ...options, compress: false });
    const ranges = ifRangeHolds(request.headers, validators) ? selectRanges(range, size) : "whole";
    if (ranges === "unsatisfiable") {
      representation.close?.();
      return unsatisfied(size, headers);
    }
    if (ranges !== "whole") return partial(representation, size, ranges, headers, options);
  }
  return whole(representation, headers, options);
}

function headersOf(
  { type, etag, lastModified, size }: Representation,
  { headers, compress }: ReplyOptions,
): Fields {
  const fields = Fields.from(headers ?? {});
  if (!fields.has("content-type")) fields.set("Content-Type", type);
  if (etag !== undefined && !fields.has("etag")) fields.set("ETag", etag);
  if (lastModified !== undefined && !fields.has("last-modified"))
    fields.set("Last-Modified", formatHttpDate(lastModified));
  if (size !== undefined && !fields.has("accept-ranges")) fields.set("Accept-Ranges", "bytes");
  // Of a range, too, since the whole may come in a coding.
  const textLike = isTextLike(essenceOf(fields.get("content-type")!));
  const mayBeCoded = compress ?? (textLike && !fields.has("content-encoding"));
  return mayBeCoded ? addVary(fields, "Accept-Encoding") : fields;
}

function whole(representation: Representation, headers: Fields, options: ReplyOptions): Reply {
  const size = representation.size!;
  headers.set("Content-Length", String(size));
  const sections = size === 0 ? [] : [{ start: 0, end: size }];
  return {
    ...options,
    status: options.status ?? 200,
    headers,
    body: new RepresentationBody(representation, sections),
  };
}

/** 206: one range as it is, several as parts of a multipart/byteranges (RFC 9110 sections 14.6 and 15.3.7). */
function partial(
  representation: Representation,
  size: number,
  ranges: readonly ByteRange[],
  headers: Fields,
  options: ReplyOptions,
): Reply {
  const sections = ranges.length === 1 ? ranges : inParts(ranges, size, headers);
  if (ranges.length === 1) headers.set("Content-Range", contentRange(ranges[0], size));
  const body = new RepresentationBody(representation, sections);
  headers.set("Content-Length", String(body.size));
  return { ...options, status: 206, headers, body };
}

function inParts(ranges: readonly ByteRange[], size: number, headers: Fields): BodySection[] {
  const encoder = new MultipartEncoder(newBoundary());
  const type = headers.get("content-type")!;
  headers.set("Content-Type", encoder.contentType("byteranges"));
  const sections: BodySection[] = [];
  for (const range of ranges) {
    const fields: [string, string][] = [
      ["Content-Type", type],
      ["Content-Range", contentRange(range, size)],
    ];
    sections.push(encoder.part(fields), range);
  }
  sections.push(encoder.end());
  return sections;
}

/** 416, of which nothing but the size is about the representation. */
function unsatisfied(size: number, headers: Fields): Reply {
  const reply = refusal(416, "Range Not Satisfiable", headers);
  return { ...reply, headers: Fields.from(reply.headers).set("Content-Range", unsatisfiedRange(size)) };
}
