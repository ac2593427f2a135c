import { expect, test } from "vitest";
import { ProtocolError } from "../../src/errors.ts";
import { faultRow } from "../../src/inspect/fault-row.ts";

test.each([
  ['a"\\\r\n\x1b\xff', 'a"\\\r\n\x1b\xff'],
  ["x".repeat(80), "x".repeat(80)],
  ["x".repeat(81), "x".repeat(80)],
  ['; found "no"', '; found "no"'],
  ["", ""],
])("what was found is told as it came, up to 80 characters: %j", (found, told) => {
  const error = new ProtocolError("ERR_SLUICE_METHOD", { found });
  expect(faultRow(error, 1, 2)).toMatchObject({ code: "ERR_SLUICE_METHOD", offset: 1, at: 2, found: told });
  // It is not escaped, so whoever prints an error does not print it.
  expect(Object.keys(error)).not.toContain("found");
});

test("where nothing was found, there is nothing to tell", () => {
  const error = new ProtocolError("ERR_SLUICE_SURPLUS");
  expect("found" in error).toBe(false);
  expect(faultRow(error, 0, 0).found).toBeUndefined();
});
