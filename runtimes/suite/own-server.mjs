// The server that a runtime is known for: Bun.serve, Deno.serve, and on Node one of node:http for the same handlers.

import { once } from "node:events";
import { createServer } from "node:http";
import { Client } from "sluice/client";

const { Bun, Deno } = globalThis;

/** Starts it with a fetch-style handler, and closes it after `use`. */
export async function withOwnServer(handler, use) {
  const { port, close } = await start(handler);
  const client = new Client({ proxy: false });
  try {
    await use({ client, port, url: (target = "/") => `http://127.0.0.1:${port}${target}` });
  } finally {
    await client.close();
    await close();
  }
}

async function start(handler) {
  if (Bun !== undefined) {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: handler,
      error: () => new Response("error", { status: 500 }),
    });
    return { port: server.port, close: () => server.stop(true) };
  }
  if (Deno !== undefined) {
    const server = Deno.serve(
      {
        port: 0,
        hostname: "127.0.0.1",
        onListen() {},
        onError: () => new Response("error", { status: 500 }),
      },
      handler,
    );
    return { port: server.addr.port, close: () => server.shutdown() };
  }
  const server = createServer(async (incoming, outgoing) => {
    const { method, headers } = incoming;
    const leaving = new AbortController();
    outgoing.on("close", () => leaving.abort());
    const body = method === "GET" || method === "HEAD" ? {} : { body: incoming, duplex: "half" };
    const request = new Request(`http://${headers.host}${incoming.url}`, {
      method,
      headers,
      ...body,
      signal: leaving.signal,
    });
    const response = await handler(request);
    outgoing.writeHead(response.status, [...response.headers].flat());
    try {
      for await (const piece of response.body ?? [])
        if (!outgoing.write(piece)) await once(outgoing, "drain", leaving);
      outgoing.end();
    } catch {
      outgoing.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
