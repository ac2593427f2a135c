// sluice/node-http: our handlers under the runtime's node:http, and listeners of node:http on our engine.

import { createServer as createNodeServer, IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { createServer, toListener } from "sluice/node-http";
import { testBehaviours } from "../suite/behaviours.mjs";
import { equal, ok } from "../suite/expect.mjs";
import { withNodeServer } from "../suite/node-servers.mjs";
import { RawClient } from "../suite/raw-client.mjs";
import { test } from "../suite/test.mjs";
import { gate, until } from "../suite/waiting.mjs";

// By `import` its types would come, and Node's with them, for all of these files alike.
const express = createRequire(import.meta.url)("express");

testBehaviours("toListener under node:http", (handler, use) =>
  withNodeServer((onError) => createNodeServer(toListener(handler, { onError })), use),
);

const onOurEngine = (listener, use) => withNodeServer((onError) => createServer({ onError }, listener), use);

testBehaviours("toListener on createServer", (handler, use) =>
  withNodeServer((onError) => createServer({ onError }, toListener(handler, { onError })), use),
);

test("createServer: a listener of node:http answers, with the classes of node:http", () =>
  onOurEngine(
    (request, response) => {
      const are = [request instanceof IncomingMessage, response instanceof ServerResponse];
      response.writeHead(201, { "X-A": "b" });
      response.end(JSON.stringify([request.method, request.url, request.headers.host, ...are]));
    },
    async ({ port }) => {
      const client = await RawClient.connect(port);
      for (let round = 0; round < 2; round++) {
        const { status, headers, body } = await client.get("/path").response();
        equal([status, headers["x-a"]], [201, "b"]);
        equal(JSON.parse(body), ["GET", "/path", "test", true, true]);
      }
      client.destroy();
    },
  ));

test("createServer: a body is read by its events, and echoed by pipe", () =>
  onOurEngine(
    (request, response) => request.pipe(response),
    async ({ client, url }) => {
      const { body } = await client.request(url(), { method: "POST", body: ["one ", "two"] });
      equal(await body.text(), "one two");
    },
  ));

test("createServer: write says when to wait, and drain when to go on", () =>
  onOurEngine(
    (_request, response) => {
      let left = 256;
      const piece = Buffer.alloc(64 * 1024, "x");
      const write = () => {
        let room = true;
        while (room && left-- > 0) room = response.write(piece);
        if (room) response.end();
        else response.once("drain", write);
      };
      write();
    },
    async ({ client, url }) => {
      const { body } = await client.request(url(), { headers: { "Accept-Encoding": "identity" } });
      equal((await body.bytes()).length, 256 * 64 * 1024);
    },
  ));

test("createServer: finish and close are told, and a listener that throws is a 500", () => {
  const seen = [];
  return onOurEngine(
    (request, response) => {
      if (request.url === "/throws") throw new Error("no");
      for (const event of ["finish", "close"]) response.on(event, () => seen.push(event));
      response.end("yes");
    },
    async ({ client, url, takeErrors }) => {
      equal((await client.request(url("/throws"))).status, 500);
      equal((await takeErrors()).map(String), ["Error: no"]);
      equal(await (await client.request(url())).body.text(), "yes");
      await until(() => seen.length === 2);
      equal(seen, ["finish", "close"]);
    },
  );
});

test("createServer: a reader that leaves closes the response without finish", () => {
  const seen = [];
  const begun = gate();
  return onOurEngine(
    (_request, response) => {
      for (const event of ["finish", "close"]) response.on(event, () => seen.push(event));
      response.write("begun");
      begun.open();
    },
    async ({ port }) => {
      const client = await RawClient.connect(port);
      client.get("/");
      await begun.opened;
      await client.until("begun");
      client.destroy();
      await until(() => seen.length > 0);
      equal(seen, ["close"]);
    },
  );
});

test("createServer: interim responses, and trailers in both directions", () =>
  onOurEngine(
    (request, response) => {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      request.resume().on("end", () => {
        response.setHeader("Trailer", "X-Sum");
        response.write("body");
        response.addTrailers({ "X-Sum": request.trailers["x-sum"] });
        response.end();
      });
    },
    async ({ port }) => {
      const client = await RawClient.connect(port);
      client.write(
        "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: 6\r\n\r\n",
      );
      equal((await client.response()).status, 103);
      const { body, trailers } = await client.response();
      equal([body, trailers["x-sum"]], ["body", "6"]);
      client.destroy();
    },
  ));

test("createServer: checkContinue, and a request that isn't read", () =>
  withNodeServer(
    (onError) =>
      createServer({ onError }, (_request, response) => response.end("unread")).on(
        "checkContinue",
        (request, response) => {
          response.writeContinue();
          request.pipe(response);
        },
      ),
    async ({ port }) => {
      const client = await RawClient.connect(port);
      client.write("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello");
      equal((await client.response()).body, "unread");
      client.write("POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      equal((await client.response()).status, 100);
      client.write("hello");
      equal((await client.response()).body, "hello");
      client.destroy();
    },
  ));

test("createServer: upgrade hands the connection over", () =>
  withNodeServer(
    (onError) =>
      createServer({ onError }).on("upgrade", (request, socket, head) => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
        socket.write(`${request.url} ${head}`);
        socket.pipe(socket);
      }),
    async ({ port }) => {
      const client = await RawClient.connect(port);
      client.get("/there", "Connection: Upgrade", "Upgrade: echo");
      await client.until("/there ");
      client.write("and back");
      await client.until("/there and back");
      client.destroy();
    },
  ));

test("createServer: an application of Express, with its middleware", () => {
  const app = express();
  app.use(express.json());
  app.use((_request, response, next) => {
    response.cookie("seen", "yes");
    next();
  });
  app.post("/users/:id", (request, response) => response.status(201).json([request.params.id, request.body]));
  app.use((error, _request, response, _next) => response.status(error.status).send(error.type));
  return onOurEngine(app, async ({ client, url }) => {
    const post = (body) =>
      client.request(url("/users/7"), {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json" },
      });
    const response = await post('{"a":1}');
    equal([response.status, await response.body.text()], [201, '["7",{"a":1}]']);
    ok(response.headers.get("set-cookie").startsWith("seen=yes"), "a cookie");
    equal(await (await post("{")).body.text(), "entity.parse.failed");
  });
});
