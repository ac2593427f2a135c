import type { Handler, ServeOptions } from "./options.ts";
import { Server } from "./server.ts";

/**
 * Starts a server, and resolves when it listens.
 *
 * ```ts
 * const server = await serve({ port: 8080 }, (request) => text(`You asked for ${request.path}\n`));
 * ```
 * @throws UsageError `ERR_SLUICE_OPTION`; what node:net says where it cannot listen, e.g. `EADDRINUSE`
 */
export async function serve(options: ServeOptions, handler: Handler): Promise<Server> {
  const server = new Server(options, handler);
  await server.listen(options.port ?? 0, options.host);
  return server;
}
