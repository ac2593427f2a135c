import { ProtocolError } from "../errors.ts";
import { isHost } from "../http1/request-target.ts";
import { fieldsOf, headSectionFault } from "../http2/fields.ts";
import type { Fields } from "../semantics/fields.ts";
import type { ServerLimits } from "./options.ts";

/** A head as node:http2 gives it: its names, and what they say. */
export interface RawHead {
  readonly ":method"?: string | undefined;
  readonly ":path"?: string | undefined;
  readonly ":authority"?: string | undefined;
  readonly [name: string]: string | readonly string[] | undefined;
}

/** The head of a request on HTTP/2 (RFC 9113 section 8.3.1). */
export class Http2Head {
  readonly method: string;
  /** What `:path` says; of CONNECT, which has none, `:authority` (RFC 9113 section 8.5). */
  readonly target: string;
  readonly authority: string | undefined;
  readonly #names: RawHead;
  readonly #raw: readonly string[];
  // Not every handler asks for them.
  #fields: Fields | undefined;

  /** @param raw the same, as names and values in turn */
  constructor(names: RawHead, raw: readonly string[]) {
    this.#names = names;
    this.#raw = raw;
    this.method = names[":method"]!;
    const authority = names[":authority"];
    this.target = (this.method === "CONNECT" ? authority : names[":path"]) ?? "";
    this.authority = authority ?? (names["host"] as string | undefined);
  }

  get fields(): Fields {
    return (this.#fields ??= fieldsOf(this.#raw));
  }

  /** Whether the client waits to be asked for the body (RFC 9110 section 10.1.1). */
  get expectsContinue(): boolean {
    return this.#names["expect"] !== undefined;
  }

  /** What is wrong with it beyond what node:http2 has looked at; undefined for nothing. */
  fault(limits: ServerLimits): ProtocolError | undefined {
    const { target, authority } = this;
    const sectionFault = headSectionFault(this.#raw, limits);
    if (sectionFault !== undefined) return sectionFault;
    if (target.length > limits.targetBytes) return new ProtocolError("ERR_SLUICE_TARGET_TOO_LONG");
    if (!isTarget(this.method, target)) return new ProtocolError("ERR_SLUICE_TARGET", { found: target });
    const { host, expect, "content-length": length } = this.#names;
    if (authority === undefined || !isHost(authority) || (host !== undefined && host !== authority))
      return new ProtocolError("ERR_SLUICE_HOST", { found: String(host ?? authority) });
    if (length !== undefined && Number(length) > limits.bodyBytes)
      return new ProtocolError("ERR_SLUICE_BODY_TOO_LARGE", { found: String(length) });
    if (expect !== undefined && String(expect).toLowerCase() !== "100-continue")
      return new ProtocolError("ERR_SLUICE_EXPECTATION", { found: String(expect) });
    return undefined;
  }
}

// A path and a query, or `*` (RFC 9113 section 8.3.1).
const PATH = /^[\x21\x22\x24-\x7e]*$/;

function isTarget(method: string, target: string): boolean {
  if (method === "CONNECT") return isHost(target) && /:\d+$/.test(target);
  return target.startsWith("/") ? PATH.test(target) : target === "*" && method === "OPTIONS";
}
