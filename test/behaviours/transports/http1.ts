// A reader by HTTP/1.1: node:http's client, which leaves what it isn't asked for in the socket.

import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import { deferred } from "../../../src/deferred.ts";
import { type Asking, fieldsOf, type Head, type Reader, type Transfer } from "../answer.ts";
import type { Where } from "../host.ts";

export class Http1Reader implements Reader {
  readonly #where: Where;
  readonly #agent: Agent;

  constructor(where: Where) {
    this.#where = where;
    this.#agent =
      where.ca === undefined
        ? new Agent({ keepAlive: true })
        : new SecureAgent({ keepAlive: true, ca: where.ca });
  }

  ask(asking: Asking): Transfer {
    const { method = "GET", target = "/", fields = {} } = asking;
    const options = { method, path: target, headers: { ...fields }, agent: this.#agent };
    const asked = (this.#where.ca === undefined ? request : secureRequest)(this.#where.url, options);
    const transfer = new Http1Transfer(asked);
    void send(asked, asking);
    return transfer;
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }
}

class Http1Transfer implements Transfer {
  readonly interim: Head[] = [];
  readonly #asked: ClientRequest;
  readonly #response = deferred<IncomingMessage>();
  #pieces: AsyncIterator<Buffer, undefined> | undefined;
  #port: number | undefined;

  constructor(asked: ClientRequest) {
    this.#asked = asked;
    asked.on("response", this.#response.resolve);
    asked.on("error", this.#response.reject);
    asked.on("information", ({ statusCode, rawHeaders }: IncomingMessage) =>
      this.interim.push(headOf(statusCode, rawHeaders)),
    );
    asked.on("socket", (socket: Socket) => {
      if (socket.connecting) socket.once("connect", () => (this.#port = socket.localPort));
      else this.#port = socket.localPort;
    });
  }

  get head(): Promise<Head> {
    return this.#response.promise.then(({ statusCode, rawHeaders }) => headOf(statusCode, rawHeaders));
  }

  async pull(): Promise<Uint8Array | undefined> {
    const response = await this.#response.promise;
    this.#pieces ??= response[Symbol.asyncIterator]();
    return (await this.#pieces.next()).value;
  }

  trailers(): ReadonlyMap<string, string> {
    return fieldsOf(pairs(this.#received?.rawTrailers ?? []));
  }

  leave(): void {
    this.#asked.destroy();
  }

  connection(): unknown {
    return this.#port;
  }

  get #received(): IncomingMessage | undefined {
    return (this.#asked as { res?: IncomingMessage }).res;
  }
}

/** What the answer makes of it when the request can't be sent whole is for the answer to say. */
async function send(asked: ClientRequest, { body, trailers }: Asking): Promise<void> {
  if (trailers !== undefined) {
    asked.setHeader("Trailer", Object.keys(trailers).join(", "));
    asked.addTrailers(trailers);
  }
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
    if (trailers !== undefined) asked.setHeader("Transfer-Encoding", "chunked");
    asked.end(body);
    return;
  }
  asked.flushHeaders();
  for await (const piece of body) {
    if (asked.destroyed) return;
    if (!asked.write(piece)) await drained(asked);
  }
  asked.end();
}

function drained(asked: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    asked.once("drain", () => resolve());
    asked.once("close", () => resolve());
  });
}

function headOf(status: number | undefined, raw: readonly string[]): Head {
  const lines = pairs(raw);
  const cookies = lines.filter(([name]) => name.toLowerCase() === "set-cookie").map(([, value]) => value);
  return { status: status!, fields: fieldsOf(lines), cookies };
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at], raw[2 * at + 1]]);
}
