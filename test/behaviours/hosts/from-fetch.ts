// `fromFetch` of `sluice/fetch`: fetch-style applications on our server, which codes what they answer. Web responses are here what `toFetch`
// makes of a handler's replies; `toResponse` in an application gives the replies themselves.

import { Hono } from "hono";
import {
  type FetchEnv,
  fromFetch,
  type FromFetchOptions,
  toFetch,
  toResponse,
} from "../../../src/adapters/fetch/index.ts";
import { type ErrorListener, type Handler, serve, type ServeOptions } from "../../../src/index.ts";
import { CANNOT_OF_HTTP2, type Fetch, type Host } from "../host.ts";
import { certificate } from "./certificate.ts";
import { OF_FETCH } from "./fetch.ts";

const CANNOT: Host["cannot"] = {
  ...OF_FETCH,
  "a condition on another coding's tag fails":
    "an application that weighs conditions itself knows the tag without a coding alone, and says 304",
  "a reply that is not to be coded stays as it is":
    "a web Response says so by Cache-Control: no-transform alone",
};

type App = (fetch: Fetch) => (request: Request, env: FetchEnv) => Response | Promise<Response>;

const BARE: App = (fetch) => (request) => fetch(request);
const HONO: App = (fetch) => new Hono().all("*", ({ req }) => fetch(req.raw)).fetch;

async function start(
  app: App,
  handler: Handler,
  onError: ErrorListener,
  serving: ServeOptions,
  options?: FromFetchOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  // The stream of a response that fails is an error for the server, too.
  const told = new WeakSet<object>();
  const inner: ErrorListener = (error, request) => {
    if (typeof error === "object" && error !== null) told.add(error);
    onError(error, request);
  };
  const outer: ErrorListener = (error, request) => {
    if (!told.has(error as object)) onError(error, request);
  };
  const fetch = app(toFetch(handler, { onError: inner, compress: false }));
  const server = await serve({ host: "127.0.0.1", onError: outer, ...serving }, fromFetch(fetch, options));
  return { port: server.port, close: () => server.close({ grace: 2_000 }) };
}

function onOurs(name: string, app: App, options?: FromFetchOptions): Host {
  return {
    name,
    column: "`fromFetch`",
    cannot: CANNOT,
    async start(handler, onError) {
      const { port, close } = await start(app, handler, onError, {}, options);
      return { reach: { url: `http://127.0.0.1:${port}`, version: "1.1" }, close };
    },
  };
}

/** Hono with replies in it, and handlers that look at our own request. */
const REPLYING: Host = {
  name: "toResponse in Hono, by fromFetch",
  column: "`toResponse` in `fromFetch`",
  cannot: {},
  async start(handler, onError) {
    const app = new Hono<{ Bindings: FetchEnv }>();
    app.all("*", ({ req, env }) => {
      const answer = (async () => handler(env.request))();
      return toResponse(answer, req.raw, { onError });
    });
    const server = await serve({ host: "127.0.0.1", onError }, fromFetch(app.fetch));
    return {
      reach: { url: `http://127.0.0.1:${server.port}`, version: "1.1" },
      close: () => server.close({ grace: 2_000 }),
    };
  },
};

export const FROM_FETCH: readonly Host[] = [
  onOurs("fromFetch of a function", BARE),
  onOurs("fromFetch of Hono", HONO),
  {
    name: "fromFetch of Hono, HTTP/2",
    column: "`fromFetch`, HTTP/2",
    cannot: { ...CANNOT, ...CANNOT_OF_HTTP2 },
    async start(handler, onError) {
      const { key, cert } = certificate();
      const { port, close } = await start(HONO, handler, onError, { tls: { key, cert } });
      return { reach: { url: `https://127.0.0.1:${port}`, version: "2", ca: cert }, close };
    },
  },
  REPLYING,
];

/** For a process of its own: the globals stay replaced. */
export const FROM_FETCH_REPLACING: readonly Host[] = [
  onOurs("fromFetch of Hono, with replaceGlobals", HONO, { replaceGlobals: true }),
];
