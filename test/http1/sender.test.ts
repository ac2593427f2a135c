import { describe, expect, test } from "vitest";
import { octets } from "../../src/bytes/latin1.ts";
import { type AnsweredRequest, type OutgoingResponse, Sender } from "../../src/http1/index.ts";
import { codeOf, thrownBy } from "./errors.ts";

const GET: AnsweredRequest = { method: "GET", minor: 1, keepAlive: true };

/** A sender, and what it has written. */
function open(): { sender: Sender; wire: () => string } {
  let text = "";
  const sender = new Sender({
    text: (latin1) => (text += latin1),
    bytes: (view) => (text += Buffer.from(view).toString("latin1")),
  });
  return { sender, wire: () => text };
}

/** What a sender writes for a response with this body. */
function respond(
  response: Partial<OutgoingResponse>,
  request: Partial<AnsweredRequest> = {},
  body: string[] = [],
): string {
  const { sender, wire } = open();
  sender.response({ status: 200, fields: [], ...response }, { ...GET, ...request });
  for (const piece of body) sender.data(piece);
  sender.end();
  return wire().slice("HTTP/1.1 ".length);
}

describe("a response", () => {
  test("of unknown size is chunked", () => {
    expect(respond({ fields: { A: "1" } }, {}, ["hello", "", "x"])).toBe(
      "200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\nx\r\n0\r\n\r\n",
    );
  });

  test("of known size has a Content-Length", () => {
    expect(respond({ size: 5 }, {}, ["hel", "lo"])).toBe("200 OK\r\nContent-Length: 5\r\n\r\nhello");
    expect(respond({ size: 0 })).toBe("200 OK\r\nContent-Length: 0\r\n\r\n");
  });

  test("of a size that the caller's field says", () => {
    expect(respond({ fields: { "content-length": "05" } }, {}, ["hello"])).toBe(
      "200 OK\r\nContent-Length: 5\r\n\r\nhello",
    );
    expect(respond({ size: 5, fields: { "content-length": 5 } }, {}, ["hello"])).toBe(
      "200 OK\r\nContent-Length: 5\r\n\r\nhello",
    );
  });

  test("of unknown size to HTTP/1.0 ends with the connection", () => {
    const { sender, wire } = open();
    sender.response({ status: 200, fields: [], trailers: ["a"] }, { ...GET, minor: 0 });
    sender.data("hello");
    expect([sender.endsByClosing, sender.chunked, sender.wantsBody, sender.closed]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    sender.end();
    expect([sender.endsByClosing, sender.wantsBody, sender.closed]).toEqual([false, false, true]);
    expect(wire()).toBe("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
    expect(codeOf(() => sender.response({ status: 200, fields: [] }, GET))).toBe("ERR_SLUICE_OUT_OF_ORDER");
  });

  test("of known size to HTTP/1.0 keeps the connection where that was asked for", () => {
    expect(respond({ size: 1 }, { minor: 0 }, ["x"])).toBe(
      "200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx",
    );
    expect(respond({ size: 1 }, { minor: 0, keepAlive: false }, ["x"])).toBe(
      "200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
    );
  });

  test("announces that the connection ends, for either side's reason", () => {
    expect(respond({ size: 0 }, { keepAlive: false })).toBe(
      "200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    expect(respond({ size: 0, fields: { CONNECTION: "Close" } })).toBe(
      "200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
  });

  test("has a Date, once", () => {
    const { sender, wire } = open();
    const date = "Sun, 06 Nov 1994 08:49:37 GMT";
    sender.response({ status: 204, fields: [] }, GET, date);
    sender.end();
    sender.response({ status: 204, fields: { date: "mine" } }, GET, date);
    sender.end();
    expect(wire()).toBe(
      `HTTP/1.1 204 No Content\r\nDate: ${date}\r\n\r\nHTTP/1.1 204 No Content\r\ndate: mine\r\n\r\n`,
    );
    expect(codeOf(() => sender.response({ status: 204, fields: [] }, GET, "\r\nA: 1"))).toBe(
      "ERR_SLUICE_INVALID_FIELD",
    );
  });

  test("has the reason it is given, the usual one, or none", () => {
    expect(respond({ status: 404, size: 0 })).toMatch(/^404 Not Found\r\n/);
    expect(respond({ status: 404, size: 0, reason: "Gone Fishing\xff" })).toMatch(
      /^404 Gone Fishing\xff\r\n/,
    );
    expect(respond({ status: 404, size: 0, reason: "" })).toMatch(/^404 \r\n/);
    expect(respond({ status: 599, size: 0 })).toMatch(/^599 \r\n/);
  });

  test("announces trailers, and sends them", () => {
    const { sender, wire } = open();
    sender.response({ status: 200, fields: [], trailers: ["X-A", "x-b"] }, GET);
    sender.data(octets("x"));
    sender.end({ "X-A": 1 });
    expect(wire()).toBe(
      "HTTP/1.1 200 OK\r\nTrailer: X-A, x-b\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-A: 1\r\n\r\n",
    );
  });
});

describe("a response that has no body", () => {
  test.each<[string, Partial<OutgoingResponse>, Partial<AnsweredRequest>, string]>([
    ["to HEAD, of known size", { size: 5 }, { method: "HEAD" }, "200 OK\r\nContent-Length: 5\r\n\r\n"],
    ["to HEAD, of unknown size", { trailers: ["a"] }, { method: "HEAD" }, "200 OK\r\n\r\n"],
    ["204", {}, {}, "204 No Content\r\n\r\n"],
    ["204 of size 0", { size: 0, fields: { "content-length": 0 } }, {}, "204 No Content\r\n\r\n"],
    ["304", { size: 0 }, {}, "304 Not Modified\r\n\r\n"],
    [
      "304 with the length that a GET would have",
      { fields: { "content-length": 5 } },
      {},
      "304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    ],
    ["2xx to CONNECT", {}, { method: "CONNECT" }, "200 OK\r\n\r\n"],
  ])("%s", (name, response, request, expected) => {
    const { sender, wire } = open();
    const status = /^\d+/.test(name) && !name.startsWith("2xx") ? Number.parseInt(name) : 200;
    sender.response({ status, fields: [], ...response }, { ...GET, ...request });
    expect([sender.inMessage, sender.wantsBody, sender.chunked]).toEqual([true, false, false]);
    expect(codeOf(() => sender.data("x"))).toBe("ERR_SLUICE_BODY_NOT_ALLOWED");
    expect(codeOf(() => sender.data(""))).toBe("ERR_SLUICE_BODY_NOT_ALLOWED");
    expect(codeOf(() => sender.end({ a: "1" }))).toBe("ERR_SLUICE_BODY_NOT_ALLOWED");
    sender.end();
    expect(wire()).toBe(`HTTP/1.1 ${expected}`);
  });

  test.each<[Partial<OutgoingResponse>, Partial<AnsweredRequest>]>([
    [{ status: 204, size: 1 }, {}],
    [{ status: 204, fields: { "content-length": 1 } }, {}],
    [{ status: 200, size: 1 }, { method: "CONNECT" }],
  ])("is not given one: %o %o", (response, request) => {
    expect(codeOf(() => respond(response, request))).toBe("ERR_SLUICE_BODY_NOT_ALLOWED");
  });
});

describe("interim responses", () => {
  test("go before the final one", () => {
    const { sender, wire } = open();
    sender.informational(100);
    sender.informational(103, { Link: "</a>" });
    expect(sender.inMessage).toBe(false);
    sender.response({ status: 204, fields: [] }, GET);
    expect(codeOf(() => sender.informational(100))).toBe("ERR_SLUICE_OUT_OF_ORDER");
    sender.end();
    expect(wire()).toBe(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    );
  });

  test.each([99, 101, 200, Number.NaN, 100.5])("%d is none", (status) => {
    expect(codeOf(() => open().sender.informational(status))).toBe("ERR_SLUICE_INVALID_START_LINE");
  });

  test("have no framing", () => {
    expect(codeOf(() => open().sender.informational(103, { "Content-Length": 5 }))).toBe(
      "ERR_SLUICE_FRAMING_FIELD",
    );
    expect(codeOf(() => open().sender.informational(103, { "Transfer-Encoding": "chunked" }))).toBe(
      "ERR_SLUICE_FRAMING_FIELD",
    );
  });

  test("are not final", () => {
    expect(codeOf(() => respond({ status: 103 }))).toBe("ERR_SLUICE_INVALID_START_LINE");
  });
});

describe("a request", () => {
  const request = (
    ...[size, trailers, fields = { Host: "a" }]: [
      (number | "chunked")?,
      string[]?,
      Record<string, string | number>?,
    ]
  ) => {
    const { sender, wire } = open();
    sender.request("POST", "/", fields, size, trailers);
    return { sender, head: wire().slice("POST / HTTP/1.1\r\nHost: a\r\n".length), wire };
  };

  test("without a body has no framing", () => {
    const { sender, head } = request();
    expect(head).toBe("\r\n");
    expect(codeOf(() => sender.data("x"))).toBe("ERR_SLUICE_BODY_NOT_ALLOWED");
  });

  test("of known size", () => {
    expect(request(5).head).toBe("Content-Length: 5\r\n\r\n");
    expect(request(0).head).toBe("Content-Length: 0\r\n\r\n");
    expect(request("chunked", [], { Host: "a", "Content-Length": 5 }).head).toBe("Content-Length: 5\r\n\r\n");
  });

  test("of unknown size, with trailers", () => {
    const { sender, wire } = request("chunked", ["X-A"]);
    sender.data("hello");
    sender.end([["X-A", "1"]]);
    expect(wire()).toBe(
      "POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-A: 1\r\n\r\n",
    );
  });

  test("that is the last one", () => {
    const { sender, head } = request(undefined, [], { Host: "a", Connection: "close" });
    expect(head).toBe("Connection: close\r\n\r\n");
    sender.end();
    expect(codeOf(() => sender.request("GET", "/", {}))).toBe("ERR_SLUICE_OUT_OF_ORDER");
  });

  test.each([
    [["a", "b"], "ERR_SLUICE_REPEATED_FIELD", "another Host: b"],
    [["a", "a"], "ERR_SLUICE_REPEATED_FIELD", "another Host: a"],
    [["a b"], "ERR_SLUICE_INVALID_FIELD", "Host: a b"],
    [[""], "ERR_SLUICE_INVALID_FIELD", "Host: "],
  ])("names one host, not %j", (hosts, code, found) => {
    const { sender, wire } = open();
    expect(thrownBy(() => sender.request("GET", "/", { Host: hosts }))).toMatchObject({ code, found });
    expect(wire()).toBe("");
  });

  test("says to its next hop alone what TE says", () => {
    const { sender, wire } = open();
    sender.request("GET", "/", { Host: "a", TE: ["trailers", "gzip"], Connection: "close" });
    expect(wire()).toBe(
      "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTE: gzip\r\nConnection: close, TE\r\n\r\n",
    );
  });

  test.each([
    ["", "/"],
    ["GE T", "/"],
    ["GET\r\n", "/"],
    ["GET", ""],
    ["GET", "/ HTTP/1.1\r\nA: b"],
    ["GET", "/a b"],
    ["GET", "/a#b"],
    ["GET", "/\u010a"],
    ["GET", "/\x7f"],
    ["GET", "a"],
    ["GET", "*"],
    ["GET", "http://a@b/"],
    ["CONNECT", "/"],
  ])("has a start line that can be read in one way: %j %j", (method, target) => {
    expect(codeOf(() => open().sender.request(method, target, {}))).toBe("ERR_SLUICE_INVALID_START_LINE");
  });
});

describe("nothing is written, and the sender may be asked again", () => {
  test("for what TE says in a response, which is told", () => {
    const { sender, wire } = open();
    const fields = { TE: "trailers" };
    const refusal = { code: "ERR_SLUICE_FRAMING_FIELD", found: "TE: trailers" };
    expect(thrownBy(() => sender.response({ status: 200, fields }, GET))).toMatchObject(refusal);
    expect(thrownBy(() => sender.informational(103, fields))).toMatchObject(refusal);
    expect(wire()).toBe("");
  });

  test.each<[string, Partial<OutgoingResponse>, string]>([
    ["status 99", { status: 99 }, "ERR_SLUICE_INVALID_START_LINE"],
    ["status 1000", { status: 1000 }, "ERR_SLUICE_INVALID_START_LINE"],
    ["status 200.5", { status: 200.5 }, "ERR_SLUICE_INVALID_START_LINE"],
    ["a line ending in the reason", { reason: "OK\r\nA: 1" }, "ERR_SLUICE_INVALID_START_LINE"],
    ["a reason that latin-1 has not", { reason: "\u010d\u010a" }, "ERR_SLUICE_INVALID_START_LINE"],
    ["a line ending in a name", { fields: { "A\r\nB": "1" } }, "ERR_SLUICE_INVALID_FIELD"],
    ["a line ending in a value", { fields: { A: "1\r\nB: 2" } }, "ERR_SLUICE_INVALID_FIELD"],
    ["a value that latin-1 has not", { fields: { A: "\u010a" } }, "ERR_SLUICE_INVALID_FIELD"],
    ["a name of nothing", { fields: [["", "1"]] }, "ERR_SLUICE_INVALID_FIELD"],
    ["Transfer-Encoding", { fields: { "transfer-ENCODING": "chunked" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["Trailer", { fields: { Trailer: "a" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["Keep-Alive", { fields: { "Keep-Alive": "timeout=5" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["Upgrade", { fields: { Upgrade: "h2c" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["TE", { fields: { TE: "trailers" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["HTTP2-Settings", { fields: { "HTTP2-Settings": "AAMAAABk" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["two types", { fields: { "Content-Type": ["a/b", "a/b"] } }, "ERR_SLUICE_REPEATED_FIELD"],
    ["two dates", { fields: { date: ["1", "2"] } }, "ERR_SLUICE_REPEATED_FIELD"],
    ["two hosts", { fields: { Host: ["a", "a"] } }, "ERR_SLUICE_REPEATED_FIELD"],
    [
      "two tags in two cases, not side by side",
      {
        fields: [
          ["ETag", '"1"'],
          ["age", "1"],
          ["etag", '"1"'],
        ],
      },
      "ERR_SLUICE_REPEATED_FIELD",
    ],
    ["Connection: keep-alive", { fields: { Connection: "keep-alive" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["Connection: close, x", { fields: { Connection: "close, x" } }, "ERR_SLUICE_FRAMING_FIELD"],
    [
      "two lengths",
      {
        fields: [
          ["Content-Length", "5"],
          ["Content-Length", "6"],
        ],
      },
      "ERR_SLUICE_FRAMING_FIELD",
    ],
    ["a length with a sign", { fields: { "Content-Length": "+5" } }, "ERR_SLUICE_FRAMING_FIELD"],
    ["an empty length", { fields: { "Content-Length": "" } }, "ERR_SLUICE_FRAMING_FIELD"],
    [
      "a length above 2^53-1",
      { fields: { "Content-Length": "9007199254740993" } },
      "ERR_SLUICE_FRAMING_FIELD",
    ],
    [
      "a length that is not the size",
      { size: 4, fields: { "Content-Length": "5" } },
      "ERR_SLUICE_LENGTH_MISMATCH",
    ],
    ["a size below 0", { size: -1 }, "ERR_SLUICE_OPTION"],
    ["a size of half an octet", { size: 0.5 }, "ERR_SLUICE_OPTION"],
    ["a size without end", { size: Number.POSITIVE_INFINITY }, "ERR_SLUICE_OPTION"],
    ["a size that is no number", { size: Number.NaN }, "ERR_SLUICE_OPTION"],
    ["a trailer that may not be one", { trailers: ["a", "Host"] }, "ERR_SLUICE_FORBIDDEN_TRAILER"],
    ["a line ending in a trailer's name", { trailers: ["a\r\n"] }, "ERR_SLUICE_INVALID_FIELD"],
  ])("%s", (_name, response, code) => {
    const { sender, wire } = open();
    expect(codeOf(() => sender.response({ status: 200, fields: [], ...response }, GET))).toBe(code);
    expect(wire()).toBe("");
    expect(sender.inMessage).toBe(false);
    sender.response({ status: 204, fields: [] }, GET);
    sender.end();
    expect(wire()).toBe("HTTP/1.1 204 No Content\r\n\r\n");
  });

  test("trailers that may not be sent", () => {
    const { sender, wire } = open();
    sender.response({ status: 200, fields: [] }, GET);
    const before = wire();
    expect(codeOf(() => sender.end({ A: "1", Host: "b" }))).toBe("ERR_SLUICE_FORBIDDEN_TRAILER");
    expect(codeOf(() => sender.end({ A: "1\n" }))).toBe("ERR_SLUICE_INVALID_FIELD");
    expect(wire()).toBe(before);
    expect(sender.inMessage).toBe(true);
  });
});

describe("a body has the length that was announced", () => {
  const five = (): ReturnType<typeof open> => {
    const opened = open();
    opened.sender.response({ status: 200, fields: [], size: 5 }, GET);
    return opened;
  };

  test("no octet more is written", () => {
    const { sender, wire } = five();
    sender.data("hel");
    const before = wire();
    expect(codeOf(() => sender.data("lo!"))).toBe("ERR_SLUICE_LENGTH_MISMATCH");
    expect(wire()).toBe(before);
    expect(codeOf(() => sender.end())).toBe("ERR_SLUICE_LENGTH_MISMATCH");
  });

  test("no octet less is an end", () => {
    const { sender } = five();
    sender.data("hell");
    expect(thrownBy(() => sender.end()).message).toContain("4 of 5");
    expect(sender.inMessage).toBe(true);
  });

  test("and no trailers", () => {
    const { sender } = five();
    sender.data("hello");
    expect(codeOf(() => sender.end({ a: "1" }))).toBe("ERR_SLUICE_BODY_NOT_ALLOWED");
  });
});

test("calls have an order", () => {
  const { sender, wire } = open();
  expect(codeOf(() => sender.data("x"))).toBe("ERR_SLUICE_OUT_OF_ORDER");
  expect(codeOf(() => sender.end())).toBe("ERR_SLUICE_OUT_OF_ORDER");
  expect(wire()).toBe("");
  sender.response({ status: 200, fields: [] }, GET);
  expect(codeOf(() => sender.response({ status: 200, fields: [] }, GET))).toBe("ERR_SLUICE_OUT_OF_ORDER");
  expect(codeOf(() => sender.request("GET", "/", {}))).toBe("ERR_SLUICE_OUT_OF_ORDER");
  sender.end();
  expect(codeOf(() => sender.end())).toBe("ERR_SLUICE_OUT_OF_ORDER");
  expect([sender.inMessage, sender.closed]).toEqual([false, false]);
});

test("a head that has not left can be taken back", () => {
  const { sender, wire } = open();
  sender.response({ status: 200, fields: { Connection: "close" }, size: 5 }, GET);
  sender.retract();
  expect([sender.inMessage, sender.closed, sender.wantsBody]).toEqual([false, false, false]);
  const before = wire().length;
  sender.response({ status: 200, fields: [], size: 2 }, GET);
  sender.data("ab");
  sender.end();
  expect(wire().slice(before)).toBe("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
  expect(sender.closed).toBe(false);
});
