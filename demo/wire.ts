import { connect, type Socket } from "node:net";
import type { Request } from "sluice";
import type { Demo } from "./room.ts";

/** The way of some bytes, as curl -v marks it. */
export type Way = ">" | "<";

/** Bytes as lines of text that hide nothing: each line end is shown, and each octet that is not visible ASCII. */
class WireLines {
  readonly #way: Way;
  // What has no line end yet: node:http writes the size of a chunk and its CR LF apart.
  #started = "";

  constructor(way: Way) {
    this.#way = way;
  }

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): string {
    let lines = "";
    for (const octet of bytes) {
      this.#started += ESCAPES.get(octet) ?? visible(octet);
      if (octet === LF) lines += this.end();
    }
    return lines;
  }

  /** What is left, as a line. */
  end(): string {
    const line = this.#started;
    this.#started = "";
    return line === "" ? "" : `${this.#way} ${line}\n`;
  }
}

const LF = 0x0a;

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x09, "\\t"],
  [LF, "\\n"],
  [0x0d, "\\r"],
  [0x5c, "\\\\"],
]);

function visible(octet: number): string {
  if (octet >= 0x20 && octet <= 0x7e) return String.fromCharCode(octet);
  return `\\x${octet.toString(16).padStart(2, "0")}`;
}

const CLOSED = "* the connection is closed\n";

/**
 * Sends a request to the demo itself as it stands, and yields both sides of the wire.
 * @param observe gets what is answered, before it is shown
 */
export async function* rawExchange(
  request: Request,
  demo: Demo,
  sent: string,
  observe?: (bytes: Uint8Array) => void,
): AsyncGenerator<string> {
  const answered = new WireLines("<");
  const socket = connect(demo.self);
  // Waiting for bytes is over when the reader of this report has left.
  const leave = (): void => void socket.destroy();
  request.signal.addEventListener("abort", leave);
  try {
    yield new WireLines(">").push(Buffer.from(sent));
    socket.write(sent);
    for await (const bytes of socket) {
      observe?.(bytes as Buffer);
      yield answered.push(bytes as Buffer);
    }
    yield answered.end() + CLOSED;
  } finally {
    socket.destroy();
  }
}

/**
 * Reports what passes through a socket that has begun to connect: `connect` puts its own `write` in the place of any other.
 */
export function tap(socket: Socket, report: (lines: string) => void): Socket {
  const asked = new WireLines(">");
  const answered = new WireLines("<");
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (bytes: Uint8Array | string, ...rest: unknown[]): boolean => {
    const encoding = typeof rest[0] === "string" ? (rest[0] as BufferEncoding) : "utf8";
    report(asked.push(typeof bytes === "string" ? Buffer.from(bytes, encoding) : bytes));
    return write(bytes, ...rest);
  };
  socket.on("data", (bytes: Buffer) => report(answered.push(bytes)));
  return socket.on("close", () => report(answered.end() + CLOSED));
}
