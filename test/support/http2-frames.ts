// Frames of HTTP/2 (RFC 9113), written and read octet by octet: what node:http2 would never send, and what it would hide.
//
//   const peer = await FramePeer.connect(server.port);
//   peer.open().send(headers(1, get("/")));
//   await peer.until((frame) => frame.type === DATA && frame.ends);

import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;

export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;

export const NO_ERROR = 0;
export const PROTOCOL_ERROR = 1;
export const INTERNAL_ERROR = 2;
export const REFUSED_STREAM = 7;
export const CANCEL = 8;
export const ENHANCE_YOUR_CALM = 11;

/** How a client begins (section 3.4). */
export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** A frame that has arrived. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Nothing here waits longer than this, in milliseconds. */
const PATIENCE = 5_000;

// Writing

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header block: each field a literal without indexing, nothing coded (RFC 7541 section 6.2.2). */
export function block(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const literals = fields.map(([name, value]) =>
    Buffer.concat([Buffer.of(0), literal(name), literal(value)]),
  );
  return Buffer.concat(literals);
}

function literal(text: string): Buffer {
  const octets = Buffer.from(text, "latin1");
  return Buffer.concat([integer(octets.length, 7), octets]);
}

/** An integer with a prefix of so many bits, whose first octet has the given bits in front (RFC 7541 section 5.1). */
export function integer(value: number, prefix: number, bits = 0): Buffer {
  const limit = 2 ** prefix - 1;
  if (value < limit) return Buffer.of(bits | value);
  const octets = [bits | limit];
  let rest = value - limit;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 128);
  return Buffer.from([...octets, rest]);
}

/** The fields of a request. */
export function get(
  path: string,
  more: readonly (readonly [string, string])[] = [],
  method = "GET",
): [string, string][] {
  return [
    [":method", method],
    [":scheme", "http"],
    [":authority", "test"],
    [":path", path],
    ...more.map(([name, value]): [string, string] => [name, value]),
  ];
}

/** A whole header block in one frame. */
export function headers(
  stream: number,
  fields: readonly (readonly [string, string])[],
  flags: number = END_STREAM | END_HEADERS,
): Buffer {
  return frame(HEADERS, flags, stream, block(fields));
}

export function data(stream: number, content: string | Uint8Array, flags = 0): Buffer {
  return frame(DATA, flags, stream, Buffer.from(content as string));
}

export function settings(entries: readonly (readonly [id: number, value: number])[] = []): Buffer {
  const payload = Buffer.alloc(entries.length * 6);
  for (const [at, [id, value]] of entries.entries()) {
    payload.writeUInt16BE(id, at * 6);
    payload.writeUInt32BE(value, at * 6 + 2);
  }
  return frame(SETTINGS, 0, 0, payload);
}

export function number32(value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return payload;
}

export function reset(stream: number, code: number = CANCEL): Buffer {
  return frame(RST_STREAM, 0, stream, number32(code));
}

export function windowUpdate(stream: number, increment: number): Buffer {
  return frame(WINDOW_UPDATE, 0, stream, number32(increment));
}

export function ping(): Buffer {
  return frame(PING, 0, 0, Buffer.alloc(8));
}

// Reading

/** Whether this is a DATA or HEADERS frame that ends its stream. */
export function ends({ type, flags }: Frame): boolean {
  return (type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0;
}

/** The error code of RST_STREAM or GOAWAY. */
export function errorCode({ type, payload }: Frame): number {
  return payload.readUInt32BE(type === GOAWAY ? 4 : 0);
}

const STATUSES = [200, 204, 206, 304, 400, 404, 500];

/** The status where HPACK's static table has it (RFC 7541 appendix A); 0 for others. */
export function statusOf({ payload }: Frame): number {
  return STATUSES[payload[0] - 0x88] ?? 0;
}

const opened = new Set<FramePeer>();

/** Ends the connections of all peers. */
export function destroyPeers(): void {
  for (const peer of opened) peer.destroy();
  opened.clear();
}

/** One end of a connection of HTTP/2 that says only what it is told to. Of its own it does nothing: no ACK, no WINDOW_UPDATE. */
export class FramePeer {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  /** How the connection has ended: in order, or cut; undefined while it is open. */
  ended: "FIN" | "RST" | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #skip: number;
  readonly #watchers = new Set<() => void>();

  static async connect(port: number, { tls = false } = {}): Promise<FramePeer> {
    const target = { port, host: "127.0.0.1" };
    const socket = tls
      ? connectTls({ ...target, rejectUnauthorized: false, ALPNProtocols: ["h2"] })
      : connect(target);
    const peer = new FramePeer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once(tls ? "secureConnect" : "connect", resolve);
      socket.once("error", reject);
    });
    return peer;
  }

  /** @param skip octets that come before the first frame: those of a preface, for a server */
  constructor(socket: Socket, skip = 0) {
    this.socket = socket;
    this.#skip = skip;
    opened.add(this);
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.on("end", () => this.#end("FIN"));
    socket.on("error", () => this.#end("RST"));
    socket.on("close", () => this.#end("RST"));
  }

  /** Says the preface, and settings. */
  open(entries: readonly (readonly [id: number, value: number])[] = []): this {
    return this.send(Buffer.from(PREFACE, "latin1"), settings(entries));
  }

  send(...frames: Uint8Array[]): this {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames));
    return this;
  }

  /** Sends, and resolves when the kernel has taken it. False where the connection has ended before. */
  sent(...frames: Uint8Array[]): Promise<boolean> {
    if (this.socket.destroyed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const onClose = (): void => resolve(false);
      this.socket.once("close", onClose);
      this.socket.write(Buffer.concat(frames), (error) => {
        this.socket.off("close", onClose);
        resolve(error === null || error === undefined);
      });
    });
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Of a type, or of a type and a stream. */
  of(type: number, stream?: number): Frame[] {
    return this.frames.filter((one) => one.type === type && (stream === undefined || one.stream === stream));
  }

  /** The first frame that has come, or comes, for which it holds. */
  async until(holds: (frame: Frame) => boolean, patience: number = PATIENCE): Promise<Frame> {
    await this.#wait(() => this.frames.some(holds), patience, String(holds));
    return this.frames.find(holds)!;
  }

  /** Resolves when something holds. */
  async when(holds: () => boolean, patience: number = PATIENCE): Promise<void> {
    await this.#wait(holds, patience, String(holds));
  }

  /** How a stream ends, for one who reads it: RST_STREAM's code, or "end". */
  async endOf(stream: number, patience: number = PATIENCE): Promise<number | "end"> {
    const last = await this.until(
      (one) => one.stream === stream && (one.type === RST_STREAM || ends(one)),
      patience,
    );
    return last.type === RST_STREAM ? errorCode(last) : "end";
  }

  /** The content of a stream so far. */
  content(stream: number): string {
    return Buffer.concat(this.of(DATA, stream).map(({ payload }) => payload)).toString("latin1");
  }

  /** Resolves when the other side has ended the connection, with the code of its first GOAWAY, if it sent one. */
  async ending(patience: number = PATIENCE): Promise<number | undefined> {
    await this.#wait(() => this.ended !== undefined, patience, "the end");
    const [goaway] = this.of(GOAWAY);
    return goaway === undefined ? undefined : errorCode(goaway);
  }

  async #wait(holds: () => boolean, patience: number, what: string): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (holds()) settle(resolve);
        else if (this.ended !== undefined) fail(`ended with ${this.ended}`);
      };
      const fail = (why: string): void => {
        const seen = this.frames
          .slice(-20)
          .map((one) => `${one.type}/${one.flags}/${one.stream}/${one.payload.length}`);
        settle(() => reject(new Error(`${why} while waiting for ${what}; last frames: ${seen.join(" ")}`)));
      };
      const timer = setTimeout(() => fail(`nothing for ${patience} ms`), patience);
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        then();
      };
      this.#watchers.add(look);
    });
  }

  #read(bytes: Buffer): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    this.#rest = Buffer.concat([this.#rest, bytes.subarray(skipped)]);
    while (this.#rest.length >= 9) {
      const length = this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < 9 + length) break;
      this.frames.push({
        type: this.#rest[3],
        flags: this.#rest[4],
        stream: this.#rest.readUInt32BE(5) & 0x7fffffff,
        payload: this.#rest.subarray(9, 9 + length),
      });
      this.#rest = this.#rest.subarray(9 + length);
    }
    this.#changed();
  }

  #end(how: "FIN" | "RST"): void {
    if (this.ended !== undefined) return;
    this.ended = how;
    this.#changed();
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }
}
