import Koa from "koa";
import { createServer } from "node:http";
import { describe, expect, test } from "vitest";
import { koaReply } from "../../../src/adapters/node-http/index.ts";
import { stream, text } from "../../../src/index.ts";
import { request } from "../../support/servers.ts";
import { listening, type NodeServer, takeErrors } from "./node-servers.ts";

function onKoa(prepare: (app: Koa) => void): Promise<NodeServer> {
  const errors: unknown[] = [];
  const app = new Koa();
  app.on("error", (error) => errors.push(error));
  prepare(app);
  const listener = app.callback();
  return listening(
    createServer((req, res) => void listener(req, res)),
    errors,
  );
}

describe("Koa", () => {
  test("has replies with what was set on the context", async () => {
    const server = await onKoa((app) => {
      app.use(async (ctx, next) => {
        ctx.set("X-App", "1");
        ctx.cookies.set("a", "1");
        await next();
      });
      app.use((ctx) => {
        if (ctx.path === "/created") ctx.status = 201;
        if (ctx.path === "/missing") ctx.status = 404;
        return koaReply(ctx, stream("text/plain", ["one ", "two"], { headers: { "Set-Cookie": "b=2" } }));
      });
    });
    const client = await server.connect();
    client.write(request("/") + request("/created") + request("/missing"));
    const first = await client.response();
    expect(first).toMatchObject({ status: 200, reason: "OK", chunks: ["one ", "two"] });
    expect(first.headers.get("x-app")).toBe("1");
    expect(first.headers.get("set-cookie")).toBe("a=1; path=/; httponly, b=2");
    expect(await client.response()).toMatchObject({ status: 201, reason: "Created" });
    expect(await client.response()).toMatchObject({ status: 404, reason: "Not Found" });
  });

  test("has replies that are promised", async () => {
    const server = await onKoa((app) => {
      app.use((ctx) =>
        koaReply(ctx, ctx.path === "/" ? Promise.resolve(text("kept")) : Promise.reject(new Error("meant"))),
      );
    });
    const client = await server.connect();
    expect((await client.write(request("/")).response()).body).toBe("kept");
    expect((await client.write(request("/broken")).response()).status).toBe(500);
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });

  test("a reply's own status wins, and what comes late changes nothing", async () => {
    const server = await onKoa((app) => {
      app.use(async (ctx, next) => {
        await next();
        ctx.set("X-Late", "1");
      });
      app.use((ctx) => {
        ctx.status = 201;
        return koaReply(ctx, text("Gone", { status: 410 }));
      });
    });
    const client = await server.connect();
    const { status, reason, headers } = await client.write(request("/")).response();
    expect({ status, reason }).toEqual({ status: 410, reason: "Gone" });
    expect(headers.has("x-late")).toBe(false);
  });

  test("what goes wrong is the app's error", async () => {
    const server = await onKoa((app) => {
      app.use((ctx) =>
        koaReply(
          ctx,
          stream("text/plain", function* () {
            yield "first";
            throw new Error("meant");
          }),
        ),
      );
    });
    const client = await server.connect();
    expect(await client.write(request("/")).response()).toMatchObject({ body: "first", complete: false });
    expect(await takeErrors(server)).toMatchObject([{ message: "meant" }]);
  });

  test("unless there is an onError", async () => {
    const told: unknown[] = [];
    const server = await onKoa((app) => {
      const onError = (error: unknown): unknown => told.push(error);
      app.use((ctx) => koaReply(ctx, () => Promise.reject(new Error("meant")), { onError }));
    });
    const client = await server.connect();
    expect((await client.write(request("/")).response()).status).toBe(500);
    expect(told).toMatchObject([{ message: "meant" }]);
  });
});
