import { Fields, RequestReceiver, ResponseReceiver, Sender } from "sluice/http1";
import { codeOf, equal, ok } from "../suite/expect.mjs";
import { cuts, latin1, octets } from "../suite/octets.mjs";
import { test } from "../suite/test.mjs";

/** What a receiver finds in these pieces: the lines of each message. */
function read(Receiver, pieces, { expect = [], end = true } = {}) {
  const log = [];
  const receiver = new Receiver({
    head(head, framing) {
      const start =
        head.method === undefined ? `${head.status} ${head.reason}` : `${head.method} ${head.target}`;
      const fields = Array.from(head.fields, (field) => field.join("="));
      log.push([`${start} HTTP/1.${head.minor}`, ...fields, framing.kind, ""]);
    },
    data(view) {
      log.at(-1).push(log.at(-1).pop() + latin1(view));
    },
    end(trailers) {
      log.at(-1).push(...Array.from(trailers?.fields ?? [], (field) => field.join("=")), "end");
    },
  });
  for (const method of expect) receiver.expect(method);
  for (const piece of pieces) {
    let at = 0;
    while (at < piece.length) at = receiver.receive(piece, at);
  }
  if (end) receiver.end();
  return log;
}

function written(write) {
  let wire = "";
  write(new Sender({ text: (text) => (wire += text), bytes: (view) => (wire += latin1(view)) }));
  return wire;
}

const REQUESTS =
  "POST /a?b HTTP/1.1\r\nHost: one\r\nContent-Length: 5\r\n\r\nhello" +
  "PUT /c HTTP/1.1\r\nhost: two\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n" +
  "GET / HTTP/1.0\r\n\r\n";

test("requests behind one another are the same however they are cut", () => {
  for (const pieces of cuts(octets(REQUESTS)))
    equal(read(RequestReceiver, pieces), [
      ["POST /a?b HTTP/1.1", "Host=one", "Content-Length=5", "length", "hello", "end"],
      [
        "PUT /c HTTP/1.1",
        "host=two",
        "Transfer-Encoding=chunked",
        "Trailer=X-Sum",
        "chunked",
        "abcde",
        "X-Sum=5",
        "end",
      ],
      ["GET / HTTP/1.0", "none", "", "end"],
    ]);
});

test("responses are the same however they are cut", () => {
  const wire =
    "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" +
    "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 \r\n\r\nup to the end";
  for (const pieces of cuts(octets(wire)))
    equal(read(ResponseReceiver, pieces, { expect: ["HEAD", "GET", "GET"] }), [
      ["103 Early Hints HTTP/1.1", "Link=</a.css>", "none", ""],
      ["200 OK HTTP/1.1", "Content-Length=3", "none", "", "end"],
      ["204 No Content HTTP/1.1", "none", "", "end"],
      ["200  HTTP/1.1", "close", "up to the end", "end"],
    ]);
});

test("a message that is cut at any place is not complete", async () => {
  const wire = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n";
  for (let length = 1; length < wire.length; length++) {
    const pieces = [octets(wire.slice(0, length))];
    equal(await codeOf(() => read(ResponseReceiver, pieces, { expect: ["GET"] })), "ERR_SLUICE_TRUNCATED");
  }
});

test("a request that can be read in two ways is refused", async () => {
  const head = (...lines) => ["POST / HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n");
  const wrong = [
    head("Content-Length: 3", "Transfer-Encoding: chunked"),
    head("Content-Length: 3, 3"),
    head("Content-Length: +3"),
    head("Transfer-Encoding: chunked, identity"),
    head("Transfer-Encoding: xchunked"),
    head("A: b", " folded"),
    head("A : b"),
    head("A: b\nB: c"),
    head("Host: b"),
    "GET / HTTP/1.1\r\n\r\n",
    "GET  / HTTP/1.1\r\n",
    "GET / HTTP/1.1\nHost: a\n\n",
  ];
  for (const text of wrong)
    for (const pieces of cuts(octets(text))) {
      const code = await codeOf(() => read(RequestReceiver, pieces));
      ok(
        code.startsWith("ERR_SLUICE_") && code !== "ERR_SLUICE_TRUNCATED",
        `a refusal of ${JSON.stringify(text)}`,
      );
    }
});

test("what a sender has written a receiver reads", () => {
  const request = { method: "GET", minor: 1, keepAlive: true };
  const wire = written((sender) => {
    sender.informational(103, { Link: "</a.css>" });
    sender.response(
      {
        status: 200,
        fields: Fields.from([
          ["X-A", "1"],
          ["X-A", "2"],
        ]),
        trailers: ["x-sum"],
      },
      request,
      "Sun, 06 Nov 1994 08:49:37 GMT",
    );
    sender.data("text, ");
    sender.data(octets("octets"));
    sender.end({ "x-sum": "12" });
    sender.response({ status: 200, fields: {}, size: 2 }, request);
    sender.data("ok");
    sender.end();
  });
  equal(read(ResponseReceiver, [octets(wire)], { expect: ["GET", "GET"] }), [
    ["103 Early Hints HTTP/1.1", "Link=</a.css>", "none", ""],
    [
      "200 OK HTTP/1.1",
      "Date=Sun, 06 Nov 1994 08:49:37 GMT",
      "X-A=1",
      "X-A=2",
      "Trailer=x-sum",
      "Transfer-Encoding=chunked",
      "chunked",
      "text, octets",
      "x-sum=12",
      "end",
    ],
    ["200 OK HTTP/1.1", "Content-Length=2", "length", "ok", "end"],
  ]);
});

test("a sender lets nothing into a head that would end a line", async () => {
  const request = { method: "GET", minor: 1, keepAlive: true };
  for (const [name, value] of [
    ["A", "b\r\nC: d"],
    ["A", "b\nC: d"],
    ["A\r\nB", "c"],
    ["A", "b\0"],
  ])
    equal(
      await codeOf(() =>
        written((sender) => sender.response({ status: 200, fields: [[name, value]] }, request)),
      ),
      "ERR_SLUICE_INVALID_FIELD",
    );
  equal(
    await codeOf(() =>
      written((sender) =>
        sender.response({ status: 200, fields: { "Transfer-Encoding": "chunked" } }, request),
      ),
    ),
    "ERR_SLUICE_FRAMING_FIELD",
  );
  equal(
    await codeOf(() =>
      written((sender) => {
        sender.response({ status: 200, fields: {}, size: 2 }, request);
        sender.data("three");
      }),
    ),
    "ERR_SLUICE_LENGTH_MISMATCH",
  );
});
