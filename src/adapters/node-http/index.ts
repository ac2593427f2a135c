/**
 * Sluice inside servers of node:http and node:http2, and inside Express, Fastify and Koa; and node:http's `createServer` on our engine.
 * @module
 */
export { type NodeListener, send, type SendLimits, type SendOptions, toListener } from "./send.ts";
export { fastifySluice, type FastifyHost, type FastifySluiceReply } from "./fastify.ts";
export { koaReply, type KoaContext } from "./koa.ts";
export {
  createServer,
  type CreateServerOptions,
  type HttpServer,
  type NodeRequestListener,
} from "./compat/http-server.ts";
