// Servers of node:http's kind for one test each: node:http's own, and createServer of sluice/node-http.

import { Client } from "sluice/client";
import { equal } from "./expect.mjs";
import { until } from "./waiting.mjs";

/**
 * Makes a server listen, and closes it after `use`.
 *
 * @param {(onError: (error: unknown) => void) => import("node:http").Server} create
 */
export async function withNodeServer(create, use) {
  const errors = [];
  const server = create((error) => errors.push(error));
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const client = new Client({ proxy: false });
  const { port } = server.address();
  const close = () => new Promise((resolve) => server.close(resolve));
  try {
    await use({
      client,
      port,
      server: { close },
      url: (target = "/") => `http://127.0.0.1:${port}${target}`,
      async takeErrors(count = 1) {
        await until(
          () => errors.length >= count,
          () => `${count} errors`,
        );
        return errors.splice(0);
      },
    });
  } finally {
    await client.close();
    if (server.listening) {
      const closed = close();
      server.closeAllConnections();
      await closed;
    }
  }
  equal(errors.map(String), []);
}
