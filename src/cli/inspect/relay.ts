import type { Socket } from "node:net";
import { connect } from "../../client/connect.ts";
import type { Target } from "../../client/target.ts";
import type { WireArrival } from "../../inspect/inspect.ts";
import type { WireEnd } from "../../inspect/rows.ts";
import { printable } from "../columns.ts";
import type { ExitCode } from "../exit-codes.ts";
import { failureOf } from "../request/failure.ts";
import type { Arrivals } from "./arrivals.ts";
import { drained } from "../drained.ts";
import { connectTimeout, type ExchangeOptions } from "./exchange.ts";
import { Inspection } from "./inspection.ts";
import { type AcceptedRequest, type ListenAddress, OneRequest, refuse } from "./one-request.ts";
import { sentRequest } from "./sent-request.ts";
import { SocketArrivals } from "./socket-arrivals.ts";

/**
 * Waits for one request, passes it on, passes the octets of the response back as they come, and inspects them.
 * @param to where requests go; without it, where they say themselves, as with a forward proxy
 */
export async function inspectThrough(
  address: ListenAddress,
  to: Target | undefined,
  options: ExchangeOptions,
): Promise<ExitCode> {
  const { output, tells, stop } = options;
  const one = new OneRequest(to, (why) => output.line(`${output.style("bad", "refused")} ${printable(why)}`));
  const url = await one.listen(address);
  output.row({ event: "listening", urls: [url], target: to?.href });
  if (tells) {
    const where = to === undefined ? "as a proxy" : `→ ${printable(to.href)}`;
    output.line(`Waiting for one request at ${output.style("name", url)} ${where}`);
  }
  const request = await one.accept(stop).catch((error: unknown) => {
    throw failureOf(error);
  });
  try {
    return await passOn(request, options);
  } catch (error) {
    const failure = failureOf(error);
    if (!request.client.destroyed && request.client.bytesWritten === 0)
      refuse(request.client, 502, failure instanceof Error ? failure.message : String(failure));
    request.client.resume();
    throw failure;
  }
}

async function passOn(request: AcceptedRequest, options: ExchangeOptions): Promise<ExitCode> {
  const { presentation, io, stop, timeout, tls } = options;
  const { client, target, method, head } = request;
  const route = { target, proxy: undefined, socketPath: undefined, tls, timeout: connectTimeout(timeout) };
  const server = await connect(route, stop);
  try {
    const path = head.slice(head.indexOf(" ") + 1, head.indexOf(" HTTP/"));
    const url = target.origin + (path === "*" ? "" : path);
    presentation.request(url, sentRequest(head), { foreign: true });
    presentation.begin(url, method, io.now());
    const arrivals = new SocketArrivals(server, { io, silence: timeout, onWait: presentation.waiting });
    server.write(head, "latin1");
    if (request.begun.length > 0) server.write(request.begun);
    sendRest(request, server, arrivals);
    const relayed = new RelayedArrivals(arrivals, client, stop);
    const inspection = new Inspection(relayed, {
      ...options,
      method,
      timed: true,
      relayed: true,
      passesOver: undefined,
    });
    client.on("close", () => inspection.leave("client left"));
    if (client.destroyed) inspection.leave("client left");
    const result = await inspection.run();
    finish(client, relayed.ending, "verdict" in result ? result.verdict.outcome === "complete" : false);
    return "verdict" in result ? result.exitCode : 0;
  } finally {
    server.destroy();
  }
}

/** The rest of the request's body, at the pace of the server, and nothing behind it. */
function sendRest(request: AcceptedRequest, server: Socket, arrivals: SocketArrivals): void {
  const { client } = request;
  client.on("data", (bytes: Buffer) => {
    if (request.rest.whole || server.destroyed) return;
    let end: number;
    try {
      end = request.rest.take(bytes);
    } catch {
      // What is broken is not passed on, as if the client had left in the middle.
      server.resetAndDestroy();
      return;
    }
    arrivals.progressed();
    if (server.write(bytes.subarray(0, end))) return;
    client.pause();
    server.once("drain", () => client.resume());
  });
  client.on("end", () => {
    if (!request.rest.whole) server.end();
  });
  server.once("close", () => client.resume());
  client.resume();
}

/** Ends the client's connection as the server's has ended: what was cut must not look whole. */
function finish(client: Socket, how: WireEnd, complete: boolean): void {
  if (complete || how === "closed") client.end();
  else client.resetAndDestroy();
  client.resume();
  client.setTimeout(1_000, () => client.destroy());
}

/** What arrives is handed to the client first, at its pace. */
class RelayedArrivals implements Arrivals {
  /** How it has ended. */
  ending: WireEnd = "left";
  readonly #arrivals: Arrivals;
  readonly #client: Socket;
  readonly #stop: AbortSignal;

  constructor(arrivals: Arrivals, client: Socket, stop: AbortSignal) {
    this.#arrivals = arrivals;
    this.#client = client;
    this.#stop = stop;
  }

  leave(why: string): void {
    this.#arrivals.leave(why);
  }

  linger(milliseconds: number): void {
    this.#arrivals.linger(milliseconds);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WireArrival, void> {
    for await (const arrival of this.#arrivals) {
      if ("end" in arrival) this.ending = arrival.end;
      else if (!this.#client.destroyed && !this.#client.write(arrival.bytes))
        await drained(this.#client, this.#stop);
      yield arrival;
    }
  }
}
