// oxlint-disable eslint/no-underscore-dangle -- The names are node:http's.
import { ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { UsageError } from "../../../errors.ts";
import { persists } from "../../../http1/persistence.ts";
import type { BodyPiece } from "../../../reply/piece.ts";
import type { ReplyHead } from "../../../reply/sink.ts";
import type { Http1Exchange } from "../../../server/http1-exchange.ts";
import { declareOwn } from "../host.ts";
import { aborted, type EngineRequest, leaveRest } from "./incoming-message.ts";
import {
  ERRORED,
  type HeaderValue,
  NEEDS_DRAIN,
  type ResponseInternals,
  WRITABLE_FINISHED,
} from "./internals.ts";
import { letGo } from "./socket-view.ts";
import { blameFields, checkHints, fieldsOfLines, type GivenHeaders, headOf } from "./written-head.ts";

type Callback = (error?: Error | null) => void;
/** With what its prototypes keep on it. */
type OpenResponse = EngineResponse & ResponseInternals;

// oxlint-disable-next-line typescript/unbound-method -- They are called with their response.
const { write: nodeWrite, end: nodeEnd, writeEarlyHints: nodeEarlyHints } = ServerResponse.prototype;

/** Its own properties, whatever the types of its prototypes call methods. */
type Own = ResponseInternals &
  Record<
    | "write"
    | "end"
    | "_storeHeader"
    | "_send"
    | "_writeRaw"
    | "writeEarlyHints"
    | "statusMessage"
    | "locals"
    | "__onFinished"
    | "flush",
    unknown
  >;

let exchangeOf: (response: EngineResponse) => Http1Exchange;

/**
 * A response as node:http has it, which leaves by the engine. It's a true ServerResponse whose own properties carry what is ours, since
 * applications change the prototype under it; what isn't about octets (setHeader, writeHead and its checks, …) is Node's.
 */
export class EngineResponse extends ServerResponse<EngineRequest> {
  readonly #exchange: Http1Exchange;

  constructor(request: EngineRequest, exchange: Http1Exchange, socket: Socket) {
    super(request);
    this.#exchange = exchange;
    (this as unknown as Own).socket = socket;
    (this as unknown as Own).write = write;
    (this as unknown as Own).end = end;
    (this as unknown as Own)._storeHeader = storeHeader;
    (this as unknown as Own)._send = send;
    (this as unknown as Own)._writeRaw = writeRaw;
    (this as unknown as Own).writeEarlyHints = writeEarlyHints;
    (this as unknown as Own)[WRITABLE_FINISHED] = false;
    this.statusCode = 200;
    // Node knows none of HTTP/1.0 that may: false would be the application's word here.
    if (request.httpVersionMinor === 0) this.shouldKeepAlive = persists(0, request.headers.connection);
    // Set later on by Node, Express, on-headers, on-finished and compression: see incoming-message.ts.
    (this as unknown as Own).statusMessage = undefined;
    (this as unknown as Own).locals = undefined;
    (this as unknown as Own).__onFinished = undefined;
    (this as unknown as Own).flush = undefined;
    exchange.onleave = (reason) => process.nextTick(left, this, reason);
  }

  static {
    exchangeOf = (response) => response.#exchange;
  }
}

function storeHeader(this: OpenResponse, line: string, given: GivenHeaders): void {
  const exchange = exchangeOf(this);
  let head: ReplyHead | undefined;
  try {
    head = headOf(this, given);
    // Whoever writes to a reader that has left hears of it by `close`.
    if (!exchange.isOver) exchange.head(head);
  } catch (error) {
    // Node has taken a status for one without a body, and given it a text that would stay for the next one.
    this._hasBody = this.req.method !== "HEAD";
    if (this.statusMessage === (STATUS_CODES[this.statusCode] ?? "unknown"))
      (this as unknown as Own).statusMessage = undefined;
    if (head !== undefined) blameFields(head.headers as Iterable<[string, string]>);
    throw error;
  }
  this._header = line;
  this._headerSent = true;
}

function send(this: OpenResponse, data: string): boolean {
  if (data !== "") throw new UsageError("ERR_SLUICE_SOCKET", { found: "res._send()" });
  const exchange = exchangeOf(this);
  if (!exchange.isOver) exchange.flush();
  return true;
}

/** Of what node:http writes past the message, interim responses are let through (RFC 9110 section 15.2). */
function writeRaw(this: OpenResponse, text: string, _encoding?: string, callback?: Callback): boolean {
  const [start, ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.1 (1\d\d) /.exec(start)?.[1];
  if (status === undefined) throw new UsageError("ERR_SLUICE_SOCKET", { found: "res._writeRaw()" });
  const exchange = exchangeOf(this);
  // Too late for one: node:http would write it into the answer.
  if (!exchange.isOver && !exchange.committed) exchange.informational(Number(status), fieldsOfLines(lines));
  if (typeof callback === "function") process.nextTick(callback);
  return true;
}

function writeEarlyHints(this: OpenResponse, hints: Record<string, HeaderValue>, callback?: Callback): void {
  checkHints(hints);
  nodeEarlyHints.call(this, hints as Record<string, string | string[]>, callback as () => void);
}

function isPiece(chunk: unknown): chunk is BodyPiece {
  return typeof chunk === "string" || chunk instanceof Uint8Array;
}

/** The engine takes text as UTF-8. */
function pieceOf(chunk: BodyPiece, encoding: BufferEncoding | null | undefined): BodyPiece {
  const isUtf8 = encoding === undefined || encoding === null || encoding === "utf8" || encoding === "utf-8";
  return typeof chunk !== "string" || isUtf8 ? chunk : Buffer.from(chunk, encoding);
}

function write(
  this: OpenResponse,
  chunk: unknown,
  encoding?: BufferEncoding | Callback | null,
  callback?: Callback,
): boolean {
  if (typeof encoding === "function") {
    callback = encoding;
    encoding = undefined;
  }
  // What is wrong Node says as it always does.
  if (this.finished || this.destroyed || !isPiece(chunk))
    return nodeWrite.call(this, chunk, encoding as BufferEncoding, callback as Callback);
  const piece = pieceOf(chunk, encoding);
  if (this._header === null) this._implicitHeader();
  if (!this._hasBody) {
    if (typeof callback === "function") process.nextTick(callback);
    return true;
  }
  const exchange = exchangeOf(this);
  if (exchange.isOver) return false;
  let room: boolean;
  try {
    room = exchange.write(piece);
  } catch (error) {
    giveUp(this, error);
    return false;
  }
  if (typeof callback === "function") process.nextTick(written, exchange, callback);
  if (!room && !this[NEEDS_DRAIN]) {
    this[NEEDS_DRAIN] = true;
    exchange.ready().then(
      () => drained(this),
      () => {}, // The reader has left, and `close` says so.
    );
  }
  return room;
}

declareOwn(write);

/** Calls back once the system has what was written. */
function written(exchange: Http1Exchange, callback: Callback): void {
  exchange.flush();
  const { socket } = exchange;
  if (socket.writableLength === 0 && !socket.destroyed) callback();
  else socket.write("", callback);
}

function drained(response: OpenResponse): void {
  if (!response[NEEDS_DRAIN]) return;
  response[NEEDS_DRAIN] = false;
  if (!response.finished && !response.destroyed) response.emit("drain");
}

function end(
  this: OpenResponse,
  chunk?: unknown,
  encoding?: BufferEncoding | Callback | null,
  callback?: Callback,
): OpenResponse {
  if (typeof chunk === "function") {
    callback = chunk as Callback;
    chunk = undefined;
    encoding = undefined;
  } else if (typeof encoding === "function") {
    callback = encoding;
    encoding = undefined;
  }
  const hasChunk = Boolean(chunk);
  if (this.finished && !this.writableFinished && !hasChunk) {
    if (typeof callback === "function") this.once("finish", callback);
    return this;
  }
  if (this.finished || (hasChunk && !isPiece(chunk)))
    return nodeEnd.call(this, chunk, encoding as BufferEncoding, callback as Callback) as OpenResponse;
  const exchange = exchangeOf(this);
  const piece = hasChunk ? pieceOf(chunk as BodyPiece, encoding) : undefined;
  exchange.hold();
  try {
    if (this._header === null) {
      this._contentLength = piece === undefined ? 0 : Buffer.byteLength(piece);
      this._implicitHeader();
    }
    if (typeof callback === "function") this.once("finish", callback);
    this.finished = true;
    if (exchange.isOver || !complete(this, exchange, piece)) return this;
  } finally {
    // Holds don't nest: this ends that of a listener that is still running, too, of which nothing more comes.
    exchange.release();
  }
  this._finish();
  process.nextTick(settle, this);
  return this;
}

/** Sends the last piece, and the end. Returns whether that could be sent. */
function complete(response: OpenResponse, exchange: Http1Exchange, piece: BodyPiece | undefined): boolean {
  try {
    if (piece !== undefined && response._hasBody) exchange.write(piece);
    exchange.end(response._trailer === "" ? undefined : fieldsOfLines(response._trailer.split("\r\n")));
    exchange.flush();
    return true;
  } catch (error) {
    giveUp(response, error);
    return false;
  }
}

/** `finish` says that the system has everything. */
function settle(response: OpenResponse): void {
  const { socket } = exchangeOf(response);
  if (socket.destroyed) close(response);
  else if (socket.writableLength === 0) finish(response);
  else socket.write("", (error) => (error ? close(response) : finish(response)));
}

function finish(response: OpenResponse): void {
  response.socket = null;
  response[WRITABLE_FINISHED] = true;
  letGo(exchangeOf(response).socket, response);
  leaveRest(response.req);
  if (response._eventsCount === 0) {
    response.destroyed = true;
    response._closed = true;
    return;
  }
  response.emit("finish");
  process.nextTick(close, response);
}

function close(response: OpenResponse): void {
  if (response._closed) return;
  response.destroyed = true;
  response._closed = true;
  response.emit("close");
}

/** The reader has left before the end, or the application has had enough. */
function left(response: OpenResponse, reason: unknown): void {
  response.req.destroy(aborted(reason));
  close(response);
}

/** @internal The application has failed, or written what can't be sent: an error reply takes its place, or the answer is cut. */
export function abandon(response: EngineResponse, error: unknown): void {
  if (response.writableEnded) exchangeOf(response).fail(error);
  else giveUp(response as OpenResponse, error);
}

function giveUp(response: OpenResponse, error: unknown): void {
  response.finished = true;
  response.destroyed = true;
  response[ERRORED] = error;
  exchangeOf(response).fail(error);
  process.nextTick(abandoned, response, error);
}

function abandoned(response: OpenResponse, error: unknown): void {
  if (response.listenerCount("error") > 0) response.emit("error", error);
  close(response);
}
