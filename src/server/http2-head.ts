import { ProtocolError } from "../errors.ts";
import { isHost } from "../http1/request-target.ts";
import { sectionOf } from "../http2/fields.ts";
import type { ServerLimits } from "./options.ts";

/** The head of a request on HTTP/2 (RFC 9113 section 8.3.1), as node:http2 gives it. */
export interface Http2Head {
  readonly ":method"?: string | undefined;
  readonly ":path"?: string | undefined;
  readonly ":authority"?: string | undefined;
  readonly [name: string]: string | readonly string[] | undefined;
}

/** What `:path` says; of CONNECT, which has none, `:authority` (RFC 9113 section 8.5). */
export function targetOf(head: Http2Head): string {
  return (head[":method"] === "CONNECT" ? head[":authority"] : head[":path"]) ?? "";
}

/** What is wrong with a head beyond what node:http2 has looked at; undefined for nothing. @param raw names and values in turn */
export function headFault(
  head: Http2Head,
  raw: readonly string[],
  authority: string | undefined,
  limits: ServerLimits,
): ProtocolError | undefined {
  const { size, count } = sectionOf(raw);
  if (size > limits.headBytes) return new ProtocolError("ERR_SLUICE_HEAD_TOO_LARGE");
  if (count > limits.headFields) return new ProtocolError("ERR_SLUICE_TOO_MANY_FIELDS");
  const target = targetOf(head);
  if (target.length > limits.targetBytes) return new ProtocolError("ERR_SLUICE_TARGET_TOO_LONG");
  if (!isTarget(head[":method"]!, target)) return new ProtocolError("ERR_SLUICE_TARGET", { found: target });
  const { host, expect } = head;
  if (authority === undefined || !isHost(authority) || (host !== undefined && host !== authority))
    return new ProtocolError("ERR_SLUICE_HOST", { found: String(host ?? authority) });
  const length = head["content-length"];
  if (length !== undefined && Number(length) > limits.bodyBytes)
    return new ProtocolError("ERR_SLUICE_BODY_TOO_LARGE", { found: String(length) });
  if (expect !== undefined && String(expect).toLowerCase() !== "100-continue")
    return new ProtocolError("ERR_SLUICE_EXPECTATION", { found: String(expect) });
  return undefined;
}

/** What is wrong with the size of a trailer section; undefined for nothing. @param raw names and values in turn */
export function trailerFault(raw: readonly string[], limits: ServerLimits): ProtocolError | undefined {
  const { size, count } = sectionOf(raw);
  if (size > limits.trailerBytes) return new ProtocolError("ERR_SLUICE_TRAILERS_TOO_LARGE");
  if (count > limits.trailerFields) return new ProtocolError("ERR_SLUICE_TOO_MANY_TRAILERS");
  return undefined;
}

// A path and a query, or `*` (RFC 9113 section 8.3.1).
const PATH = /^[\x21\x22\x24-\x7e]*$/;

function isTarget(method: string, target: string): boolean {
  if (method === "CONNECT") return isHost(target) && /:\d+$/.test(target);
  return target.startsWith("/") ? PATH.test(target) : target === "*" && method === "OPTIONS";
}
