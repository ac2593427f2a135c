import { describe, expect, test } from "vitest";
import { bodyFraming, type FramedMessage } from "../../src/http1/index.ts";
import { codeOf } from "./errors.ts";

// The spellings of both fields are in cases/framing.md; here is which of them is asked at all.

const request = (minor: 0 | 1 = 1): FramedMessage => ({ role: "request", minor });
const response = (status: number, requestMethod = "GET", minor: 0 | 1 = 1): FramedMessage => ({
  role: "response",
  minor,
  status,
  requestMethod,
});

const LENGTH = { transferEncoding: undefined, contentLength: "5" };
const CHUNKED = { transferEncoding: "chunked", contentLength: undefined };
const NEITHER = { transferEncoding: undefined, contentLength: undefined };
const BOTH = { transferEncoding: "chunked", contentLength: "5" };
const NONSENSE = { transferEncoding: "what, is", contentLength: "this" };
const ALL = [LENGTH, CHUNKED, NEITHER, BOTH, NONSENSE];

describe("step 1: no body, whatever the fields say", () => {
  test.each([
    response(200, "HEAD"),
    response(404, "HEAD"),
    response(100),
    response(103, "CONNECT"),
    response(199),
    response(204),
    response(204, "CONNECT"),
    response(304),
    response(304, "GET", 0),
  ])("%o", (message) => {
    for (const fields of ALL) expect(bodyFraming(message, fields)).toEqual({ kind: "none" });
  });
});

describe("step 2: a tunnel, whatever the fields say", () => {
  test.each([response(200, "CONNECT"), response(299, "CONNECT"), response(200, "CONNECT", 0)])(
    "%o",
    (message) => {
      for (const fields of ALL) expect(bodyFraming(message, fields)).toEqual({ kind: "tunnel" });
    },
  );
});

describe("steps 3 to 8", () => {
  const messages = [request(), response(200), response(205), response(300, "CONNECT"), response(500, "head")];

  test.each(messages)("%o", (message) => {
    expect(bodyFraming(message, LENGTH)).toEqual({ kind: "length", length: 5 });
    expect(bodyFraming(message, CHUNKED)).toEqual({ kind: "chunked" });
    expect(bodyFraming(message, NEITHER)).toEqual({ kind: message.role === "request" ? "none" : "close" });
    expect(codeOf(() => bodyFraming(message, BOTH))).toBe("ERR_SLUICE_LENGTH_AND_CODING");
  });

  test.each([request(0), response(200, "GET", 0)])("HTTP/1.0 has no codings: %o", (message) => {
    expect(bodyFraming(message, LENGTH)).toEqual({ kind: "length", length: 5 });
    expect(codeOf(() => bodyFraming(message, CHUNKED))).toBe("ERR_SLUICE_TRANSFER_CODING");
    expect(codeOf(() => bodyFraming(message, BOTH))).toBe("ERR_SLUICE_LENGTH_AND_CODING");
    expect(bodyFraming(message, NEITHER)).toEqual({ kind: message.role === "request" ? "none" : "close" });
  });
});
