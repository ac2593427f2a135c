// `createServer` of `sluice/node-http`: what is made for node:http, on our engine.

import type { RequestListener } from "node:http";
import { getRequestListener } from "@hono/node-server";
import fastify from "fastify";
import { createServer, toListener } from "../../../src/adapters/node-http/index.ts";
import { toFetch } from "../../../src/adapters/fetch/index.ts";
import type { ErrorListener, Handler } from "../../../src/index.ts";
import type { Host, Running } from "../host.ts";
import { certificate } from "./certificate.ts";
import { expressApp, fastifyApp, koaApp } from "./frameworks.ts";
import { OF_NODE_SERVER, REFUSED_UPLOAD } from "./fetch.ts";
import { listening } from "./listening.ts";

const { [REFUSED_UPLOAD]: _refused, ...OF_NODE_SERVER_HERE } = OF_NODE_SERVER;

const COLUMN = "`createServer`";

function onOwnEngine(
  name: string,
  listener: (handler: Handler, onError: ErrorListener) => RequestListener,
): Host {
  return {
    name,
    column: COLUMN,
    cannot: {},
    start: (handler, onError): Promise<Running> => listening(createServer(listener(handler, onError))),
  };
}

export const OWN_ENGINE: readonly Host[] = [
  onOwnEngine("toListener on createServer", (handler, onError) => toListener(handler, { onError })),
  onOwnEngine("Express on createServer", expressApp),
  onOwnEngine("Koa on createServer", (handler, onError) => koaApp(handler, onError).callback()),
  {
    name: "Fastify on createServer",
    column: COLUMN,
    cannot: {},
    async start(handler, onError) {
      const app = await fastifyApp(
        handler,
        onError,
        fastify({ serverFactory: (listener) => createServer(listener) }),
      );
      return listening(app.server);
    },
  },
  {
    name: "toListener on createServer over TLS",
    column: COLUMN,
    cannot: {},
    start: (handler, onError) =>
      listening(
        createServer({ tls: certificate() }, toListener(handler, { onError })),
        "1.1",
        certificate().cert,
      ),
  },
  {
    name: "@hono/node-server on createServer",
    column: "@hono/node-server on `createServer`",
    cannot: OF_NODE_SERVER_HERE,
    start: (handler, onError) =>
      listening(
        createServer(getRequestListener(toFetch(handler, { onError }), { overrideGlobalObjects: false })),
      ),
  },
];
