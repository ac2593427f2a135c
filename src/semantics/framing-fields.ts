import { UsageError } from "../errors.ts";
import { CONNECTION_FIELDS } from "./connection-fields.ts";
import { checkField, eachField, type FieldsInit } from "./fields.ts";
import { repeatedField, singleBit } from "./single-fields.ts";

/** A caller's fields, apart from those that whoever frames the message sets. */
export interface SortedFields {
  /** In order, each checked; names in lower case. */
  readonly kept: [name: string, value: string][];
  /** What Content-Length says; undefined where it isn't there. */
  readonly announced: number | undefined;
}

/** A field that only the framing may set: a second opinion about it is how messages are smuggled. */
export function framingFault(name: string, value: string): UsageError {
  return new UsageError("ERR_SLUICE_FRAMING_FIELD", { found: `${name}: ${value}` });
}

/**
 * What a Content-Length of the caller's says: `Content-Length = 1*DIGIT` (RFC 9110 section 8.6), of 15 digits at most, so that no number
 * is rounded.
 * @param before what another one has said; undefined for the first
 * @throws UsageError `ERR_SLUICE_FRAMING_FIELD` for what is no length, and for two that differ
 */
export function announcedLength(name: string, value: string, before: number | undefined): number {
  const length = Number(value);
  if (!/^[0-9]{1,15}$/.test(value) || (before ?? length) !== length) throw framingFault(name, value);
  return length;
}

/**
 * Sorts a caller's fields for what frames bodies otherwise than HTTP/1 does. What is refused there is refused here, with the same code.
 * @param takes gets each field, by its lower-case name, and says whether it has a place of its own; default: none has. One that has one
 * value is refused twice all the same
 * @throws UsageError `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_FRAMING_FIELD`, `ERR_SLUICE_REPEATED_FIELD`
 */
export function sortedFields(
  fields: FieldsInit,
  takes?: (key: string, value: string) => boolean,
): SortedFields {
  const kept: [string, string][] = [];
  let announced: number | undefined;
  let seen = 0;
  eachField(fields, (name, value) => {
    checkField(name, value);
    const key = name.toLowerCase();
    const bit = singleBit(key);
    if ((seen & bit) !== 0) throw repeatedField(name, value);
    seen |= bit;
    if (takes?.(key, value) === true) return;
    if (key === "content-length") announced = announcedLength(name, value, announced);
    else if (!CONNECTION_FIELDS.has(key)) kept.push([key, value]);
    // The one thing that may be said of a connection, which means nothing here.
    else if (key === "connection" && value.toLowerCase() === "close") return;
    else throw framingFault(name, value);
  });
  return { kept, announced };
}
