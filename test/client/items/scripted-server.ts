// A server whose answers a test writes itself, octet by octet: one request a connection.

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach } from "vitest";

export interface Asked {
  /** The request as it came, up to what was there with the end of its head. */
  readonly text: string;
  /** Which one it is, counted from 0. */
  readonly nth: number;
  readonly socket: Socket;
}

const running = new Set<Server>();
const sockets = new Set<Socket>();

/** Starts a server that calls back with each request. Returns its URL. */
export async function scripted(answer: (asked: Asked) => void): Promise<string> {
  let nth = 0;
  const server = createServer((socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)).on("error", () => {}));
    let text = "";
    socket.setNoDelay(true).on("data", (octets) => {
      const asked = text.includes("\r\n\r\n");
      text += octets.toString("latin1");
      if (!asked && text.includes("\r\n\r\n")) answer({ text, nth: nth++, socket });
    });
  });
  running.add(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all([...running].map((server) => once(server.close(), "close")));
  running.clear();
});

/** A head without framing: its body ends with the connection. */
export function head(type: string, status = "200 OK", ...fields: string[]): string {
  return [`HTTP/1.1 ${status}`, `Content-Type: ${type}`, ...fields, "", ""].join("\r\n");
}

/** A response with its length. */
export function whole(type: string, body: string, status = "200 OK", ...fields: string[]): string {
  return (
    head(type, status, `Content-Length: ${Buffer.byteLength(body)}`, "Connection: close", ...fields) + body
  );
}

/** A chunk, and the end of a chunked body where it is empty. */
export function chunk(body: string): string {
  return `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`;
}

export const CHUNKED = "Transfer-Encoding: chunked";
