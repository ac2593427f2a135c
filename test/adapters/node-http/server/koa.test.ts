import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import { type AnyServer, ask, type Asked, type Create, same } from "./side-by-side.ts";

const FILE = fileURLToPath(new URL("../../../../LICENSE", import.meta.url));

/** A small application with what Koa's documentation shows: the cascade, every kind of body, errors, the raw response. */
function app(create: Create): AnyServer {
  const site = new Koa({ proxy: true });
  site.silent = true;
  site.use(async (context, next) => {
    context.set("X-Before", context.method);
    await next();
    context.set("X-After", String(context.status));
  });
  site.use(async (context) => {
    switch (context.path) {
      case "/":
        context.body = "Hello\n";
        break;
      case "/json":
        context.body = {
          ...(context.toJSON() as object),
          ip: context.ip,
          ips: context.ips,
          host: context.host,
          protocol: context.protocol,
          query: context.query,
        };
        break;
      case "/stream":
        context.type = "txt";
        context.body = Readable.from(["one\n", "two\n", "three\n"]);
        break;
      case "/file":
        context.body = createReadStream(FILE);
        break;
      case "/blob":
        context.body = new Blob(["a blob"]);
        break;
      case "/web-stream":
        context.body = new Blob(["a web stream"]).stream();
        break;
      case "/empty":
        context.body = null;
        break;
      case "/created":
        context.status = 201;
        context.message = "Made It";
        break;
      case "/cookie":
        context.cookies.set("name", "value", { httpOnly: true });
        context.body = context.cookies.get("other") ?? "none";
        break;
      case "/raw":
        context.respond = false;
        context.res.statusCode = 202;
        context.res.end("by hand");
        break;
      case "/echo":
        context.body = context.req;
        break;
      case "/throws":
        context.throw(403, "not you");
        break;
      case "/rejects":
        throw new Error("secret");
      case "/broken":
        context.type = "txt";
        context.body = Readable.from(
          (async function* () {
            yield "begun";
            await new Promise(setImmediate);
            throw new Error("broken");
          })(),
        );
        break;
      default:
    }
  });
  return create(site.callback());
}

const CASES: Record<string, Asked> = {
  hello: { target: "/" },
  "HEAD of it": { method: "HEAD", target: "/" },
  "HTTP/1.0": { target: "/", version: "1.0" },
  "what the request says": {
    target: "/json?a=1",
    fields: ["X-Forwarded-For: 10.9.8.7", "X-Forwarded-Proto: https"],
  },
  stream: { target: "/stream" },
  "a file": { target: "/file" },
  "a blob": { target: "/blob" },
  "a web stream": { target: "/web-stream" },
  empty: { target: "/empty" },
  "a message of its own": { target: "/created" },
  cookies: { target: "/cookie", fields: ["Cookie: other=1", "Cookie: more=2"] },
  "by hand": { target: "/raw" },
  "the request as the body": { method: "POST", target: "/echo", body: "x".repeat(100_000) },
  "an error to be seen": { target: "/throws" },
  "an error to be hidden": { target: "/rejects" },
  "not found": { target: "/nowhere" },
};

describe("Koa 3 answers as on node:http", () => {
  test.each(Object.entries(CASES))("%s", async (_name, asked) => {
    const seen = await same(app, (port) => ask(port, asked));
    expect(seen.complete).toBe(true);
  });

  test("a stream that breaks is cut", async () => {
    const seen = await same(app, (port) => ask(port, "/broken"));
    expect(seen).toMatchObject({ body: "begun", complete: false });
  });
});
