import { SluiceError } from "../errors.ts";
import { reasonPhrase } from "../http1/head-writer.ts";
import { type Reply, text } from "../reply/reply.ts";

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
