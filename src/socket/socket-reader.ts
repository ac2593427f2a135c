import { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { reset } from "./reset.ts";

/** What the sockets of all plain connections read into: what is read is used, or copied, before the next read. */
const SHARED = Buffer.allocUnsafeSlow(64 * 1024);
/** The size of a buffer that a connection has for itself while a big body arrives. */
const OWN_SIZE = 256 * 1024;
/** A read of this size says that a big body is arriving. */
const BIG_READ = 32 * 1024;
/** Views of less than this are copied rather than that they keep a whole buffer alive. */
const KEPT_VIEW = OWN_SIZE / 4;
/** Octets that wait in the socket before a writer is asked to wait. */
const WRITE_AHEAD = 128 * 1024;

/** Gets what arrives. */
export interface SocketReaderHandler {
  /** The views must not be kept after this returns, but by {@link SocketReader.keep}. Returns whether to read on. */
  received(bytes: Uint8Array, end: number): boolean;
  /** Whether a body is arriving, for which a big buffer would be worth it. */
  readonly receivingBody: boolean;
}

/** The private side of node:net: what has to be there for reading without streams. */
interface HandleSocket {
  _handle?: { bytesWritten: number; writeQueueSize?: number; readStart?: unknown } | null;
  /** The plain socket below a TLS socket. */
  _parent?: (HandleSocket & Socket) | null;
}

/**
 * Reads a socket with as little machinery as there is: into one buffer that all connections share, without a stream, an event or an
 * allocation a read (node:net's `onread`). While a big body arrives a connection reads into buffers of its own, so that the body's
 * views can be passed on uncopied. TLS, and hosts without handles, take the `data` event.
 */
export class SocketReader {
  readonly socket: Socket;
  #handler: SocketReaderHandler;
  #buffer: Buffer = SHARED;
  // Views of this buffer have been passed on, so nothing may be read into it any more.
  #givenAway = false;
  #lastRead = 0;
  readonly #copies: boolean;

  /**
   * Takes a socket over that nobody has read from: one that was accepted or connected while it was paused. The socket to go on with is
   * {@link SocketReader.socket}.
   */
  constructor(fresh: Socket | TLSSocket, handler: SocketReaderHandler) {
    this.#handler = handler;
    const { _handle: handle } = fresh as HandleSocket;
    // Bun's handles are other ones, which nobody can take over.
    this.#copies = !("encrypted" in fresh) && typeof handle?.readStart === "function";
    this.socket = this.#copies ? this.#takeOver(fresh) : this.#listen(fresh);
  }

  /** Here every read has a buffer of its own. */
  readonly #ondata = (bytes: Buffer): void => {
    if (!this.#handler.received(bytes, bytes.length)) this.socket.pause();
  };

  #listen(socket: Socket): Socket {
    // One that was paused goes on only when it is told to.
    return socket.on("data", this.#ondata).resume();
  }

  /** `onread` can only be given to a constructor, so a second socket takes the handle, and the first one goes. */
  #takeOver(fresh: HandleSocket & Socket): Socket {
    const { _handle: handle } = fresh;
    fresh._handle = null;
    fresh.destroy();
    return this.#open(handle);
  }

  /** Apart from {@link SocketReader.#takeOver}, since what is made here must not keep the first socket alive. */
  #open(handle: unknown): Socket {
    const onread = {
      buffer: () => this.#nextBuffer(),
      callback: (length: number, buffer: Uint8Array) => {
        this.#lastRead = length;
        return this.#handler.received(buffer, length);
      },
    };
    const options = { handle, allowHalfOpen: true, writableHighWaterMark: WRITE_AHEAD, onread };
    return new Socket(options);
  }

  /** A view that stays as it is, of a view that was received in this read. */
  keep(view: Uint8Array): Uint8Array {
    if (!this.#copies) return view;
    if (this.#buffer !== SHARED && view.length >= KEPT_VIEW) {
      this.#givenAway = true;
      return view;
    }
    return Buffer.from(view);
  }

  /** How many octets the kernel has taken, for telling a slow reader from one that has stopped; as far as node:net tells. */
  get octetsTaken(): number {
    // TLS takes what it is given at once; its reader's pace is that of the socket below.
    const { _parent: plain } = this.socket as HandleSocket;
    const socket: HandleSocket & Socket = plain ?? this.socket;
    const { _handle: handle } = socket;
    if (handle?.writeQueueSize !== undefined) return handle.bytesWritten - handle.writeQueueSize;
    // Bun and Deno tell only of whole writes.
    return socket.bytesWritten - socket.writableLength;
  }

  /** The socket for somebody else, to be read as any other; its handler hears nothing any more. */
  release(): Socket {
    const { socket } = this;
    if (this.#copies) {
      this.#handler = {
        receivingBody: false,
        received: (bytes, end) => socket.push(Buffer.from(bytes.subarray(0, end))),
      };
    } else {
      socket.pause();
      socket.off("data", this.#ondata);
    }
    // As one that nobody has listened to: it flows once somebody does.
    Object.assign(socket, { readableFlowing: null });
    return socket;
  }

  /** Ends the connection by a reset, which nobody takes for the end of a message. */
  reset(): void {
    reset(this.socket);
  }

  /** Asked for before the first read and after every one. */
  #nextBuffer(): Buffer {
    if (!this.#handler.receivingBody || this.#lastRead < BIG_READ) {
      this.#buffer = SHARED;
    } else if (this.#buffer === SHARED || this.#givenAway) {
      this.#buffer = Buffer.allocUnsafeSlow(OWN_SIZE);
    }
    this.#givenAway = false;
    return this.#buffer;
  }
}
