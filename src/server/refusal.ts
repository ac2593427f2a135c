import type { Socket } from "node:net";
import type { ProtocolError } from "../errors.ts";
import { errorText } from "../exchange/error-reply.ts";
import { Sender } from "../http1/sender.ts";
import { Outlet } from "../socket/outlet.ts";
import { httpDate } from "./current-date.ts";

/** Answers a fault of the peer that no handler gets to see. The connection is closed after it. */
export function sendRefusal(error: unknown, sender: Sender, method = "GET"): void {
  const { status, message } = errorText(error);
  const fields = { "Content-Type": "text/plain; charset=utf-8" };
  const request = { method, minor: 1, keepAlive: false } as const;
  sender.response({ status, fields, size: message.length }, request, httpDate());
  if (sender.wantsBody) sender.data(message);
  sender.end();
}

/** Refuses a connection of HTTP/1. What it has sent is read away, or closing would take the answer back. */
export function refuseHttp1(socket: Socket, error: ProtocolError): void {
  socket.resume();
  const outlet = new Outlet(socket);
  sendRefusal(error, new Sender(outlet));
  outlet.flush();
  socket.end();
}
