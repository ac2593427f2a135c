import type { Socket } from "node:net";
import { tellApplication } from "../exchange/error-report.ts";
import type { Request } from "../exchange/request.ts";
import { listElements, listHas } from "../semantics/lists.ts";
import type { Settings } from "./options.ts";

/** Whether a request without a body asks for another protocol (RFC 9110 section 7.8), and somebody speaks it. */
export function leavesHttp({ headers, httpVersion }: Request, { upgrade }: Settings): boolean {
  if (upgrade === undefined || httpVersion !== "1.1") return false;
  const protocols = headers.get("upgrade");
  return protocols !== undefined && namesOther(protocols) && listHas(headers.get("connection"), "upgrade");
}

/** Whether a protocol is named that somebody could speak: `h2c` has been withdrawn (RFC 9113 section 3.1). */
function namesOther(protocols: string): boolean {
  return listElements(protocols).some((protocol) => protocol !== "" && protocol.toLowerCase() !== "h2c");
}

/** How a socket can be read: by these, or by making it flow. */
const READING = ["data", "readable", "end"] as const;

/**
 * A socket that has been handed over and that nobody has touched yet. Until somebody listens to it or writes to it, nobody would learn
 * that the client has left.
 */
export class Untouched {
  readonly #socket: Socket;
  readonly #deadline: number;
  // What the socket has of its own.
  readonly #listeners: number;
  readonly #written: number;

  /** @param timeout how long it may stay so, in milliseconds; 0 for any time */
  constructor(socket: Socket, timeout: number) {
    this.#socket = socket;
    this.#deadline = timeout === 0 ? Infinity : performance.now() + timeout;
    this.#listeners = listenersOf(socket);
    this.#written = socket.bytesWritten;
  }

  /** Whether it still is. One that has been for too long is destroyed. */
  check(now: number): boolean {
    const socket = this.#socket;
    const isTouched =
      socket.readableFlowing === true ||
      listenersOf(socket) > this.#listeners ||
      socket.bytesWritten > this.#written;
    if (!isTouched && now >= this.#deadline) socket.destroy();
    return !isTouched;
  }
}

function listenersOf(socket: Socket): number {
  return READING.reduce((sum, event) => sum + socket.listenerCount(event), 0);
}

/** Hands a connection over to whoever speaks the other protocol. @param first octets that came right behind the request */
export async function handOver(
  request: Request,
  socket: Socket,
  first: Buffer,
  { upgrade, onError }: Settings,
): Promise<void> {
  try {
    await upgrade!(request, socket, first);
  } catch (error) {
    tellApplication(error, request, onError);
    socket.destroy();
  }
}
