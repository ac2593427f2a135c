import { SluiceError } from "../errors.ts";
import { reasonPhrase } from "../http1/head-writer.ts";
import { type Reply, text } from "../reply/reply.ts";

/** What a peer is told of an error: the rule it broke, or, where it did not break one, nothing that an attacker could use. */
export function errorText(error: unknown): { readonly status: number; readonly message: string } {
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
