import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { Proxy } from "../../client/proxies.ts";
import { afterRedirect, locationOf } from "../../client/redirects.ts";
import type { Target } from "../../client/target.ts";
import { CONTENT_CODINGS } from "../../content/codings.ts";
import { Sender } from "../../http1/sender.ts";
import type { HeadRow } from "../../inspect/rows.ts";
import type { Body } from "../../reply/body.ts";
import { Fields } from "../../semantics/fields.ts";
import { CommandError } from "../command-error.ts";
import { drained } from "../drained.ts";
import { type SentRequest, sentRequest } from "./sent-request.ts";

/** A request as it is to be sent. */
export interface OutgoingRequest {
  readonly target: Target;
  readonly method: string;
  /** The caller's own fields, which win over those that are sent by default. */
  readonly fields: Fields;
  /** Text, a file as a Blob, or a stream of unknown length, which is sent in chunks. */
  readonly body: Body;
  readonly compressed: boolean;
  readonly te: boolean;
  readonly version: "1.0" | "1.1";
}

/** A request whose head is written, and checked, and not yet sent. */
export interface PreparedRequest {
  readonly head: SentRequest;
  /**
   * Sends it. Resolves once all of it has been written, or the connection is gone.
   * @param progressed called as the body goes on
   * @throws what reading the body fails with
   */
  send(socket: Socket, progressed: () => void, stop: AbortSignal): Promise<void>;
}

/**
 * @param proxy the one on the way, if any
 * @throws CommandError usage, UsageError for a method or a field that can't stand on the wire
 */
export function prepare(request: OutgoingRequest, proxy: Proxy | undefined): PreparedRequest {
  const { target, method, body, version } = request;
  const size = sizeOf(body);
  if (version === "1.0" && size === "chunked")
    throw new CommandError("HTTP/1.0 has no chunks to send a stream in", {
      hint: "put it into a file, and write --data @file",
    });
  let socket: Socket | undefined;
  let head = "";
  const sender = new Sender({
    text(latin1) {
      if (socket === undefined) head = latin1;
      else socket.write(latin1, "latin1");
    },
    bytes: (view) => void socket?.write(view),
  });
  const whole = proxy !== undefined && !target.secure;
  const fields = fieldsOf(request, whole ? proxy.authorization : undefined);
  sender.request(method, whole ? target.href : target.path, fields, size);
  if (version === "1.0") head = head.replace(" HTTP/1.1\r\n", " HTTP/1.0\r\n");
  return {
    head: sentRequest(head),
    send(connected, progressed, stop) {
      socket = connected;
      socket.write(head, "latin1");
      return sendBody(sender, socket, body, progressed, stop);
    },
  };
}

async function sendBody(
  sender: Sender,
  socket: Socket,
  body: Body,
  progressed: () => void,
  stop: AbortSignal,
): Promise<void> {
  if (typeof body === "string") {
    sender.data(Buffer.from(body));
  } else if (body !== null) {
    const stream = body instanceof Blob ? Readable.from(body.stream()) : (body as Readable);
    // Whoever has answered, or is gone, takes no more.
    const over = (): void => void stream.destroy();
    socket.once("close", over);
    stop.addEventListener("abort", over);
    try {
      for await (const piece of stream) {
        sender.data(piece as Uint8Array);
        await drained(socket, stop);
        progressed();
      }
    } catch (error) {
      if (socket.destroyed || stop.aborted) return;
      throw error;
    } finally {
      socket.off("close", over);
      stop.removeEventListener("abort", over);
    }
  }
  if (!socket.destroyed && !stop.aborted) sender.end();
}

function sizeOf(body: Body): number | "chunked" | undefined {
  if (body === null) return undefined;
  if (typeof body === "string") return Buffer.byteLength(body);
  return body instanceof Blob ? body.size : "chunked";
}

function fieldsOf(
  { target, fields, compressed, te, version }: OutgoingRequest,
  proxyAuthorization: string | undefined,
): [string, string][] {
  const own: [string, string][] = [["Host", target.authority]];
  if (target.authorization !== undefined) own.push(["Authorization", target.authorization]);
  if (proxyAuthorization !== undefined) own.push(["Proxy-Authorization", proxyAuthorization]);
  own.push(["User-Agent", "sluice"], ["Accept", "*/*"]);
  if (compressed) own.push(["Accept-Encoding", CONTENT_CODINGS.join(", ")]);
  // Who speaks HTTP/1.0 knows no trailers.
  if (te && version === "1.1") own.push(["TE", "trailers"]);
  return [...own.filter(([name]) => !fields.has(name)), ...fields];
}

/** The place that a response points on to; undefined for what is no redirect. */
export function placeOf({ status, fields }: HeadRow): string | undefined {
  return locationOf(status, fields.find(({ name }) => name.toLowerCase() === "location")?.value);
}

/** The request that follows a redirect. @throws ProtocolError `ERR_SLUICE_REDIRECT` */
export function redirected(request: OutgoingRequest, status: number, location: string): OutgoingRequest {
  const { target: from, method, fields: headers, body } = request;
  const next = afterRedirect({ status, location, from, method, headers, body });
  const { target, headers: fields = new Fields() } = next;
  return { ...request, target, method: next.method, fields, body: next.body };
}
