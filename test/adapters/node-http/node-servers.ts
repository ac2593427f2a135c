// Servers of node:http and node:http2 for one test each: on a free port of the loopback, closed after it, with nothing left behind.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  type ClientHttp2Session,
  connect,
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, expect } from "vitest";
import type { Handler } from "../../../src/index.ts";
import { type SendOptions, toListener } from "../../../src/adapters/node-http/index.ts";
import { destroyClients, RawClient } from "../../support/raw-client.ts";

/** A server under test. */
export interface NodeServer {
  readonly port: number;
  /** What `onError` got. A test that expects errors takes them by `splice`; others fail the test. */
  readonly errors: unknown[];
  readonly connect: () => Promise<RawClient>;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;
type Http2Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => unknown;

const running: { readonly server: Server | Http2Server; readonly errors: unknown[] }[] = [];
const sessions: ClientHttp2Session[] = [];

afterEach(async () => {
  destroyClients();
  for (const session of sessions.splice(0)) session.destroy();
  for (const { server, errors } of running.splice(0)) {
    const closed = once(server, "close");
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    await closed;
    expect(errors).toEqual([]);
  }
});

/** A server that listens, and is watched over. */
export async function listening(server: Server | Http2Server, errors: unknown[] = []): Promise<NodeServer> {
  running.push({ server, errors });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, errors, connect: () => RawClient.connect(port) };
}

/** A handler on node:http. */
export function onNodeHttp(handler: Handler, options: SendOptions = {}): Promise<NodeServer> {
  const errors: unknown[] = [];
  const onError = (error: unknown): unknown => errors.push(error);
  return listening(createServer(toListener(handler, { onError, ...options })), errors);
}

/** A listener of the application's own on node:http, which gets the list that `onError` is to fill. */
export function onOwnListener(make: (options: SendOptions) => Listener): Promise<NodeServer> {
  const errors: unknown[] = [];
  const listener = make({ onError: (error) => errors.push(error) });
  return listening(
    createServer((request, response) => void listener(request, response)),
    errors,
  );
}

/** A handler on node:http2's compatibility API, without TLS. */
export function onNodeHttp2(handler: Handler, options: SendOptions = {}): Promise<NodeServer> {
  const errors: unknown[] = [];
  const onError = (error: unknown): unknown => errors.push(error);
  const listener: Http2Listener = toListener(handler, { onError, ...options });
  return listening(
    createHttp2Server((request, response) => void listener(request, response)),
    errors,
  );
}

/** What `onError` got, once there are as many. */
export async function takeErrors({ errors }: NodeServer, count = 1): Promise<unknown[]> {
  await expect.poll(() => errors.length, { interval: 2 }).toBeGreaterThanOrEqual(count);
  return errors.splice(0);
}

/** A response of HTTP/2, as far as it has come. */
export interface Http2Response {
  readonly head: IncomingHttpHeaders & { ":status"?: number | undefined };
  readonly interim: readonly IncomingHttpHeaders[];
  readonly body: string;
  readonly trailers: IncomingHttpHeaders | undefined;
  /** Of the reset; 0 for a response that is whole. */
  readonly code: number;
}

/** Asks by HTTP/2. */
export async function askHttp2(
  { port }: NodeServer,
  path: string,
  headers: OutgoingHttpHeaders = {},
  body = "",
): Promise<Http2Response> {
  const session = connect(`http://127.0.0.1:${port}`);
  sessions.push(session);
  const method = body === "" ? "GET" : "POST";
  const stream = session.request(
    { ":path": path, ":method": method, ...headers },
    { endStream: body === "" },
  );
  const interim: IncomingHttpHeaders[] = [];
  const pieces: Buffer[] = [];
  let head: Http2Response["head"] = {};
  let trailers: IncomingHttpHeaders | undefined;
  stream.on("headers", (section: IncomingHttpHeaders) => interim.push(section));
  stream.on("response", (section) => (head = section));
  stream.on("trailers", (section: IncomingHttpHeaders) => (trailers = section));
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  stream.on("error", () => {}); // The code says it.
  if (body !== "") stream.end(body);
  await new Promise((resolve) => stream.on("close", resolve));
  return { head, interim, body: Buffer.concat(pieces).toString("latin1"), trailers, code: stream.rstCode };
}
