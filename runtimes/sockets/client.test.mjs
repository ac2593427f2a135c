// Our client over node:net, against our server and against octets on a socket.

import { sse, stream, text } from "sluice";
import { events, rows } from "sluice/client";
import { ndjson } from "sluice";
import { codeOf, equal, failure, ok } from "../suite/expect.mjs";
import { withRawServer, withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { gate, turn, until } from "../suite/waiting.mjs";

const reading = async (response) => {
  const outcome = await response.body.text().then(
    (body) => body,
    ({ code }) => code,
  );
  return [outcome, (await response.ending).outcome];
};

test("the client keeps its connection", () =>
  withServer(
    ({ path }) => text(path),
    async ({ client, server, url }) => {
      for (const path of ["/one", "/two", "/three"])
        equal(await reading(await client.request(url(path))), [path, "complete"]);
      equal([server.stats.connections, server.stats.requests], [1, 3]);
    },
  ));

test("the client tells chunks apart", () =>
  withServer(
    () => stream("text/plain", () => ["one", "two", "three"]),
    async ({ client, url }) => {
      const { body } = await client.request(url(), {
        chunks: true,
        headers: { "Accept-Encoding": "identity" },
      });
      const chunks = [];
      for await (const { size, payload } of body.chunks())
        chunks.push([size, Buffer.from(payload).toString()]);
      equal(chunks, [
        [3, "one"],
        [3, "two"],
        [5, "three"],
        [0, ""],
      ]);
    },
  ));

const WHOLE = {
  chunked: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
  length: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
};

for (const [framing, wire] of Object.entries(WHOLE))
  test(`the client takes nothing for whole that is cut, with ${framing} framing`, async () => {
    const head = wire.indexOf("\r\n\r\n") + 4;
    for (let length = head; length < wire.length; length++)
      await withRawServer(
        (socket) => socket.end(wire.slice(0, length)),
        async ({ client, url }) =>
          equal(await reading(await client.request(url())), ["ERR_SLUICE_TRUNCATED", "truncated"]),
      );
    await withRawServer(
      (socket) => socket.end(wire),
      async ({ client, url }) => equal(await reading(await client.request(url())), ["abc", "complete"]),
    );
  });

test("the client tells a reset from the end of a body that the connection delimits", async () => {
  const arrived = gate();
  await withRawServer(
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\npartial");
      void arrived.opened.then(() => socket.resetAndDestroy());
    },
    async ({ client, url }) => {
      const response = await client.request(url());
      const pieces = [];
      const error = await failure(async () => {
        for await (const piece of response.body) {
          pieces.push(Buffer.from(piece).toString());
          arrived.open();
        }
      });
      equal([pieces, error.code], [["partial"], "ERR_SLUICE_TRUNCATED"]);
    },
  );
});

test("the client tells a reset from the end where both come at once", () =>
  withRawServer(
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\npartial");
      socket.resetAndDestroy();
    },
    async ({ client, url }) => {
      const code = await codeOf(async () => {
        const response = await client.request(url());
        await response.body.text();
      });
      ok(["ERR_SLUICE_TRUNCATED", "ERR_SLUICE_CONNECTION_LOST"].includes(code), `an error, not ${code}`);
    },
  ));

test("the client sends bodies of every kind", () =>
  withServer(
    async ({ headers, body }) =>
      text(`${headers.get("content-length") ?? headers.get("transfer-encoding")} ${await body.text()}`),
    async ({ client, url }) => {
      const bodies = [
        ["text", "4 text"],
        [Buffer.from("octets"), "6 octets"],
        [["an ", "array"], "chunked an array"],
        [new Blob(["a blob"]), "6 a blob"],
        [
          new ReadableStream({
            start: (controller) => (controller.enqueue(Buffer.from("a stream")), controller.close()),
          }),
          "chunked a stream",
        ],
        [async (out) => out.write("a writer"), "chunked a writer"],
      ];
      for (const [body, found] of bodies)
        equal(await reading(await client.request(url(), { method: "POST", body })), [found, "complete"]);
    },
  ));

test("a signal ends a request, and the server learns of it", () => {
  const seen = [];
  return withServer(
    ({ signal }) => {
      signal.addEventListener("abort", () => seen.push("left"));
      return stream("text/plain", async (out) => {
        for (;;) {
          await out.write("again");
          await turn();
        }
      });
    },
    async ({ client, url }) => {
      const controller = new AbortController();
      const { body } = await client.request(url(), { signal: controller.signal });
      const code = await codeOf(async () => {
        for await (const _ of body) controller.abort();
      });
      equal(code, "ERR_SLUICE_ABORTED");
      await until(() => seen.length === 1);
    },
  );
});

test("the client does not wait for ever", async () => {
  await withRawServer(
    () => {},
    async ({ client, url }) =>
      equal(await codeOf(client.request(url(), { timeouts: { head: 100 } })), "ERR_SLUICE_RESPONSE_TIMEOUT"),
  );
  await withRawServer(
    (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na"),
    async ({ client, url }) => {
      const { body } = await client.request(url(), { timeouts: { body: 100 } });
      equal(await codeOf(body.text()), "ERR_SLUICE_BODY_TIMEOUT");
    },
  );
});

test("nobody there is an error that says so", async () => {
  let gone;
  await withRawServer(
    () => {},
    async ({ url }) => (gone = url()),
  );
  await withServer(
    () => text(""),
    async ({ client }) => {
      const error = await failure(client.request(gone));
      equal([error.code, error.cause.code], ["ERR_SLUICE_CONNECT", "ECONNREFUSED"]);
    },
  );
});

test("redirects are followed, and interim responses told", () =>
  withServer(
    (request) => {
      if (request.path === "/") return { status: 302, headers: { Location: "/there" }, body: null };
      request.informational(103, { Link: "</a.css>" });
      return text("there");
    },
    async ({ client, url }) => {
      const told = [];
      const response = await client.request(url(), {
        onInformational: (status, headers) => told.push([status, headers.get("link")]),
      });
      equal(await reading(response), ["there", "complete"]);
      equal([response.redirects.length, told], [1, [[103, "</a.css>"]]]);
    },
  ));

test("100 (Continue) is waited for", () => {
  const log = [];
  return withServer(
    async ({ body }) => {
      log.push("asked");
      return text(await body.text());
    },
    async ({ client, url }) => {
      const source = function* () {
        log.push("sent");
        yield "body";
      };
      const response = await client.request(url(), {
        method: "POST",
        body: source(),
        expectContinue: true,
        timeouts: { continue: 10_000 },
      });
      equal(await reading(response), ["body", "complete"]);
      equal(log, ["asked", "sent"]);
    },
  );
});

test("events go on where they were cut", () => {
  const asked = [];
  return withServer(
    ({ headers }) => {
      const last = Number(headers.get("last-event-id") ?? 0);
      asked.push(last);
      return sse(
        (async function* () {
          yield { id: String(last + 1), data: "x" };
          await turn();
          if (last < 2) throw new Error("cut");
        })(),
      );
    },
    async ({ client, url, takeErrors }) => {
      const ids = [];
      for await (const { id } of events(url(), { client, reconnect: { initial: 1 } })) {
        ids.push(id);
        if (ids.length === 3) break;
      }
      equal(
        [ids, asked],
        [
          ["1", "2", "3"],
          [0, 1, 2],
        ],
      );
      await takeErrors(2);
    },
  );
});

test("rows are read as they arrive", () =>
  withServer(
    () => ndjson([{ id: 1 }, { id: 2 }]),
    async ({ client, url }) => {
      const found = [];
      for await (const row of rows(url(), { client })) found.push(row);
      equal(found, [{ id: 1 }, { id: 2 }]);
    },
  ));
