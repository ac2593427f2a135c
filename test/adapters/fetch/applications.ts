// The same application, written for each of the frameworks that fromFetch is said to run.

import { H3, onError } from "h3";
import { AutoRouter } from "itty-router";
import { createElement, type ReactNode, Suspense, use } from "react";
import { renderToReadableStream } from "react-dom/server";
import {
  type ActionFunctionArgs,
  createRequestHandler,
  type EntryContext,
  type LoaderFunctionArgs,
  Outlet,
  type ServerBuild,
  ServerRouter,
  useLoaderData,
} from "react-router";
import { describe, expect, test } from "vitest";
import { type FetchEnv, fromFetch } from "../../../src/adapters/fetch/index.ts";
import { deferred } from "../../../src/deferred.ts";
import { request, start, takeErrors, type TestServer } from "../../support/servers.ts";
import type { WireResponse } from "../../support/wire-response.ts";

type Application = (request: Request, env: FetchEnv) => Response | Promise<Response>;

/** What the applications' streams do, and what becomes of them. */
class Script {
  /** Resolves once the reader of `/endless` has left. */
  readonly left = deferred<unknown>();

  /** Two pieces, each made when the one before was taken. */
  pieces(): ReadableStream<Uint8Array> {
    return streamOf(async function* () {
      yield "one";
      yield "two";
    });
  }

  /** Breaks off behind its first piece. */
  broken(): ReadableStream<Uint8Array> {
    return streamOf(async function* () {
      yield "one";
      throw new Error("the source broke off");
    });
  }

  /** Has one piece, and waits for ever. */
  endless(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("one")),
      cancel: (reason) => this.left.resolve(reason),
    });
  }
}

function streamOf(source: () => AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const pieces = source();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(new TextEncoder().encode(value));
      },
    },
    { highWaterMark: 0 },
  );
}

const plain = { headers: { "content-type": "text/plain" } };

function h3(script: Script): Application {
  const app = new H3({ silent: true });
  app.get("/text/:name", (event) => `Hello ${event.context.params!["name"]}`);
  app.post("/json", async (event) => ({ got: await event.req.json() }));
  app.get("/pieces", () => new Response(script.pieces(), plain));
  app.get("/broken", () => new Response(script.broken(), plain));
  app.get("/endless", () => new Response(script.endless(), plain));
  app.get("/thrown", () => {
    throw new Error("in the application");
  });
  app.use(onError(() => new Response("the application's", { status: 500 })));
  return (incoming) => app.fetch(incoming);
}

function itty(script: Script): Application {
  const router = AutoRouter({
    catch: () => new Response("the application's", { status: 500 }),
  });
  router
    .get(
      "/text/:name",
      ({ params }: { params: Record<string, string> }) => new Response(`Hello ${params["name"]}`),
    )
    .post("/json", async (incoming: Request) => ({ got: await incoming.json() }))
    .get("/pieces", () => new Response(script.pieces(), plain))
    .get("/broken", () => new Response(script.broken(), plain))
    .get("/endless", () => new Response(script.endless(), plain))
    .get("/thrown", () => {
      throw new Error("in the application");
    });
  return router.fetch as Application;
}

/** What React Router's compiler would make of routes, by hand. */
function reactRouter(script: Script): Application {
  const resourceRoute = (path: string, module: object) => ({ id: path, parentId: "root", path, module });
  const root = {
    default: (): ReactNode => createElement("html", null, createElement("body", null, createElement(Outlet))),
    ErrorBoundary: (): ReactNode => "the application's",
  };
  const Slow = ({ slow }: { slow: Promise<string> }): ReactNode => createElement("p", null, use(slow));
  const page = {
    loader: (): object => ({
      title: "now",
      slow: new Promise<string>((resolve) => setImmediate(resolve, "later")),
    }),
    default: (): ReactNode => {
      const { title, slow } = useLoaderData<{ title: string; slow: Promise<string> }>();
      const fallback = createElement("i", null, "wait");
      return [
        createElement("h1", { key: "title" }, title),
        createElement(Suspense, { key: "slow", fallback }, createElement(Slow, { slow })),
      ];
    },
  };
  const routes = [
    { id: "root", parentId: undefined, path: "", module: root },
    { id: "page", parentId: "root", path: "page", module: page },
    resourceRoute("text/:name", {
      loader: ({ params }: LoaderFunctionArgs) => new Response(`Hello ${params["name"]}`),
    }),
    resourceRoute("json", {
      action: async (args: ActionFunctionArgs) => Response.json({ got: await args.request.json() }),
    }),
    resourceRoute("pieces", { loader: () => new Response(script.pieces(), plain) }),
    resourceRoute("broken", { loader: () => new Response(script.broken(), plain) }),
    resourceRoute("endless", { loader: () => new Response(script.endless(), plain) }),
    resourceRoute("thrown", {
      loader: () => {
        throw new Response("the application's", { status: 500 });
      },
    }),
  ];
  const handleRequest = async (
    incoming: Request,
    status: number,
    headers: Headers,
    context: EntryContext,
  ): Promise<Response> => {
    const body = await renderToReadableStream(createElement(ServerRouter, { context, url: incoming.url }));
    headers.set("content-type", "text/html");
    return new Response(body, { status, headers });
  };
  const build = {
    entry: { module: { default: handleRequest, handleError: () => {} } },
    routes: Object.fromEntries(routes.map((route) => [route.id, route])),
    assets: {
      entry: { imports: [], module: "" },
      routes: Object.fromEntries(routes.map((route) => [route.id, { ...route, module: "" }])),
      url: "",
      version: "",
    },
    publicPath: "/",
    assetsBuildDirectory: "",
    future: {},
    ssr: true,
    isSpaMode: false,
    prerender: [],
    routeDiscovery: { mode: "initial", manifestPath: "/manifest" },
  };
  const handle = createRequestHandler(build as unknown as ServerBuild, "production");
  return (incoming) => handle(incoming);
}

const APPLICATIONS = { h3, "itty-router": itty, "React Router": reactRouter };

/** One suite over all of them. @param replaceGlobals as of `fromFetch` */
export function testApplications(replaceGlobals: boolean): void {
  describe.each(Object.entries(APPLICATIONS))("%s", (name, applicationOf) => {
    async function started(): Promise<{ server: TestServer; script: Script }> {
      const script = new Script();
      const server = await start(fromFetch(applicationOf(script), { replaceGlobals }));
      return { server, script };
    }

    async function ask(line: string, fields: string[] = [], body = ""): Promise<WireResponse> {
      const client = await (await started()).server.connect();
      return client.write(request(line, fields, body)).response(line.startsWith("HEAD") ? "HEAD" : "GET");
    }

    test("answers a route with a parameter", async () => {
      const { status, body, complete } = await ask("/text/you");
      expect([status, body, complete]).toEqual([200, "Hello you", true]);
    });

    test("reads a body", async () => {
      const fields = ["Content-Type: application/json", "Content-Length: 7"];
      const { status, headers, body } = await ask("POST /json", fields, '{"a":1}');
      expect([status, headers.get("content-type")]).toEqual([
        200,
        expect.stringMatching(/^application\/json/),
      ]);
      expect(JSON.parse(body)).toEqual({ got: { a: 1 } });
    });

    test("has a malformed body answered with 400, whatever it makes of it", async () => {
      const fields = ["Content-Type: application/json", "Transfer-Encoding: chunked"];
      const { status, body } = await ask("POST /json", fields, "3\r\nabc\r\nno size\r\n");
      expect([status, body]).toEqual([400, expect.stringContaining("ERR_SLUICE_CHUNK_SIZE")]);
    });

    test("streams piece by piece", async () => {
      const { status, chunks, complete } = await ask("/pieces");
      expect([status, chunks, complete]).toEqual([200, ["one", "two"], true]);
    });

    test("has a stream that breaks off cut", async () => {
      const { server } = await started();
      const client = await server.connect();
      const { status, body, complete } = await client.write(request("/broken")).response();
      expect([status, body, complete]).toEqual([200, "one", false]);
      expect(await takeErrors(server)).toEqual([
        expect.objectContaining({ message: "the source broke off" }),
      ]);
    });

    test("has a stream cancelled when its reader leaves", async () => {
      const { server, script } = await started();
      const client = await server.connect();
      await client.write(request("/endless")).until("one");
      client.socket.destroy();
      await script.left.promise;
    });

    test("makes its own answer of what is thrown in it", async () => {
      const { status, body } = await ask("/thrown");
      expect([status, body]).toEqual([500, "the application's"]);
    });

    test("knows what it has not", async () => {
      expect((await ask("/missing")).status).toBe(404);
    });

    if (name === "React Router")
      test("streams a page whose rest comes later", async () => {
        const { status, body, chunks, complete } = await ask("/page");
        expect([status, complete]).toEqual([200, true]);
        expect(chunks![0]).toContain("<h1>now</h1>");
        expect(chunks![0]).toContain("<i>wait</i>");
        expect(chunks![0]).not.toContain("later");
        expect(body).toContain("<p>later</p>");
      });
  });
}
