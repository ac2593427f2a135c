import { describe, expect, test } from "vitest";
import { announcedLength, sortedFields } from "../../src/semantics/framing-fields.ts";

describe("fields for what frames otherwise", () => {
  test("are kept in order, in lower case, without those of the framing", () => {
    const { kept, announced } = sortedFields([
      ["X-B", "2"],
      ["Content-Length", "12"],
      ["Connection", "Close"],
      ["x-a", "1"],
      ["Content-length", "012"],
    ]);
    expect(kept).toEqual([
      ["x-b", "2"],
      ["x-a", "1"],
    ]);
    expect(announced).toBe(12);
  });

  test.each([
    "Connection",
    "HTTP2-Settings",
    "Keep-Alive",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
  ])("%s is refused", (name) => {
    expect(() => sortedFields([[name, "x"]])).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_FRAMING_FIELD" }),
    );
  });

  test("what has a place of its own is neither kept nor refused, but checked", () => {
    const taken: string[] = [];
    const takes = (key: string, value: string): boolean => key === "te" && taken.push(value) > 0;
    expect(sortedFields({ TE: "trailers", a: "1" }, takes).kept).toEqual([["a", "1"]]);
    expect(taken).toEqual(["trailers"]);
    expect(() => sortedFields([["te", "\n"]], takes)).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_INVALID_FIELD" }),
    );
  });
});

describe("a length that is announced", () => {
  test.each([
    ["0", undefined, 0],
    ["999999999999999", undefined, 999_999_999_999_999],
    ["5", 5, 5],
  ])("%s behind %s is %i", (value, before, length) => {
    expect(announcedLength("Content-Length", value, before)).toBe(length);
  });

  test.each([
    ["1000000000000000", undefined],
    ["", undefined],
    ["+5", undefined],
    ["5, 5", undefined],
    ["0x5", undefined],
    ["5", 6],
    ["6", 0],
  ])("%j behind %s is refused", (value, before) => {
    expect(() => announcedLength("Content-Length", value, before)).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_FRAMING_FIELD" }),
    );
  });
});
