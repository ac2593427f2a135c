import { describe, expect, test } from "vitest";
import { framedHead } from "../../src/exchange/framed-head.ts";
import { Sender } from "../../src/http1/index.ts";
import { bodySize } from "../../src/reply/body.ts";
import type { ReplyHead } from "../../src/reply/sink.ts";

const OUTPUT = { text: () => {}, bytes: () => {} };

/** Who makes a head of what a handler returns: HTTP/1, and whatever frames bodies itself. */
const MAKERS: Record<string, (head: ReplyHead, method: string) => unknown> = {
  Sender: ({ headers, ...head }, method) =>
    new Sender(OUTPUT).response({ ...head, fields: headers }, { method, minor: 1, keepAlive: true }),
  framedHead,
};

/** What is a Blob by its methods, and says of its size what it likes. */
const blobOf = (size: number): Blob => ({ size, arrayBuffer: () => {}, stream: () => {} }) as unknown as Blob;

const head = (given: Partial<ReplyHead>): ReplyHead => ({
  status: 200,
  headers: [],
  size: undefined,
  trailers: [],
  ...given,
});

describe.each(Object.entries(MAKERS))("%s refuses", (_, make) => {
  test.each<[string, Partial<ReplyHead>, string]>([
    ["the size of a Blob that is no number", { size: bodySize(blobOf(Number.NaN)) }, "ERR_SLUICE_OPTION"],
    ["the size of a Blob below 0", { size: bodySize(blobOf(-1)) }, "ERR_SLUICE_OPTION"],
    [
      "a length that is not the size",
      { size: 4, headers: { "Content-Length": 5 } },
      "ERR_SLUICE_LENGTH_MISMATCH",
    ],
    ["content of 204", { status: 204, size: 1 }, "ERR_SLUICE_BODY_NOT_ALLOWED"],
    ["two hosts", { headers: { Host: ["a", "a"] } }, "ERR_SLUICE_REPEATED_FIELD"],
    ["TE", { headers: { TE: "trailers" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["a status that is interim", { status: 103 }, "ERR_SLUICE_INVALID_START_LINE"],
  ])("%s", (_name, given, code) =>
    expect(() => make(head(given), "GET")).toThrow(expect.objectContaining({ name: "UsageError", code })),
  );
});

test.each([
  [204, "GET", []],
  [205, "GET", []],
  [200, "CONNECT", []],
  [200, "GET", ["x-sum"]],
  [200, "HEAD", ["x-sum"]],
])("trailers of a %i to %s are announced: %j", (status, method, trailers) =>
  expect(framedHead(head({ status, trailers: ["x-sum"] }), method).trailers).toEqual(trailers),
);
