// Servers for one test each: on a free port of the loopback, closed behind it, with nothing left.

import { createServer } from "node:net";
import { serve } from "sluice";
import { Client } from "sluice/client";
import { equal } from "./expect.mjs";
import { RawClient } from "./raw-client.mjs";
import { until } from "./waiting.mjs";

/**
 * Starts our server, and closes it after `use`. Both ends speak HTTP/1.1 unless `options.http2` says otherwise. Errors that `onError` got and that a test has not taken by `takeErrors` fail it, and so
 * does a connection that is left.
 */
export async function withServer(handler, use, options = {}) {
  const errors = [];
  const { http2 = false } = options;
  const server = await serve(
    { host: "127.0.0.1", onError: (error) => errors.push(error), http2, ...options },
    handler,
  );
  const clients = [];
  const client = new Client({ tls: { rejectUnauthorized: false }, proxy: false, http2 });
  const tls = options.tls !== undefined;
  try {
    await use({
      server,
      client,
      url: (target = "/") => `${tls ? "https" : "http"}://127.0.0.1:${server.port}${target}`,
      async connect(how) {
        const connected = await RawClient.connect(server.port, { tls, ...how });
        clients.push(connected);
        return connected;
      },
      /** The errors so far, once there are as many. */
      async takeErrors(count = 1) {
        await until(
          () => errors.length >= count,
          () => `${count} errors`,
        );
        return errors.splice(0);
      },
    });
  } finally {
    for (const one of clients) one.destroy();
    await client.close();
    await server.close({ grace: 500 });
  }
  const { connections, active } = server.stats;
  equal([connections, active, errors.map(String)], [0, 0, []]);
}

/** Starts a server that calls `answer(socket, head)` for each head that arrives, `head` as text; and closes it after `use`. */
export async function withRawServer(answer, use) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (piece) => {
      text += piece.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end !== -1; end = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        answer(socket, head);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new Client({ proxy: false });
  try {
    await use({ client, url: (target = "/") => `http://127.0.0.1:${server.address().port}${target}` });
  } finally {
    await client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
