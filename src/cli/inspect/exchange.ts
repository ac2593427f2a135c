import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { connect } from "../../client/connect.ts";
import { CLIENT_LIMITS, CLIENT_TIMEOUTS } from "../../client/options.ts";
import type { Proxies } from "../../client/proxies.ts";
import { ProtocolError } from "../../errors.ts";
import { duration as formatDuration } from "../../inspect/wording.ts";
import { printable } from "../columns.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import type { Output } from "../output.ts";
import { failureOf } from "../request/failure.ts";
import { Inspection, type InspectionResult } from "./inspection.ts";
import { type OutgoingRequest, placeOf, prepare, redirected } from "./outgoing-request.ts";
import type { Presentation } from "./presentation.ts";
import { SocketArrivals } from "./socket-arrivals.ts";

/** How a URL is inspected. */
export interface ExchangeOptions {
  readonly presentation: Presentation;
  readonly io: Io;
  readonly output: Output;
  readonly stop: AbortSignal;
  /** Milliseconds without an octet; 0 for no limit. */
  readonly timeout: number;
  readonly maxTime: number | undefined;
  readonly maxChunks: number | undefined;
  readonly follow: boolean;
  readonly tls: ConnectionOptions;
  readonly proxies: Proxies;
  /** Whether people are told of the connection. */
  readonly tells: boolean;
}

/** Sends a request and inspects what comes back; of redirects that are followed, the last response. */
export async function inspectUrl(first: OutgoingRequest, options: ExchangeOptions): Promise<ExitCode> {
  let request = first;
  for (let hops = 0; ; hops++) {
    const result = await exchange(request, options).catch((error: unknown) => {
      throw failureOf(error);
    });
    if ("verdict" in result) return result.exitCode;
    const { status } = result.passedOver;
    const location = placeOf(result.passedOver)!;
    if (hops === CLIENT_LIMITS.redirects) throw new ProtocolError("ERR_SLUICE_TOO_MANY_REDIRECTS");
    request = redirected(request, status, location);
    if (options.tells) options.output.line(`${status} leads to ${printable(request.target.href)}`);
  }
}

/** How long a connection may take to be made. */
export function connectTimeout(timeout: number): number {
  const { connect: most } = CLIENT_TIMEOUTS;
  return timeout === 0 ? most : Math.min(timeout, most);
}

async function exchange(request: OutgoingRequest, options: ExchangeOptions): Promise<InspectionResult> {
  const { presentation, io, stop, timeout, follow, tls, proxies } = options;
  const { target, method } = request;
  const proxy = proxies(target);
  const prepared = prepare(request, proxy);
  const began = io.clock();
  const route = { target, proxy, socketPath: undefined, tls, timeout: connectTimeout(timeout) };
  const socket = await connect(route, stop);
  try {
    tell(request, socket, io.clock() - began, options);
    presentation.request(target.href, prepared.head);
    presentation.begin(target.href, method, io.now());
    const arrivals = new SocketArrivals(socket, { io, silence: timeout, onWait: presentation.waiting });
    prepared.send(socket, () => arrivals.progressed(), stop).catch((error: unknown) => arrivals.fail(error));
    return await new Inspection(arrivals, {
      ...options,
      method,
      timed: true,
      relayed: false,
      passesOver: follow ? (row) => placeOf(row) !== undefined : undefined,
    }).run();
  } finally {
    socket.destroy();
  }
}

function tell(
  { method, target }: OutgoingRequest,
  { remoteAddress = "", remotePort = 0 }: Socket,
  took: number,
  { output, tells }: ExchangeOptions,
): void {
  if (!tells) return;
  const address = remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress;
  const where = `${address}:${remotePort}, connected in ${formatDuration(took)}`;
  output.line(
    `${printable(method)} ${output.style("name", printable(target.href))} ${output.style("faint", where)}`,
  );
}
