import type { OutgoingHttpHeaders } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/** What is used of the request of node:http and of node:http2's compatibility API alike. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders: readonly string[];
  readonly rawTrailers: readonly string[];
  readonly httpVersion: string;
  readonly socket: Socket;
  readonly readableDidRead: boolean;
  readonly readableEnded: boolean;
  /** Of HTTP/2. */
  readonly stream?: ServerHttp2Stream;
  /** @param listener gets a piece of the body, of "data" */
  on(event: string, listener: (piece: Uint8Array) => void): unknown;
  off(event: string, listener: (piece: Uint8Array) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** What is used of the response of node:http and of node:http2's compatibility API alike. */
export interface NodeResponse {
  statusCode: number;
  statusMessage: string;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly writableLength: number;
  /** Of HTTP/1: whether the connection may go on after this response. */
  readonly shouldKeepAlive?: boolean | undefined;
  /** Null before its turn on the connection, and after it. */
  readonly socket: Socket | null;
  getHeader(name: string): number | string | string[] | undefined;
  getHeaderNames(): string[];
  setHeader(name: string, value: string | string[]): unknown;
  removeHeader(name: string): void;
  writeHead(status: number): unknown;
  /** Missing in the types of node:http2. */
  flushHeaders?(): void;
  write(piece: string | Uint8Array, encoding: BufferEncoding, done?: () => void): boolean;
  addTrailers(trailers: OutgoingHttpHeaders): void;
  end(): unknown;
  end(piece: string, encoding: BufferEncoding): unknown;
  writeContinue(): void;
  writeEarlyHints(hints: Record<string, string | string[]>): unknown;
  on(event: string, listener: () => void): unknown;
  once(event: "socket", listener: (socket: Socket) => void): unknown;
  destroy(error?: Error): unknown;
  /** Of HTTP/2. */
  readonly stream?: ServerHttp2Stream;
  /** Of HTTP/1. */
  readonly chunkedEncoding?: boolean;
  /** Of HTTP/1, for interim responses: there is no public way to send those that are not of a few kinds. */
  readonly _writeRaw?: (this: NodeResponse, text: string, encoding: BufferEncoding) => unknown;
  /** Of middleware that codes. */
  flush?(): void;
}

// Methods that a host has put on its responses themselves, in front of their class.
const methodsOfHosts = new WeakSet<object>();

/** Says of a method that stands on responses themselves that it is their host's, and nobody's wrapper. */
export function declareOwn(method: object): void {
  methodsOfHosts.add(method);
}

/** Whether middleware sees what a method is given before the host does: it has put one of its own on the response. */
export function isWrapped(response: NodeResponse, name: "write" | "writeHead"): boolean {
  const method = Reflect.get(response, name) as object;
  // Applications change the prototype: the class's is whatever is found there.
  const ofClass: unknown = Reflect.get(Object.getPrototypeOf(response) as object, name);
  return method !== ofClass && !methodsOfHosts.has(method);
}
