import { Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { describe, expect, test } from "vitest";
import { fromFetch, toResponse } from "../../../src/adapters/fetch/index.ts";
import { stream } from "../../../src/replies/index.ts";
import { request, start, takeErrors, type TestServer } from "../../support/servers.ts";

const AROUND: Readonly<Record<string, MiddlewareHandler>> = {
  cors: cors(),
  "a field that is set afterwards": async (context, next) => {
    await next();
    context.header("x-late", "yes");
  },
  "a field of the response": async (context, next) => {
    await next();
    context.res.headers.set("x-late", "yes");
  },
  "a look at the body": async (context, next) => {
    await next();
    expect(context.res.body).not.toBe(null);
  },
  "a response made of the response": async (context, next) => {
    await next();
    const { body, headers } = context.res;
    context.res = undefined;
    context.res = new Response(body, { status: 203, headers });
  },
};

function serving(middleware: MiddlewareHandler, replaceGlobals: boolean): Promise<TestServer> {
  const app = new Hono();
  app.use(middleware);
  app.get("/whole", (context) =>
    toResponse(
      stream("text/plain", ["one", "two"], { trailers: { "x-count": "2" }, trailersAlways: true }),
      context.req.raw,
    ),
  );
  app.get("/broken", (context) =>
    toResponse(
      stream("text/plain", function* () {
        yield "one";
        throw new Error("broken");
      }),
      context.req.raw,
    ),
  );
  app.get("/piped", async (context) => {
    const { body } = await toResponse(
      stream("text/plain", function* () {
        yield "one";
        throw new Error("broken");
      }),
      context.req.raw,
    );
    return new Response(body!.pipeThrough(new TransformStream()));
  });
  return start(fromFetch(app.fetch, { replaceGlobals }));
}

// The globals once replaced stay so.
const CASES = [false, true].flatMap((replaceGlobals) =>
  Object.entries(AROUND).map(([name, middleware]) => ({ name, middleware, replaceGlobals })),
);

describe.each(CASES)(
  "a reply inside $name, globals replaced: $replaceGlobals",
  ({ middleware, replaceGlobals }) => {
    test("keeps its trailers", async () => {
      const client = await (await serving(middleware, replaceGlobals)).connect();
      const { body, trailers } = await client.write(request("/whole", ["Origin: http://a.test"])).response();
      expect([body, trailers.get("x-count")]).toEqual(["onetwo", "2"]);
    });

    test("whose source fails is told of once, with its request", async () => {
      const server = await serving(middleware, replaceGlobals);
      const client = await server.connect();
      const { body, complete } = await client.write(request("/broken")).response();
      expect([body, complete]).toEqual(["one", false]);
      expect(await takeErrors(server)).toEqual([new Error("broken")]);
    });
  },
);

test.each([false, true])(
  "a reply whose stream goes through another one is told of once, too",
  async (replaceGlobals) => {
    const server = await serving(AROUND["cors"], replaceGlobals);
    const client = await server.connect();
    expect((await client.write(request("/piped")).response()).complete).toBe(false);
    expect(await takeErrors(server)).toEqual([new Error("broken")]);
  },
);
