import { ERRORS, type ErrorRule, type ProtocolError } from "../errors.ts";
import type { FaultRow, HeadRow } from "./rows.ts";

/** An error of the parsers as a row. */
export function faultRow(error: ProtocolError, offset: number, at: number): FaultRow {
  const { rule }: ErrorRule = ERRORS[error.code];
  return {
    kind: "fault",
    at,
    offset,
    code: error.code,
    rule,
    section: error.section,
    found: error.found,
  };
}

/** The line that the framing broke on. */
export function framingFieldOffset({ fields, offset }: HeadRow): number {
  const framing = fields.findLast(({ name }) => /^(?:transfer-encoding|content-length)$/i.test(name));
  return framing?.offset ?? offset;
}
