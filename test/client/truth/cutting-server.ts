// A server that sends the first octets of a response and then ends the connection, as the target of the request says.
//
//   /3/120/fin     the first 120 octets of REFERENCES[3], then FIN
//   /3/120/split   all of them, in two writes, then FIN

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Certificate } from "../../support/certificate.ts";
import { REFERENCES, type Reference } from "./responses.ts";
import type { CutBy } from "./verdicts.ts";

export interface CuttingServer {
  readonly port: number;
  close(): Promise<void>;
}

export function targetOf(reference: Reference, count: number, by: CutBy | "split"): string {
  return `/${REFERENCES.indexOf(reference)}/${count}/${by}`;
}

/** @param certificate where it is to speak TLS */
export async function startCuttingServer(certificate?: Certificate): Promise<CuttingServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)).on("error", () => {}));
    socket.setNoDelay(true);
    if (certificate === undefined) answerWhenAsked(socket, socket);
    else answerWhenAsked(overTls(socket, certificate), socket);
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 511 });
  await once(server, "listening");
  return { port: portOf(server), close: () => closeAll(server, sockets) };
}

/**
 * @param stream what the request comes over
 * @param socket what is beneath it
 */
function answerWhenAsked(stream: Duplex, socket: Socket): void {
  let asked = "";
  stream.on("error", () => {});
  stream.on("data", function read(octets: Buffer) {
    asked += octets.toString("latin1");
    if (!asked.includes("\r\n\r\n")) return;
    stream.off("data", read).resume();
    const [, index, count, by] = /^[A-Z]+ \/(\d+)\/(\d+)\/([a-z-]+) /.exec(asked)!;
    send(stream, socket, REFERENCES[Number(index)].octets, Number(count), by as CutBy | "split");
  });
}

function send(stream: Duplex, socket: Socket, octets: Buffer, count: number, by: CutBy | "split"): void {
  const first = octets.subarray(0, count);
  switch (by) {
    case "fin":
    case "notify":
      stream.end(first);
      return;
    case "tls-fin":
      // What is beneath ends, and TLS knows nothing of it.
      afterWriting(stream, first, () => socket.end());
      return;
    case "reset":
      afterWriting(stream, first, () => socket.resetAndDestroy());
      return;
    case "split":
      // A reader in this process has its turn between one immediate and the next.
      afterWriting(stream, first, () =>
        setImmediate(() => setImmediate(() => stream.end(octets.subarray(count)))),
      );
  }
}

function afterWriting(stream: Duplex, octets: Buffer, then: () => void): void {
  if (octets.length === 0) then();
  else stream.write(octets, (error) => (error === null || error === undefined ? then() : undefined));
}

/** TLS over a stream of ours, so that what is beneath can end without TLS's own farewell. */
function overTls(socket: Socket, { key, cert }: Certificate): TLSSocket {
  const beneath = new Duplex({
    read: () => socket.resume(),
    write: (octets: Buffer, _encoding, done) => {
      if (socket.writable) socket.write(octets, done);
      else done();
    },
    final: (done) => {
      socket.end();
      done();
    },
  });
  socket.on("data", (octets) => beneath.push(octets));
  socket.on("end", () => beneath.push(null));
  socket.on("close", () => beneath.destroy());
  return new TLSSocket(beneath, { isServer: true, key, cert });
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, "close");
}
