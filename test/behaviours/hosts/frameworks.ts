// `sluice/node-http` inside frameworks.

import compression from "compression";
import express from "express";
import fastify, { type FastifyInstance } from "fastify";
import Koa from "koa";
import {
  fastifySluice,
  type FastifySluiceReply,
  koaReply,
  send,
} from "../../../src/adapters/node-http/index.ts";
import type { ErrorListener, Handler } from "../../../src/index.ts";
import type { Host } from "../host.ts";
import { listening, onNodeHttp } from "./listening.ts";

export function expressApp(handler: Handler, onError: ErrorListener): express.Express {
  return express().use((req, res) => send(handler, req, res, { onError }));
}

export function koaApp(handler: Handler, onError: ErrorListener): Koa {
  return new Koa().use((ctx) => koaReply(ctx, handler, { onError }));
}

/** @param app options of it are its caller's */
export async function fastifyApp(
  handler: Handler,
  onError: ErrorListener,
  app: FastifyInstance = fastify(),
): Promise<FastifyInstance> {
  app.addHttpMethod("PROPFIND", { hasBody: true });
  // Fastify itself knows JSON and text alone; what nobody parses is left to the handler.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _body, done) => done(null));
  await app.register(fastifySluice, { onError });
  app.all("/*", (_request, reply) =>
    // examples/fastify.ts declares it once for all, as users do, by the types of dist.
    (reply as unknown as FastifySluiceReply).sluice(handler),
  );
  await app.ready();
  return app;
}

export const FRAMEWORKS: readonly Host[] = [
  {
    name: "send in Express",
    column: "Express, Fastify, Koa",
    cannot: {},
    start: (handler, onError) => onNodeHttp(expressApp(handler, onError)),
  },
  {
    name: "send in Express behind compression",
    column: "Express, Fastify, Koa",
    cannot: {},
    start: (handler, onError) =>
      onNodeHttp(
        express()
          .use(compression({ threshold: 0 }))
          .use(expressApp(handler, onError)),
      ),
  },
  {
    name: "fastifySluice in Fastify",
    column: "Express, Fastify, Koa",
    cannot: {},
    async start(handler, onError) {
      return listening((await fastifyApp(handler, onError)).server);
    },
  },
  {
    name: "koaReply in Koa",
    column: "Express, Fastify, Koa",
    cannot: {},
    start: (handler, onError) => onNodeHttp(koaApp(handler, onError).callback()),
  },
];
