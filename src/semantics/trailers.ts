import { UsageError } from "../errors.ts";
import { checkField, Fields, type FieldsInit } from "./fields.ts";
import { listElements } from "./lists.ts";
import { refuseRepeated } from "./single-fields.ts";

/**
 * Fields that mean something before the body is read and therefore are never trailers (RFC 9110 section 6.5.1). Expires is not among
 * them: how long an answer that was computed may be kept can be known at its end alone.
 */
const FORBIDDEN = new Set(
  [
    // Framing and routing.
    "transfer-encoding content-length trailer te connection keep-alive proxy-connection upgrade http2-settings host via forwarded max-forwards",
    // Authentication.
    "authorization www-authenticate authentication-info cookie set-cookie",
    "proxy-authenticate proxy-authorization proxy-authentication-info",
    // What modifies a request, and what controls a response.
    "cache-control expect pragma range if-match if-none-match if-modified-since if-unmodified-since if-range",
    "age date location retry-after vary warning",
  ].flatMap((line) => line.split(" ")),
);

/** Content fields that a trailer may carry: they describe the content that has just gone by. */
const CONTENT_ALLOWED = new Set(["content-digest", "content-md5"]);

/** Whether a field, by its lower-case name, may stand in a trailer section. */
export function isTrailer(name: string): boolean {
  if (name.startsWith("content-")) return CONTENT_ALLOWED.has(name);
  return !FORBIDDEN.has(name);
}

/**
 * Refuses what may not be sent as a trailer.
 * @throws UsageError `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_FORBIDDEN_TRAILER`
 */
export function checkTrailer(name: string, value = ""): void {
  checkField(name, value);
  if (!isTrailer(name.toLowerCase())) throw new UsageError("ERR_SLUICE_FORBIDDEN_TRAILER", { found: name });
}

/**
 * A trailer section to be sent.
 * @throws UsageError `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_FORBIDDEN_TRAILER`, `ERR_SLUICE_REPEATED_FIELD`
 */
export function checkedTrailers(trailers: FieldsInit): Fields {
  const fields = Fields.from(trailers);
  for (const [name] of fields) checkTrailer(name);
  refuseRepeated(fields);
  return fields;
}

/** A trailer section as it arrived, sorted by what may be done with it. */
export interface ReceivedTrailers {
  /** What may be used, declared or not. */
  readonly fields: Fields;
  /** The lower-case names among them that the `Trailer` field did not announce. */
  readonly undeclared: readonly string[];
  /** The lower-case names that were dropped because they may not be trailers. */
  readonly dropped: readonly string[];
}

/**
 * Sorts a trailer section: forbidden fields are dropped, and those that `Connection` names, which are for the next hop alone.
 * @param declared the value of `Trailer`: a hint, so a field that is absent is no error
 */
export function sortTrailers(
  section: Fields,
  declared: string | undefined,
  connection: string | undefined,
): ReceivedTrailers {
  const fields = new Fields();
  const undeclared = new Set<string>();
  const dropped = new Set<string>();
  const announced = names(declared);
  const hopByHop = names(connection);
  for (const [name, value] of section) {
    const key = name.toLowerCase();
    if (!isTrailer(key) || hopByHop.has(key)) {
      dropped.add(key);
      continue;
    }
    if (!announced.has(key)) undeclared.add(key);
    fields.append(name, value);
  }
  return { fields, undeclared: [...undeclared], dropped: [...dropped] };
}

function names(list: string | undefined): Set<string> {
  return new Set(list === undefined ? [] : listElements(list.toLowerCase()));
}
