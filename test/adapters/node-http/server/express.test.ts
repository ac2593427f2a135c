import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import compression from "compression";
import express, { type ErrorRequestHandler } from "express";
import { afterAll, describe, expect, test } from "vitest";
import { RawClient } from "../../../support/raw-client.ts";
import { type AnyServer, ask, type Asked, type Create, same } from "./side-by-side.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-express-"));
writeFileSync(join(folder, "page.html"), "<h1>page</h1>\n".repeat(100));
afterAll(() => rmSync(folder, { recursive: true }));

/** A small application with what Express's documentation shows: routing, middleware, bodies, files, streams, errors. */
function app(create: Create): AnyServer {
  const site = express();
  site.set("trust proxy", true);
  site.use(compression({ threshold: 200 }));
  site.use(express.json(), express.urlencoded({ extended: true }), express.text());
  site.use("/files", express.static(folder));
  site.use((request, response, next) => {
    response.locals["seen"] = request.path;
    response.cookie("visited", "yes", { httpOnly: true });
    response.append("Set-Cookie", "second=2");
    next();
  });
  site.get("/", (_request, response) => void response.send("Hello\n"));
  site.get("/json", (request, response) => {
    const { method, url, originalUrl, baseUrl, path, protocol, secure, hostname, ip, ips, xhr, query } =
      request;
    response.json({
      method,
      url,
      originalUrl,
      baseUrl,
      path,
      protocol,
      secure,
      hostname,
      ip,
      ips,
      xhr,
      query,
    });
  });
  site.get("/users/:id", (request, response) => void response.status(201).json(request.params));
  site.get("/locals", (_request, response) => void response.send(response.locals["seen"]));
  site.get("/headers", (request, response) => {
    response.set("X-One", "1").type("html").vary("Accept").links({ next: "/2" });
    response.send(
      `<p>${request.get("X-Custom")} ${request.accepts(["json", "html"])} ${request.is("json")}</p>`,
    );
  });
  site.get("/empty", (_request, response) => {
    response.sendStatus(204);
  });
  site.get("/moved", (_request, response) => response.redirect(302, "/json"));
  site.get("/format", (_request, response) => {
    response.format({ text: () => response.send("text"), json: () => response.json({ text: "json" }) });
  });
  site.get("/attachment", (_request, response) => void response.attachment("räksmörgås.txt").send("x"));
  site.get("/download", (_request, response) => response.download(join(folder, "page.html")));
  site.get("/send-file", (_request, response) => response.sendFile(join(folder, "page.html")));
  site.get("/buffer", (_request, response) => void response.send(Buffer.from("büffer")));
  site.get("/stream", (_request, response) => {
    response.type("txt");
    Readable.from(["one\n", "two\n", "three\n"]).pipe(response);
  });
  site.get("/file-stream", (_request, response) => {
    response.type("html");
    createReadStream(join(folder, "page.html")).pipe(response);
  });
  site.get("/events", async (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    for (let id = 1; id <= 3; id++) {
      response.write(`id: ${id}\ndata: {}\n\n`);
      response.flush();
      await turn();
    }
    response.end();
  });
  site.get("/throws", () => {
    throw new Error("thrown");
  });
  site.get("/rejects", () => Promise.reject(Object.assign(new Error("rejected"), { status: 418 })));
  site.get("/broken", (_request, response) => {
    response.write("begun");
    setImmediate(() => response.destroy());
  });
  site.post("/echo", (request, response) => void response.json({ body: request.body as unknown }));
  site.post("/raw", (request, response) => {
    let octets = 0;
    request.on("data", (piece: Buffer) => (octets += piece.length));
    request.on("end", () => response.send(String(octets)));
  });
  const users = express.Router({ mergeParams: true });
  users.get("/", (request, response) => void response.json([request.baseUrl, request.url, request.params]));
  site.use("/teams/:team/users", users);
  const sub = express();
  sub.get("/inside", (request, response) => void response.send(`${request.baseUrl} ${request.originalUrl}`));
  site.use("/sub", sub);
  const failed: ErrorRequestHandler = (error, request, response, next) => {
    if (request.path === "/rejects") response.status(error.status).send(`handled: ${error.message}`);
    else next(error);
  };
  site.use(failed);
  return create(site);
}

const json = ["Content-Type: application/json"];

const CASES: Record<string, Asked> = {
  hello: { target: "/" },
  "HEAD of it": { method: "HEAD", target: "/" },
  "OPTIONS of it": { method: "OPTIONS", target: "/" },
  "HTTP/1.0": { target: "/", version: "1.0" },
  "what the request says": {
    target: "/json?a=1&b=2",
    fields: ["X-Requested-With: XMLHttpRequest", "X-Forwarded-For: 10.1.2.3", "X-Forwarded-Proto: https"],
  },
  params: { target: "/users/42" },
  locals: { target: "/locals" },
  headers: { target: "/headers", fields: ["X-Custom: a", "X-Custom: b", "Accept: text/html"] },
  "204": { target: "/empty" },
  redirect: { target: "/moved" },
  "format as JSON": { target: "/format", fields: ["Accept: application/json"] },
  "nothing acceptable": { target: "/format", fields: ["Accept: image/png"] },
  attachment: { target: "/attachment" },
  download: { target: "/download" },
  "sendFile, a range": { target: "/send-file", fields: ["Range: bytes=5-20"] },
  "sendFile, an impossible range": { target: "/send-file", fields: ["Range: bytes=99999-"] },
  static: { target: "/files/page.html" },
  "static, HEAD": { method: "HEAD", target: "/files/page.html" },
  "static, not there": { target: "/files/nothing.html" },
  "a buffer": { target: "/buffer" },
  stream: { target: "/stream" },
  "stream, HTTP/1.0": { target: "/stream", version: "1.0" },
  "file stream": { target: "/file-stream" },
  "file stream, gzip": { target: "/file-stream", fields: ["Accept-Encoding: gzip"] },
  "static, gzip": { target: "/files/page.html", fields: ["Accept-Encoding: gzip"] },
  events: { target: "/events" },
  "events, gzip": { target: "/events", fields: ["Accept-Encoding: gzip"] },
  "an error that is thrown": { target: "/throws" },
  "an error that a promise has": { target: "/rejects" },
  "not found": { target: "/nowhere" },
  "a JSON body": { method: "POST", target: "/echo", fields: json, body: '{"a":[1,2]}' },
  "a JSON body that is none": { method: "POST", target: "/echo", fields: json, body: '{"a":' },
  "a JSON body that is too large": {
    method: "POST",
    target: "/echo",
    fields: json,
    body: JSON.stringify("x".repeat(200_000)),
  },
  "a form": {
    method: "POST",
    target: "/echo",
    fields: ["Content-Type: application/x-www-form-urlencoded"],
    body: "a=1&b[]=2&b[]=3",
  },
  text: { method: "POST", target: "/echo", fields: ["Content-Type: text/plain"], body: "grüße" },
  "a body by its events": { method: "POST", target: "/raw", body: "x".repeat(300_000) },
  "a body that nobody reads": { method: "POST", target: "/nowhere", body: "x".repeat(1000) },
  "a router in a router": { target: "/teams/7/users" },
  "an app in an app": { target: "/sub/inside?x=1" },
};

/** Express prints the stack of errors to the reader: where the code is, is no part of the comparison. */
const stackless = (body: string): string => body.replaceAll(/(?:<br> &nbsp; &nbsp;at .*?)(?=<\/pre>)/gs, "");

describe("Express 5 answers as on node:http", () => {
  test.each(Object.entries(CASES))("%s", async (_name, asked) => {
    const seen = await same(app, async (port) => {
      const { body, headers, ...rest } = await ask(port, asked);
      // The length of a page with a stack is that of its paths.
      const { "content-length": length, ...others } = headers;
      return {
        ...rest,
        body: stackless(body),
        headers: stackless(body) === body ? headers : others,
        length: length !== undefined,
      };
    });
    expect(seen.complete).toBe(true);
  });

  test("a validator of its own: 304", async () => {
    const seen = await same(app, async (port) => {
      const { headers } = await ask(port, "/json");
      return ask(port, { target: "/json", fields: [`If-None-Match: ${headers["etag"]}`] });
    });
    expect(seen).toMatchObject({ status: 304, body: "" });
  });

  test("a response that is destroyed is cut", async () => {
    const seen = await same(app, (port) => ask(port, "/broken"));
    expect(seen).toMatchObject({ status: 200, body: "begun", complete: false });
  });

  test("one connection, many requests, pipelined", async () => {
    const bodies = await same(app, async (port) => {
      const client = await RawClient.connect(port);
      client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50));
      const found: string[] = [];
      for (let count = 0; count < 50; count++) found.push((await client.response()).body);
      return found;
    });
    expect(new Set(bodies)).toEqual(new Set(["Hello\n"]));
  });

  test("app.listen's place is taken by createServer(app).listen", async () => {
    const { status } = await same(
      (create) => {
        const site = express();
        site.get("/", (request, response) => void response.json(request.socket.remoteFamily));
        return create(site).listen(0, "127.0.0.1");
      },
      (port) => ask(port),
    );
    expect(status).toBe(200);
  });
});
