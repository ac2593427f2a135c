import { describe, expect, test } from "vitest";
import { Fields } from "../../src/semantics/fields.ts";
import { checkedTrailers, checkTrailer, isTrailer, sortTrailers } from "../../src/semantics/trailers.ts";

/** Fields of RFC 9110 that mean something before the body is read, by its sections. */
const FORBIDDEN = {
  framing: ["content-length", "transfer-encoding", "trailer", "te", "connection", "upgrade"],
  routing: ["host", "via", "max-forwards"],
  "request modifiers": [
    "expect",
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
  ],
  authentication: [
    "authorization",
    "www-authenticate",
    "proxy-authenticate",
    "proxy-authorization",
    "cookie",
    "set-cookie",
  ],
  "response control": ["age", "cache-control", "date", "location", "retry-after", "vary", "pragma"],
  content: [
    "content-type",
    "content-encoding",
    "content-language",
    "content-location",
    "content-range",
    "content-anything",
  ],
};

describe("isTrailer", () => {
  test.each(Object.entries(FORBIDDEN))("%s", (_class, names) => {
    for (const name of names) expect(isTrailer(name), name).toBe(false);
  });

  test.each([
    "x-checksum",
    "expires",
    "etag",
    "server-timing",
    "content-digest",
    "content-md5",
    "repr-digest",
    "grpc-status",
  ])("%s may be one", (name) => {
    expect(isTrailer(name)).toBe(true);
  });
});

describe("what is to be sent", () => {
  test.each([
    ["Content-Length", "1", "ERR_SLUICE_FORBIDDEN_TRAILER"],
    ["x y", "1", "ERR_SLUICE_INVALID_FIELD"],
    ["x-a", "1\r\nx-b: 2", "ERR_SLUICE_INVALID_FIELD"],
    [42 as never, "1", "ERR_SLUICE_INVALID_FIELD"],
  ])("%s: %j is refused", (name, value, code) => {
    expect(() => checkTrailer(name, value)).toThrow(expect.objectContaining({ code }));
    expect(() =>
      checkedTrailers([
        ["x-ok", "1"],
        [name, value],
      ]),
    ).toThrow(expect.objectContaining({ code }));
  });

  test("keeps its spelling and order", () => {
    expect([...checkedTrailers({ "X-B": "2", "x-a": ["1", "3"] })]).toEqual([
      ["X-B", "2"],
      ["x-a", "1"],
      ["x-a", "3"],
    ]);
  });
});

describe("sortTrailers", () => {
  const sorted = (section: [string, string][], declared?: string, connection?: string) => {
    const { fields, undeclared, dropped } = sortTrailers(Fields.from(section), declared, connection);
    return { fields: [...fields], undeclared, dropped };
  };

  test("declared, undeclared and forbidden", () => {
    const section: [string, string][] = [
      ["X-A", "1"],
      ["Host", "b"],
      ["X-B", "2"],
      ["x-a", "3"],
    ];
    expect(sorted(section, "x-C , X-a")).toEqual({
      fields: [
        ["X-A", "1"],
        ["X-B", "2"],
        ["x-a", "3"],
      ],
      undeclared: ["x-b"],
      dropped: ["host"],
    });
  });

  test("each name is said once", () => {
    const section: [string, string][] = [
      ["a", "1"],
      ["A", "2"],
      ["host", "3"],
      ["Host", "4"],
    ];
    expect(sorted(section)).toEqual({
      fields: [
        ["a", "1"],
        ["A", "2"],
      ],
      undeclared: ["a"],
      dropped: ["host"],
    });
  });

  test("declaring does not make a forbidden field a trailer", () => {
    expect(sorted([["Content-Length", "5"]], "content-length")).toEqual({
      fields: [],
      undeclared: [],
      dropped: ["content-length"],
    });
  });

  test("what Connection names is for the next hop alone", () => {
    expect(sorted([["X-A", "1"]], "x-a", "close, X-a")).toEqual({
      fields: [],
      undeclared: [],
      dropped: ["x-a"],
    });
  });
});
