import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Running, Where } from "../host.ts";

/** What there is of servers of node:http, of node:http2, and of ours that stand in for them. */
interface Listening {
  listen(port: number, host: string, listening: () => void): unknown;
  address(): AddressInfo | string | null;
  close(closed: () => void): unknown;
  once(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** A server of Node's on a free port, closed as its users do it. */
export async function listening(
  server: Listening,
  version: Where["version"] = "1.1",
  ca?: string,
): Promise<Running> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    reach: { url: `${ca === undefined ? "http" : "https"}://127.0.0.1:${port}`, version, ca },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** On node:http. @param listener never rejects */
export function onNodeHttp(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<Running> {
  return listening(createServer((request, response) => void listener(request, response)));
}
