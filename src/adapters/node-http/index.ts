/**
 * Sluice inside servers of node:http and node:http2, and inside Express, Fastify and Koa; and node:http's `createServer` on our engine.
 * @module
 */
export { type ExchangeLimits } from "../../exchange/options.ts";
export { type NodeListener, send, type SendOptions, toListener } from "./send.ts";
export { fastifySluice, type FastifyHost, type FastifySluiceReply } from "./fastify.ts";
export { koaReply, type KoaContext } from "./koa.ts";
export { createServer, type CreateServerOptions } from "./server/create-server.ts";
export { type HttpServer } from "./server/http-server.ts";
export { incomingOf } from "./server/incoming-of.ts";
