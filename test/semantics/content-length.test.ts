import { describe, expect, test } from "vitest";
import { agreedSize, responseLength } from "../../src/semantics/content-length.ts";

const refusal = (code: string): unknown => expect.objectContaining({ name: "UsageError", code });

/** Sizes that are none. */
const WRONG = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "5" as never];

describe("the size that a body and Content-Length agree on", () => {
  test.each([
    [undefined, undefined, undefined],
    [5, undefined, 5],
    [undefined, 5, 5],
    [5, 5, 5],
    [0, 0, 0],
    [2 ** 53 - 1, undefined, 2 ** 53 - 1],
  ])("%s and %s: %s", (size, announced, agreed) => expect(agreedSize(size, announced)).toBe(agreed));

  test.each([
    [4, 5],
    [0, 1],
    [1, 0],
  ])("%i and %i differ", (size, announced) =>
    expect(() => agreedSize(size, announced)).toThrow(refusal("ERR_SLUICE_LENGTH_MISMATCH")),
  );

  test.each(WRONG)("%s is none", (size) => {
    expect(() => agreedSize(size, undefined)).toThrow(refusal("ERR_SLUICE_OPTION"));
    expect(() => agreedSize(size, size)).toThrow(refusal("ERR_SLUICE_OPTION"));
  });
});

describe("the length of a response", () => {
  test.each<[string, number, number | undefined, number | undefined, number | undefined, boolean]>([
    ["GET", 200, undefined, undefined, undefined, true],
    ["GET", 200, 5, undefined, 5, true],
    ["GET", 200, undefined, 5, 5, true],
    ["GET", 200, 0, undefined, 0, true],
    ["GET", 204, undefined, undefined, undefined, false],
    ["GET", 204, 0, 0, undefined, false],
    ["GET", 205, undefined, undefined, 0, false],
    ["HEAD", 205, 0, undefined, 0, false],
    ["CONNECT", 299, 0, undefined, undefined, false],
    ["CONNECT", 300, 5, undefined, 5, true],
    ["HEAD", 200, 5, undefined, 5, false],
    ["HEAD", 200, 0, 5, 5, false],
    ["HEAD", 200, undefined, undefined, undefined, false],
    ["GET", 304, 0, undefined, undefined, false],
    ["GET", 304, 0, 5, 5, false],
  ])(
    "to %s, of status %i, size %s and Content-Length %s",
    (method, status, size, announced, length, wantsBody) =>
      expect(responseLength(method, status, size, announced)).toEqual({ length, wantsBody }),
  );

  test.each<[string, number, number | undefined, number | undefined]>([
    ["GET", 204, 1, undefined],
    ["GET", 204, undefined, 1],
    ["GET", 205, 1, undefined],
    ["HEAD", 204, undefined, 1],
    ["CONNECT", 200, 1, undefined],
  ])("to %s, of status %i, is none: %s, %s", (method, status, size, announced) =>
    expect(() => responseLength(method, status, size, announced)).toThrow(
      refusal("ERR_SLUICE_BODY_NOT_ALLOWED"),
    ),
  );

  test.each(WRONG)("is never %s", (size) =>
    expect(() => responseLength("GET", 200, size, undefined)).toThrow(refusal("ERR_SLUICE_OPTION")),
  );
});
