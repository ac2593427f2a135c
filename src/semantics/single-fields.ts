import { UsageError } from "../errors.ts";

/**
 * Fields of RFC 9110 and 9111 that have one value: two lines are neither a list nor an order, and each reader takes another one for
 * true (RFC 9110 section 5.3). Lower-case. At most 30: each has a bit of a number.
 */
const SINGLE: readonly string[] = [
  // Of the content, and of what is answered.
  "content-type content-range content-location content-md5 etag last-modified expires date age location retry-after",
  // Of a request.
  "authorization proxy-authorization from host max-forwards range referer user-agent",
  "if-modified-since if-unmodified-since if-range",
].flatMap((line) => line.split(" "));

const BITS: ReadonlyMap<string, number> = new Map(SINGLE.map((name, at) => [name, 1 << at]));

/** A bit for a field that has one value, by its lower-case name, to remember that it has been seen; 0 for all others. */
export function singleBit(name: string): number {
  return BITS.get(name) ?? 0;
}

/** What is wrong with the second line of a field that has one value. */
export function repeatedField(name: string, value: string): UsageError {
  return new UsageError("ERR_SLUICE_REPEATED_FIELD", { found: `another ${name}: ${value}` });
}

/** @throws UsageError `ERR_SLUICE_REPEATED_FIELD` where a field that has one value stands there twice */
export function refuseRepeated(fields: Iterable<readonly [name: string, value: string]>): void {
  let seen = 0;
  for (const [name, value] of fields) {
    const bit = singleBit(name.toLowerCase());
    if ((seen & bit) !== 0) throw repeatedField(name, value);
    seen |= bit;
  }
}
