import type { FramedHead } from "../../exchange/framed-head.ts";
import { headersOf } from "../../http2/fields.ts";
import type { Reply } from "../../reply/reply.ts";
import { CONNECTION_FIELDS } from "../../semantics/connection-fields.ts";
import { eachField } from "../../semantics/fields.ts";
import { isEntityTag } from "../../semantics/entity-tag.ts";
import { listElements, listHas } from "../../semantics/lists.ts";
import { isWrapped, type NodeResponse } from "./host.ts";

/** Fields that a reply is weighed by, for its coding and its conditions; whoever set them on the response is heard, too. */
const WEIGHED: ReadonlySet<string> = new Set([
  "cache-control",
  "content-digest",
  "content-encoding",
  "content-md5",
  "content-range",
  "content-type",
  "etag",
  "last-modified",
  "repr-digest",
]);

/** What a framework has set for the answer that an error takes the place of: it describes something else. */
const OF_THE_ANSWER = /^(?:content-.*|accept-ranges|cache-control|etag|expires|last-modified|repr-digest)$/;

/** A field of these says which octets the content has: a coding would make it false. */
const FIXED = /^(?:content-range|content-digest|content-md5|repr-digest|accept-ranges)$/;

/**
 * A reply with what has been set on the response before, where it says nothing else: a status that isn't 200, and the fields that a
 * reply is weighed by. All other fields stay where they are, and leave with it.
 */
export function adopted(reply: Reply, response: NodeResponse): Reply {
  const { statusCode } = response;
  const names = response.getHeaderNames().filter((name) => WEIGHED.has(name));
  const status = reply.status === 200 ? statusCode : reply.status;
  if (names.length === 0 && status === reply.status) return reply;
  const fields: [string, string][] = [];
  const own = new Set<string>();
  eachField(reply.headers, (name, value) => {
    fields.push([name, value]);
    own.add(name.toLowerCase());
  });
  for (const name of names) {
    if (!own.has(name)) fields.push(...linesOf(response, name).map((line): [string, string] => [name, line]));
  }
  // A plain value, but nothing keeps it from being an object of some class.
  return Object.create(reply, { status: { value: status }, headers: { value: fields } }) as Reply;
}

/** How a head is written. */
interface HeadMode {
  /** Whether the reader knows chunks. */
  readonly mayBeChunked: boolean;
  /** Whether it is an error's, in the place of the answer's. */
  readonly ofError: boolean;
  /** Whether middleware may apply a content coding. */
  readonly mayBeCoded: boolean;
}

/**
 * Writes a head: the reply's fields in the place of those of the same name, but next to them for Set-Cookie and Vary. Framing is the
 * reply's alone.
 * @throws what the host throws; the response then has the fields that it had before
 */
export function writeHead(response: NodeResponse, head: FramedHead, mode: HeadMode): void {
  const before = response.getHeaderNames().map((name) => [name, response.getHeader(name)] as const);
  try {
    for (const [name] of before) {
      if (CONNECTION_FIELDS.has(name)) setOwnFraming(response, name, head, mode);
      else if (name === "content-length" || (mode.ofError && OF_THE_ANSWER.test(name)))
        response.removeHeader(name);
    }
    writeFields(response, head, mode);
  } catch (error) {
    if (!response.headersSent) {
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      for (const [name, value] of before) response.setHeader(name, value as string | string[]);
    }
    throw error;
  }
}

/**
 * Puts what the reply says of the framing and of the connection in the place of what somebody has set: a coding that isn't applied, or
 * another protocol, would make the next response a part of this one.
 */
function setOwnFraming(
  response: NodeResponse,
  name: string,
  { length, wantsBody }: FramedHead,
  { mayBeChunked }: HeadMode,
): void {
  // node:http never sends chunks where this one has been removed.
  if (name === "transfer-encoding" && mayBeChunked && wantsBody && length === undefined)
    response.setHeader(name, "chunked");
  else if (name === "connection" && closes(response)) response.setHeader(name, "close");
  else response.removeHeader(name);
}

/** Whether the connection ends with this response, as the application or the client wants it. */
function closes(response: NodeResponse): boolean {
  return response.shouldKeepAlive === false || listHas(linesOf(response, "connection").join(", "), "close");
}

function writeFields(response: NodeResponse, head: FramedHead, mode: HeadMode): void {
  const { status, fields, length, trailers } = head;
  for (const [name, value] of Object.entries(headersOf(fields) as Record<string, string | string[]>)) {
    if (name === "set-cookie") response.setHeader(name, [...linesOf(response, name), value].flat());
    else if (name === "vary" && response.getHeader(name) !== undefined)
      response.setHeader(name, united([...linesOf(response, name), value].flat()));
    else response.setHeader(name, value);
  }
  // Trailers need chunks, also behind a body whose size is known.
  if (trailers.length > 0) {
    response.setHeader("trailer", trailers.join(", "));
    if (mode.mayBeChunked) response.setHeader("transfer-encoding", "chunked");
  } else if (length !== undefined) response.setHeader("content-length", String(length));
  // A text that came with another status.
  if (response.stream === undefined && response.statusCode !== status) response.statusMessage = "";
  if (isWrapped(response, "writeHead") && !(mode.mayBeCoded && isCodable(head)))
    writeHeadUncoded(response, status);
  else response.writeHead(status);
}

/** Whether another content coding would leave everything true that the head says. A strong entity tag would have two contents. */
function isCodable({ status, fields, trailers }: FramedHead): boolean {
  if (status === 206 || status === 416) return false;
  return (
    trailers.every((name) => !FIXED.test(name.toLowerCase())) &&
    fields.every(([name, value]) => !FIXED.test(name) && !(name === "etag" && isStrong(value)))
  );
}

const isStrong = (etag: string): boolean => isEntityTag(etag) && !etag.startsWith("W/");

/**
 * Writes a head behind which nobody codes. Middleware that does looks at Cache-Control while the head is written, and leaves alone what
 * may not be transformed (RFC 9111 section 5.2.2.6). That is what it gets to see, and nobody else: those on the way to the reader may
 * code as ever.
 */
function writeHeadUncoded(response: NodeResponse, status: number): void {
  const own = Object.getOwnPropertyDescriptor(response, "getHeader");
  const getHeader = response.getHeader.bind(response);
  response.getHeader = (name) => {
    const value = getHeader(name);
    if (name.toLowerCase() !== "cache-control") return value;
    return value === undefined ? "no-transform" : `${String(value)}, no-transform`;
  };
  try {
    response.writeHead(status);
  } finally {
    if (own === undefined) Reflect.deleteProperty(response, "getHeader");
    else Object.defineProperty(response, "getHeader", own);
  }
}

function linesOf(response: NodeResponse, name: string): string[] {
  const value = response.getHeader(name);
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [String(value)];
}

/** The elements of lists, each once. */
function united(lists: readonly string[]): string {
  const elements = new Map<string, string>();
  for (const element of listElements(lists.join(", "))) elements.set(element.toLowerCase(), element);
  return [...elements.values()].join(", ");
}
