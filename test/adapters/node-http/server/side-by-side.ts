// The same application on the createServer of node:http and on ours, asked the same, so that what is seen can be compared.

import { once } from "node:events";
import {
  createServer as createNodeServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect } from "vitest";
import {
  createServer,
  type CreateServerOptions,
  type HttpServer,
} from "../../../../src/adapters/node-http/index.ts";
import { destroyClients, RawClient } from "../../../support/raw-client.ts";
import type { WireResponse } from "../../../support/wire-response.ts";

export type AnyServer = Server | HttpServer;
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;
/** Either `createServer`. */
export type Create = (listener?: Listener) => AnyServer;

const running = new Set<AnyServer>();
/** What `onError` got on our side. A test that expects errors takes them by `splice`; others fail the test. */
export const errors: unknown[] = [];

afterEach(async () => {
  destroyClients();
  for (const server of running) await stop(server);
  running.clear();
  expect(errors.splice(0)).toEqual([]);
});

async function stop(server: AnyServer): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

export const onNode: Create = (listener) => createNodeServer(listener);
export const onSluice: Create = (listener) => withOptions({}, listener);

/** Ours, with what it reports kept. */
export function withOptions(options: CreateServerOptions, listener?: Listener): HttpServer & Server {
  return createServer({ onError: (error) => errors.push(error), ...options }, listener);
}

/** Makes a server listen, unless it does, and closes it after the test. */
export async function listening(server: AnyServer): Promise<number> {
  running.add(server);
  if (!server.listening) {
    (server as Server).listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  return (server.address() as AddressInfo).port;
}

/** Asks both, one after the other, and holds that they have told the same; returns it. */
export async function same<Told>(
  setUp: (create: Create) => AnyServer | Promise<AnyServer>,
  act: (port: number, server: AnyServer) => Told | Promise<Told>,
): Promise<Told> {
  const seen: Told[] = [];
  for (const create of [onNode, onSluice]) {
    const server = await setUp(create);
    seen.push(await act(await listening(server), server));
  }
  expect(seen[1]).toEqual(seen[0]);
  return seen[1];
}

/** One request on a connection of its own, and what comes back. */
export interface Seen {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly complete: boolean;
  readonly trailers: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly method?: string;
  readonly target?: string;
  readonly fields?: readonly string[];
  readonly body?: string;
  readonly version?: "1.0" | "1.1";
}

function requestText({ method = "GET", target = "/", fields = [], body, version = "1.1" }: Asked): string {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [`${method} ${target} HTTP/${version}`, "Host: localhost", ...fields, ...length];
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** Fields that say when, and how long a connection is kept: no two servers need agree on them. */
const OWN_AFFAIR = new Set(["date", "keep-alive"]);

export function seenOf(response: WireResponse): Seen {
  const { status, reason, body, complete } = response;
  const headers = [...response.headers].filter(
    ([name, value]) => !OWN_AFFAIR.has(name) && !(name === "connection" && value === "keep-alive"),
  );
  return {
    status,
    reason,
    headers: Object.fromEntries(headers),
    body,
    complete,
    trailers: Object.fromEntries(response.trailers),
  };
}

export async function ask(port: number, asked: Asked | string = {}): Promise<Seen> {
  const asks = typeof asked === "string" ? { target: asked } : asked;
  const client = await RawClient.connect(port);
  client.write(Buffer.from(requestText(asks)));
  return seenOf(await client.response(asks.method));
}

/** Collects what happens, in order. */
export class Log {
  readonly lines: string[] = [];

  add(line: string): void {
    this.lines.push(line);
  }

  watch(emitter: NodeJS.EventEmitter, label: string, events: readonly string[]): void {
    for (const event of events) emitter.on(event, () => this.add(`${label} ${event}`));
  }
}
