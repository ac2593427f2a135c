import { latin1, octets } from "../../src/bytes/latin1.ts";
import { ProtocolError } from "../../src/errors.ts";
import { RequestReceiver, ResponseReceiver, type WireLimits } from "../../src/http1/index.ts";
import type { Message } from "./other-parsers.ts";

/** What we make of the first message in some octets: where it ends and its body, or the error, or undefined where it has no end. */
export type OwnReading =
  | { readonly end: number; readonly body: string }
  | { readonly error: ProtocolError }
  | undefined;

/** Reads one message; `closed` says that the connection ends after the octets. */
export function readOne(message: Message, limits?: Partial<WireLimits>): OwnReading {
  let body = "";
  let ended = false;
  const handler = {
    head: () => undefined,
    data: (view: Uint8Array) => void (body += latin1(view, 0, view.length)),
    end: () => void (ended = true),
  };
  const receiver =
    message.role === "request" ? new RequestReceiver(handler, limits) : new ResponseReceiver(handler, limits);
  if (receiver instanceof ResponseReceiver) receiver.expect(message.answers);
  try {
    const end = receiver.receive(octets(message.octets));
    if (!ended && message.closed) receiver.end();
    return ended ? { end, body } : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return { error };
    throw error;
  }
}
