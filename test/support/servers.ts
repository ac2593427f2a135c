// Servers for one test each: on a free port of the loopback, closed after it, with nothing left behind.

import { afterEach, expect } from "vitest";
import { type Handler, type ServeOptions, type Server, serve } from "../../src/index.ts";
import { destroyClients, RawClient, type RawClientOptions } from "./raw-client.ts";

export interface TestServer {
  readonly server: Server;
  readonly port: number;
  /** What `onError` got. A test that expects errors takes them by `splice`; others fail the test. */
  readonly errors: unknown[];
  readonly connect: (options?: RawClientOptions) => Promise<RawClient>;
}

const running: TestServer[] = [];

export async function start(handler: Handler, options: ServeOptions = {}): Promise<TestServer> {
  const errors: unknown[] = [];
  const server = await serve(
    { host: "127.0.0.1", onError: (error) => errors.push(error), ...options },
    handler,
  );
  const { port } = server;
  const tls = options.tls !== undefined;
  const test: TestServer = {
    server,
    port,
    errors,
    connect: (how) => RawClient.connect(port, { tls, ...how }),
  };
  running.push(test);
  return test;
}

afterEach(async () => {
  destroyClients();
  for (const { server, errors } of running.splice(0)) {
    await server.close({ grace: 500 });
    expect(server.stats).toMatchObject({ connections: 0, active: 0 });
    expect(errors).toEqual([]);
  }
});

/** Takes the errors that a server's `onError` got, once there are as many. */
export async function takeErrors({ errors }: TestServer, count = 1): Promise<unknown[]> {
  await expect.poll(() => errors.length, { interval: 2 }).toBeGreaterThanOrEqual(count);
  return errors.splice(0);
}

/** A request head, and a body if there is one. */
export function request(line: string, fields: readonly string[] = [], body = ""): string {
  const target = /^[A-Za-z]+ /.test(line) ? line : `GET ${line}`;
  const version = line.includes(" HTTP/") ? "" : " HTTP/1.1";
  const host = fields.some((field) => /^host:/i.test(field)) ? [] : ["Host: test"];
  return `${[target + version, ...host, ...fields].join("\r\n")}\r\n\r\n${body}`;
}
