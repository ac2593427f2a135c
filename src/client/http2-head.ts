import { ProtocolError, UsageError } from "../errors.ts";
import type { WireLimits } from "../http1/limits.ts";
import { fieldsOf, headSectionFault, trailerSectionFault } from "../http2/fields.ts";
import type { Fields } from "../semantics/fields.ts";
import type { AnnouncedSize, ReceivedHead } from "./received-head.ts";

/** The head of a response on HTTP/2 (RFC 9113 section 8.3.2), made of the names and values that node:http2 gives. */
export class Http2Head implements ReceivedHead {
  readonly status: number;
  readonly fields: Fields;
  readonly minor: undefined = undefined;
  readonly reason = "";

  /** @throws ProtocolError `ERR_SLUICE_HEAD_TOO_LARGE`, `ERR_SLUICE_TOO_MANY_FIELDS`, `ERR_SLUICE_FIELD_VALUE` */
  constructor(raw: readonly string[], limits: WireLimits) {
    const fault = headSectionFault(raw, limits);
    if (fault !== undefined) throw fault;
    const at = raw.indexOf(":status");
    this.status = Number(raw[at + 1]);
    this.fields = checkedFields(raw);
  }

  /** @param method of the request; @param ends whether the stream ends with this head */
  announcedSize(method: string, ends: boolean): AnnouncedSize {
    if (method === "HEAD" || this.status === 204 || this.status === 304) return "none";
    const length = this.fields.get("content-length");
    // It has been checked, and a head that ends the stream with another one than 0 has been refused.
    if (length !== undefined) return Number(length);
    return ends ? 0 : undefined;
  }
}

/** A trailer section. @throws ProtocolError `ERR_SLUICE_TRAILERS_TOO_LARGE`, `ERR_SLUICE_TOO_MANY_TRAILERS`, `ERR_SLUICE_FIELD_VALUE` */
export function trailersOf(raw: readonly string[], limits: WireLimits): Fields {
  const fault = trailerSectionFault(raw, limits);
  if (fault !== undefined) throw fault;
  return checkedFields(raw);
}

function checkedFields(raw: readonly string[]): Fields {
  try {
    return fieldsOf(raw);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new ProtocolError("ERR_SLUICE_FIELD_VALUE", { found: cause.found, cause });
  }
}
