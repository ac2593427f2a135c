import { SluiceError } from "../errors.ts";
import { reasonPhrase } from "../http1/head-writer.ts";
import type { Sender } from "../http1/sender.ts";
import { type Reply, text } from "../reply/reply.ts";
import { httpDate } from "./current-date.ts";

/** What a peer is told of an error: the rule it broke, or, where it did not break one, nothing that an attacker could use. */
function errorText(error: unknown): { status: number; message: string } {
  if (!(error instanceof SluiceError) || error.status === undefined) {
    return { status: 500, message: "500 Internal Server Error\n" };
  }
  const { status, code, message } = error;
  return { status, message: `${status} ${reasonPhrase(status)}\n${code}: ${message}\n` };
}

/** The answer to an error; a 500 for undefined. */
export function errorReply(error: unknown): Reply {
  const { status, message } = errorText(error);
  return text(message, { status });
}

/** Answers a fault of the peer that no handler gets to see. The connection is closed after it. */
export function sendRefusal(error: unknown, sender: Sender, method = "GET"): void {
  const { status, message } = errorText(error);
  const fields = { "Content-Type": "text/plain; charset=utf-8" };
  const request = { method, minor: 1, keepAlive: false } as const;
  sender.response({ status, fields, size: message.length }, request, httpDate());
  if (sender.wantsBody) sender.data(message);
  sender.end();
}
