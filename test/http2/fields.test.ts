import { describe, expect, test } from "vitest";
import { headersOf } from "../../src/http2/fields.ts";

describe("fields for node:http2", () => {
  test("are in lower case, and several lines are a list of them", () => {
    const pairs = [
      ["X-A", "1"],
      ["x-b", "2"],
      ["x-a", "3"],
      ["X-a", "4"],
    ] as const;
    expect(headersOf(pairs)).toEqual({ "x-a": ["1", "3", "4"], "x-b": "2" });
  });

  test("are one line where node:http2 takes no more", () => {
    const pairs = ["de", "en", "fr"].map((language) => ["Content-Language", language] as const);
    expect(headersOf(pairs)).toEqual({ "content-language": "de, en, fr" });
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("may be named %s", (name) => {
    const headers = headersOf([
      [name, "1"],
      ["x-a", "2"],
      [name, "3"],
      [name, "4"],
    ]);
    expect(Object.entries(headers)).toEqual([
      [name.toLowerCase(), ["1", "3", "4"]],
      ["x-a", "2"],
    ]);
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });
});
