import cluster from "node:cluster";
import { ClusterServer, listenAsWorker } from "./cluster-server.ts";
import { LocalServer } from "./local-server.ts";
import type { Handler } from "../exchange/handler.ts";
import { checkHandler, type ServeOptions, settle } from "./options.ts";
import type { Server } from "./server.ts";

/**
 * Starts a server, and resolves when it listens.
 *
 * ```ts
 * const server = await serve({ port: 8080 }, (request) => text(`You asked for ${request.path}\n`));
 * ```
 * @throws UsageError `ERR_SLUICE_OPTION`; what node:net says where it cannot listen, e.g. `EADDRINUSE`
 */
export async function serve(options: ServeOptions, handler: Handler): Promise<Server> {
  const settings = settle(options);
  checkHandler(handler);
  const server = new LocalServer(options, handler, settings);
  const { port = 0, host, workers = 0 } = options;
  if (workers === 0) {
    await server.listen(port, host);
  } else if (cluster.isWorker) {
    await listenAsWorker(server, () => server.listen(port, host));
  } else {
    const workersServer = new ClusterServer();
    await workersServer.start(workers);
    return workersServer;
  }
  return server;
}
