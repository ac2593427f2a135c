import type { OutgoingHttpHeaders } from "node:http2";
import { describe, expect, test } from "vitest";
import { Http2Sender } from "../../../src/client/http2-sender.ts";
import type { RequestSender } from "../../../src/client/outgoing-request.ts";
import { Sender } from "../../../src/http1/index.ts";
import type { FieldsInit } from "../../../src/semantics/fields.ts";

/** A sender, and what has been opened and finished. */
function open(): { sender: Http2Sender; opened: OutgoingHttpHeaders[]; finished: unknown[] } {
  const opened: OutgoingHttpHeaders[] = [];
  const finished: unknown[] = [];
  const sender = new Http2Sender(
    {
      open: (headers) => opened.push(headers),
      write: () => {},
      finish: (trailers) => finished.push(trailers),
    },
    true,
  );
  return { sender, opened, finished };
}

/** The twins: a caller doesn't know which of them it is. */
const SENDERS: Record<string, () => RequestSender> = {
  "HTTP/1": () => new Sender({ text: () => {}, bytes: () => {} }),
  "HTTP/2": () => open().sender,
};

describe.each(Object.entries(SENDERS))("on %s a request is refused", (_, sender) => {
  test.each<[string, FieldsInit, number | undefined, string]>([
    ["with two hosts", { Host: ["a", "b"] }, undefined, "ERR_SLUICE_REPEATED_FIELD"],
    [
      "with the same host twice",
      [
        ["Host", "a"],
        ["x-a", ""],
        ["host", "a"],
      ],
      undefined,
      "ERR_SLUICE_REPEATED_FIELD",
    ],
    ["with a host that is none", { Host: "a b" }, undefined, "ERR_SLUICE_INVALID_FIELD"],
    ["with a host of nothing", { Host: "" }, undefined, "ERR_SLUICE_INVALID_FIELD"],
    ["with a size that is no number", { Host: "a" }, Number.NaN, "ERR_SLUICE_OPTION"],
    ["with a size below 0", { Host: "a" }, -1, "ERR_SLUICE_OPTION"],
    ["with two sizes", { Host: "a", "Content-Length": 5 }, 4, "ERR_SLUICE_LENGTH_MISMATCH"],
  ])("%s", (_name, fields, size, code) =>
    expect(() => sender().request("POST", "/", fields, size)).toThrow(
      expect.objectContaining({ name: "UsageError", code }),
    ),
  );

  test("with trailers that may not be sent", () => {
    const it = sender();
    it.request("POST", "/", { Host: "a" }, "chunked", ["etag"]);
    expect(() => it.end({ host: "b" })).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_FORBIDDEN_TRAILER" }),
    );
    expect(() => it.end({ etag: ["1", "2"] })).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_REPEATED_FIELD" }),
    );
    it.end({ etag: "1" });
  });
});

test("TE is several lines, and says no more than trailers", () => {
  const { sender, opened } = open();
  sender.request("GET", "/", { host: "a:1", TE: ["gzip", "trailers;q=0.5, x"] });
  expect(opened).toEqual([
    { ":method": "GET", ":scheme": "https", ":authority": "a:1", ":path": "/", te: "trailers" },
  ]);
});

test.each([
  ["none", undefined, {}],
  ["some", { "x-sum": "1" }, { "x-sum": "1" }],
] as const)("trailers that were announced are sent, also where there are %s", (_name, trailers, sent) => {
  const { sender, finished } = open();
  sender.request("POST", "/", { host: "a" }, "chunked", ["x-sum"]);
  sender.end(trailers);
  expect(finished).toEqual([sent]);
});

test("trailers that were not announced are not sent", () => {
  const { sender, finished } = open();
  sender.request("POST", "/", { host: "a" }, "chunked");
  sender.end({ "x-sum": "1" });
  expect(finished).toEqual([undefined]);
});
