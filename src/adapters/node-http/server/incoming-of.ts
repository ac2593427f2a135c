// oxlint-disable eslint/no-underscore-dangle -- The names are node:http's.
import { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Request } from "../../../exchange/request.ts";
import type { RequestInternals } from "./internals.ts";

/**
 * A request as node:http has it, for what takes connections over and is made for node:http, such as ws, in {@link serve}'s `upgrade`. It
 * has no body: what follows is the other protocol's.
 *
 * ```ts
 * upgrade(request, socket, first) {
 *   sockets.handleUpgrade(incomingOf(request, socket), socket, first, onSocket);
 * }
 * ```
 */
export function incomingOf(request: Request, socket: Socket): IncomingMessage {
  const message = new IncomingMessage(socket);
  const internals = message as unknown as RequestInternals;
  const { httpVersion } = request;
  message.method = request.method;
  message.url = request.target;
  message.httpVersion = httpVersion;
  [message.httpVersionMajor, message.httpVersionMinor] = httpVersion.split(".").map(Number);
  const flat = request.headers.flat();
  // Not complete yet: of a message that is, they'd be trailers.
  internals._addHeaderLines(flat, flat.length);
  internals.upgrade = true;
  message.complete = true;
  message.push(null);
  return message;
}
