// Our handlers under the runtime's own server, by sluice/fetch.

import { content, sse, stream, text } from "sluice/replies";
import { toFetch } from "sluice/fetch";
import { equal, ok } from "../suite/expect.mjs";
import { withOwnServer } from "../suite/own-server.mjs";
import { RawClient } from "../suite/raw-client.mjs";
import { test } from "../suite/test.mjs";
import { gate, settled, turn, until } from "../suite/waiting.mjs";

/** Runs a handler of ours under the runtime's own server, with a client on its socket. */
async function withHandler(handler, use) {
  const errors = [];
  await withOwnServer(
    toFetch(handler, { onError: (error) => errors.push(error.message) }),
    async ({ port, ...rest }) => {
      const client = await RawClient.connect(port);
      try {
        await use({ ...rest, port, raw: client, errors });
      } finally {
        client.destroy();
      }
    },
  );
}

test("the runtime's own server sends our replies", () =>
  withHandler(
    async ({ path, body }) => text(`${path} ${await body.text()}`),
    async ({ client, url }) => {
      for (const body of ["body", ["a ", "stream"]]) {
        const response = await client.request(url("/path"), { method: "POST", body });
        equal(
          [response.status, await response.body.text()],
          [200, `/path ${Array.isArray(body) ? body.join("") : body}`],
        );
      }
    },
  ));

test("the runtime's own server sends each piece of our replies as it is made", () => {
  let next = gate();
  return withHandler(
    () =>
      stream("text/plain", async function* () {
        for (let number = 0; number < 10; number++) {
          yield `piece ${number};`;
          await next.opened;
          next = gate();
        }
      }),
    async ({ raw }) => {
      raw.get("/");
      for (let number = 0; number < 10; number++) {
        await raw.until(`piece ${number};`);
        next.open();
      }
      equal((await raw.response()).complete, true);
    },
  );
});

test("the runtime's own server sends events of ours coded and flushed", () => {
  let next = gate();
  const events = async function* () {
    for (let number = 0; number < 5; number++) {
      yield { data: `event ${number}` };
      await next.opened;
      next = gate();
    }
  };
  return withHandler(
    () => sse(events()),
    async ({ client, url }) => {
      const { body, headers } = await client.request(url(), { headers: { "Accept-Encoding": "gzip" } });
      equal(headers.get("content-encoding"), "gzip");
      let found = "";
      let number = 0;
      for await (const piece of body) {
        found += Buffer.from(piece).toString();
        if (!found.endsWith(`event ${number}\n\n`)) continue;
        number++;
        next.open();
      }
      equal(number, 5);
    },
  );
});

test("the runtime's own server makes no clean end of our source that throws", () =>
  withHandler(
    () =>
      stream("text/plain", async function* () {
        yield "partial";
        await turn();
        await turn();
        throw new Error("broken");
      }),
    async ({ raw, errors }) => {
      raw.get("/");
      ok(!(await raw.whole()).includes("\r\n0\r\n"), "no last chunk");
      equal(errors, ["broken"]);
    },
  ));

test("the runtime's own server lets our source wait for its reader", () => {
  const piece = new Uint8Array(64 * 1024).fill(97);
  let pieces = 0;
  return withHandler(
    () =>
      stream("text/plain", function* () {
        for (;;) {
          pieces++;
          yield piece;
        }
      }),
    async ({ port }) => {
      const client = await RawClient.connect(port, { paused: true });
      client.get("/");
      const first = await settled(() => pieces);
      ok(first * piece.length < 48 * 1024 * 1024, `a bounded backlog, not ${first} pieces`);
      client.resume();
      await until(() => pieces > first + 100);
      client.destroy();
    },
  );
});

test("the runtime's own server lets our handler know when the reader has left", () => {
  const seen = [];
  return withHandler(
    ({ signal }) => {
      signal.addEventListener("abort", () => seen.push(signal.reason.code));
      return stream("text/plain", async function* () {
        try {
          for (;;) {
            yield "again";
            await turn();
          }
        } finally {
          seen.push("stopped");
        }
      });
    },
    async ({ raw }) => {
      raw.get("/");
      await raw.until("again");
      raw.destroy();
      await until(() => seen.length === 2);
      equal(new Set(seen), new Set(["stopped", "ERR_SLUICE_READER_LEFT"]));
    },
  );
});

test("the runtime's own server answers HEAD, ranges and conditions by us", () => {
  const digits = content("text/plain", "0123456789");
  return withHandler(
    () => digits,
    async ({ raw }) => {
      raw.write("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
      const head = await raw.response("HEAD");
      equal([head.status, head.headers["content-length"]], [200, "10"]);
      const part = await raw.get("/", "Range: bytes=2-4").response();
      equal([part.status, part.headers["content-range"], part.body], [206, "bytes 2-4/10", "234"]);
      equal((await raw.get("/", `If-None-Match: ${head.headers.etag}`).response()).status, 304);
    },
  );
});
