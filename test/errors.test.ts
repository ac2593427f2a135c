import { describe, expect, test } from "vitest";
import { type ErrorDetails, type Layer, ProtocolError, TruncatedError } from "../src/errors.ts";

const ON_CONNECTION = "The connection ended before the message did (RFC 9112 section 8)";
const ON_STREAM =
  "The stream was reset, or its connection ended, before the message did (RFC 9113 section 8.1)";

describe("what is truncated", () => {
  test.each<[Layer, ErrorDetails, string]>([
    ["length", {}, ON_CONNECTION],
    ["length", { onStream: false }, ON_CONNECTION],
    ["length", { onStream: true }, ON_STREAM],
    ["head", { onStream: true }, ON_STREAM],
    ["http2", {}, ON_STREAM],
  ])("%s, %o: %s", (layer, details, sentence) => {
    const error = new TruncatedError("ERR_SLUICE_TRUNCATED", layer, { ...details, offset: 5 });
    expect(error.message).toBe(`${sentence} at byte 5`);
    expect(sentence).toContain(`(${error.section})`);
    expect([error.layer, error.offset, error.status]).toEqual([layer, 5, 400]);
  });

  test.each([true, false])("says the same without its offset; on a stream: %s", (onStream) => {
    const cause = new Error("reset");
    const error = new TruncatedError("ERR_SLUICE_TRUNCATED", "length", { offset: 5, cause, onStream });
    const without = error.withoutOffset();
    expect(without).toBeInstanceOf(TruncatedError);
    expect(without.message).toBe(onStream ? ON_STREAM : ON_CONNECTION);
    expect([without.code, without.layer, without.cause]).toEqual(["ERR_SLUICE_TRUNCATED", "length", cause]);
    expect("offset" in without).toBe(false);
  });
});

test("a rule that is the same on a stream says the same there", () => {
  const [plain, onStream] = [false, true].map(
    (isThere) => new ProtocolError("ERR_SLUICE_BODY_TOO_LARGE", { onStream: isThere }).message,
  );
  expect(onStream).toBe(plain);
});
