import { ERRORS, type ErrorRule, type ProtocolError } from "../errors.ts";
import type { FaultRow, HeadRow } from "./rows.ts";

/** An error of the parsers as a row. */
export function faultRow(error: ProtocolError, offset: number, at: number): FaultRow {
  const { rule }: ErrorRule = ERRORS[error.code];
  const found = /; found ("(?:[^"\\]|\\.)*")/.exec(error.message)?.[1];
  return {
    kind: "fault",
    at,
    offset,
    code: error.code,
    rule,
    section: error.section,
    found: found === undefined ? undefined : (JSON.parse(found) as string),
  };
}

/** The line that the framing broke on. */
export function framingFieldOffset({ fields, offset }: HeadRow): number {
  const framing = fields.findLast(({ name }) => /^(?:transfer-encoding|content-length)$/i.test(name));
  return framing?.offset ?? offset;
}
