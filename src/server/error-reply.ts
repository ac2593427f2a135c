import { SluiceError } from "../errors.ts";
import { reasonPhrase } from "../http1/head-writer.ts";
import type { Sender } from "../http1/sender.ts";
import { type Reply, text } from "../reply/reply.ts";
import { httpDate } from "./http-date.ts";

/**
 * The answer to an error. Where the peer is at fault it names the rule that was broken; otherwise, and for undefined, it is a 500
 * that says nothing an attacker could use.
 */
export function errorReply(error: unknown): Reply {
  if (!(error instanceof SluiceError) || error.status === undefined) {
    return text("500 Internal Server Error\n", { status: 500 });
  }
  const { status, code, message } = error;
  return text(`${status} ${reasonPhrase(status)}\n${code}: ${message}\n`, { status });
}

/** Answers a fault of the peer that no handler gets to see. The connection is closed after it. */
export function sendRefusal(error: unknown, sender: Sender): void {
  const { status, headers, body } = errorReply(error);
  const message = String(body);
  const request = { method: "GET", minor: 1, keepAlive: false } as const;
  sender.response({ status, fields: headers, size: message.length }, request, httpDate());
  sender.data(message);
  sender.end();
}
