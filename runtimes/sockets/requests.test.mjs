// What arrives at our server.

import { gzipSync } from "node:zlib";
import { text } from "sluice";
import { codeOf, equal, ok } from "../suite/expect.mjs";
import { cuts } from "../suite/octets.mjs";
import { withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { settled, turn, until } from "../suite/waiting.mjs";

const echo = async ({ body }) => text(await body.text());

test("request bodies of both framings arrive", () =>
  withServer(echo, async ({ connect }) => {
    const client = await connect();
    client.write("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello");
    equal((await client.response()).body, "hello");
    client.write(
      "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
    );
    equal((await client.response()).body, "hello");
  }));

test("a request is the same whatever packets it comes in", () =>
  withServer(echo, async ({ connect }) => {
    const client = await connect();
    client.socket.setNoDelay(true);
    for (const pieces of cuts(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    )) {
      for (const piece of pieces) {
        client.write(piece);
        await turn();
      }
      equal((await client.response()).body, "abc");
    }
  }));

test("a request body arrives while it is sent, with its trailers", () => {
  const pieces = [];
  return withServer(
    async ({ body }) => {
      for await (const piece of body) pieces.push(Buffer.from(piece).toString());
      return text((await body.trailers).fields.get("x-sum"));
    },
    async ({ connect }) => {
      const client = await connect();
      client.write(
        "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\none\r\n",
      );
      await until(() => pieces.join("") === "one");
      client.write("3\r\ntwo\r\n0\r\nX-Sum: 6\r\n\r\n");
      equal((await client.response()).body, "6");
      equal(pieces.join(""), "onetwo");
    },
  );
});

test("a request body that is cut is an error for whoever reads it", () => {
  let code;
  return withServer(
    async ({ body }) => {
      code = await codeOf(body.text());
      return text("no");
    },
    async ({ connect }) => {
      const client = await connect();
      client.write("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf");
      await turn();
      client.socket.end();
      await until(() => code !== undefined);
      equal(code, "ERR_SLUICE_TRUNCATED");
    },
  );
});

test("a coded request body is decoded", () =>
  withServer(
    async ({ body }) => text(await body.decoded().text()),
    async ({ connect }) => {
      const coded = gzipSync("hello ".repeat(1_000));
      const client = await connect();
      client
        .write(
          `POST / HTTP/1.1\r\nHost: test\r\nContent-Encoding: gzip\r\nContent-Length: ${coded.length}\r\n\r\n`,
        )
        .write(coded);
      equal((await client.response()).body, "hello ".repeat(1_000));
    },
  ));

test("100 (Continue) is sent when the body is wanted", () =>
  withServer(
    async ({ path, body }) =>
      path === "/unread" ? text("unread", { status: 403 }) : text(await body.text()),
    async ({ connect }) => {
      const client = await connect();
      client.write("POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      equal((await client.response()).status, 100);
      client.write("hello");
      equal((await client.response()).body, "hello");
      client.write(
        "POST /unread HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
      );
      equal((await client.response()).status, 403);
    },
  ));

test("a client that sends faster than the handler reads has to wait", () => {
  let read = false;
  let taken = 0;
  const waiting = [];
  return withServer(
    async ({ body }) => {
      await new Promise((resolve) => waiting.push(resolve));
      for await (const piece of body) taken += piece.length;
      return text(String(taken));
    },
    async ({ connect, server }) => {
      const size = 64 * 1024 * 1024;
      const client = await connect();
      client.write(`POST / HTTP/1.1\r\nHost: test\r\nContent-Length: ${size}\r\n\r\n`);
      const piece = Buffer.alloc(1024 * 1024, 97);
      for (let sent = 0; sent < size; sent += piece.length) client.socket.write(piece);
      const held = await settled(() => server.stats.bytesReceived);
      ok(held < 1024 * 1024 && !read, `a bounded part of the body, not ${held} octets`);
      read = true;
      for (const resolve of waiting) resolve();
      equal((await client.response()).body, String(size));
    },
  );
});
