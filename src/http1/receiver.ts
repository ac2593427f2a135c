import { type Layer, ProtocolError, TruncatedError } from "../errors.ts";
import { type ReceivedTrailers, sortTrailers } from "../semantics/trailers.ts";
import { type BodyFraming, bodyFraming } from "./body-framing.ts";
import { type ChunkedHandler, ChunkedDecoder } from "./chunked-decoder.ts";
import { type HeadParser, HeadParsers } from "./head-parser.ts";
import type { RequestHead, ResponseHead } from "./head.ts";
import type { WireLimits } from "./limits.ts";

// States, named after what is awaited.
const HEAD = 0;
const LENGTH_BODY = 1;
const CHUNKED_BODY = 2;
const CLOSE_BODY = 3;
const TUNNEL = 4;
const CLOSED = 5;

/** What a {@link Receiver} calls, in this order for each message: `head`, `data` and `chunk` any number of times, `end`. */
export interface ReceiverHandler<Head extends RequestHead | ResponseHead> extends ChunkedHandler {
  /** A message begins. An interim response (1xx) is a head without an `end`. */
  head(head: Head, framing: BodyFraming): void;
  /** The message is complete; the trailers, where it was chunked and had any. */
  end(trailers: ReceivedTrailers | undefined): void;
}

/**
 * One direction of a connection, read: octets in, messages out (RFC 9112). It knows no socket: what arrives is given to
 * {@link Receiver.receive}, the end of it to {@link Receiver.end}. The twin of {@link Sender}.
 *
 * `receive` returns after each message, so that nothing of the next one is read before the caller wants it. After an error nothing
 * more is read: there is no resynchronising, since smuggling is disagreement about where messages begin.
 */
abstract class Receiver<Head extends RequestHead | ResponseHead> {
  readonly #handler: ReceiverHandler<Head>;
  protected readonly parsers: HeadParsers;
  // Held from the first octet of a head to its last.
  #heads: HeadParser | undefined;
  // Made when the first chunked body arrives: most connections never see one.
  #chunks: ChunkedDecoder | undefined;
  #state = HEAD;
  // The length of a body whose length is known, and how much of it is still to come; of one that the end delimits, what has come.
  #length = 0;
  #remaining = 0;
  #head: Head | undefined;
  #failure: unknown;

  protected constructor(handler: ReceiverHandler<Head>, parsers: HeadParsers) {
    this.#handler = handler;
    this.parsers = parsers;
  }

  /** Whether no message is under way: the next octet would be the first of one. After an interim response one is. */
  get idle(): boolean {
    return this.#state === HEAD && this.#heads === undefined && this.#head === undefined;
  }

  /** Whether a body is being read. */
  get inBody(): boolean {
    return this.#state === LENGTH_BODY || this.#state === CHUNKED_BODY || this.#state === CLOSE_BODY;
  }

  /** How much of the body is still to come, where its length is known. */
  get remaining(): number | undefined {
    return this.#state === LENGTH_BODY ? this.#remaining : undefined;
  }

  /** Whether only the end of the connection delimits the body that is being read. */
  get endsByClosing(): boolean {
    return this.#state === CLOSE_BODY;
  }

  /** Whether the connection is no longer HTTP/1.1: what follows belongs to the tunnel. */
  get tunnelled(): boolean {
    return this.#state === TUNNEL;
  }

  /**
   * Reads up to the end of one message at most. Returns the index of the first octet that was not read.
   * @throws ProtocolError, and the same one at every later call
   */
  receive(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return this.#receive(bytes, start, end);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /**
   * Says that nothing will follow. Completes a body that only the end of the connection delimits.
   * @throws TruncatedError `ERR_SLUICE_TRUNCATED` inside a message
   */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === CLOSE_BODY) {
      this.#state = CLOSED;
      this.#handler.end(undefined);
      return;
    }
    if (this.idle || this.#state === TUNNEL || this.#state === CLOSED) {
      if (this.#state === HEAD) this.#state = CLOSED;
      return;
    }
    this.#failure = this.truncation();
    throw this.#failure;
  }

  /**
   * What it means that nothing will follow inside this message; also of a body that only the end of the connection delimits, for ends
   * that are none.
   * @param layer what has ended, where the caller knows better than this class
   */
  truncation(cause?: unknown, layer?: Layer): TruncatedError {
    const [own, offset] = this.#place();
    return new TruncatedError("ERR_SLUICE_TRUNCATED", layer ?? own, { offset, cause });
  }

  #place(): readonly [layer: Layer, offset: number] {
    switch (this.#state) {
      case LENGTH_BODY:
        return ["length", this.#length - this.#remaining];
      case CHUNKED_BODY:
        return ["chunked", this.#chunks!.consumed];
      case CLOSE_BODY:
        return ["close", this.#length];
      default:
        return ["head", this.#heads?.pending ?? 0];
    }
  }

  protected abstract takeHead(heads: HeadParser): Head;
  /** The framing of the message with this head, and whether it is only an interim response. */
  protected abstract frame(head: Head): { framing: BodyFraming; interim: boolean };

  #receive(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      switch (this.#state) {
        case HEAD: {
          const heads = (this.#heads ??= this.parsers.take());
          at = heads.read(bytes, at, end);
          if (!heads.complete) return at;
          if (this.#begin(heads)) return at;
          break;
        }

        case LENGTH_BODY: {
          const take = Math.min(this.#remaining, end - at);
          this.#remaining -= take;
          this.#handler.data(bytes.subarray(at, at + take));
          at += take;
          if (this.#remaining > 0) break;
          this.#finish(undefined);
          return at;
        }

        case CHUNKED_BODY:
          at = this.#chunks!.write(bytes, at, end);
          if (!this.#chunks!.done) break;
          this.#finish(this.#trailers());
          return at;

        case CLOSE_BODY:
          this.#length += end - at;
          this.#handler.data(bytes.subarray(at, end));
          return end;

        case TUNNEL:
          return at;

        default: // CLOSED
          throw new ProtocolError("ERR_SLUICE_SURPLUS");
      }
    }
    return at;
  }

  /** Begins a message. Returns whether it has ended already. */
  #begin(heads: HeadParser): boolean {
    const head = this.takeHead(heads);
    this.#heads = undefined;
    this.parsers.give(heads);
    const { framing, interim } = this.frame(head);
    this.#head = head;
    this.#handler.head(head, framing);
    if (interim) return false;
    switch (framing.kind) {
      case "none":
        this.#finish(undefined);
        return true;
      case "length":
        if (framing.length === 0) {
          this.#finish(undefined);
          return true;
        }
        this.#length = this.#remaining = framing.length;
        this.#state = LENGTH_BODY;
        return false;
      case "chunked":
        if (this.#chunks === undefined) this.#chunks = new ChunkedDecoder(this.#handler, this.parsers.limits);
        else this.#chunks.reset();
        this.#state = CHUNKED_BODY;
        return false;
      case "close":
        this.#length = 0;
        this.#state = CLOSE_BODY;
        return false;
      default: // A tunnel.
        this.#finish(undefined);
        this.#state = TUNNEL;
        return true;
    }
  }

  #trailers(): ReceivedTrailers | undefined {
    const section = this.#chunks!.trailers;
    if (section.size === 0) return undefined;
    const { trailer, connection } = this.#head!.control;
    return sortTrailers(section, trailer, connection);
  }

  #finish(trailers: ReceivedTrailers | undefined): void {
    this.#state = HEAD;
    this.#head = undefined;
    this.#handler.end(trailers);
  }
}

/** Reads the requests that arrive at a server. */
export class RequestReceiver extends Receiver<RequestHead> {
  /** @param limits those not given are `WIRE_LIMITS`; or the parsers that the connections of a server share */
  constructor(handler: ReceiverHandler<RequestHead>, limits: Partial<WireLimits> | HeadParsers = {}) {
    super(handler, limits instanceof HeadParsers ? limits : new HeadParsers("request", limits));
  }

  protected override takeHead(heads: HeadParser): RequestHead {
    return heads.takeRequest();
  }

  protected override frame(head: RequestHead): { framing: BodyFraming; interim: false } {
    const { expect } = head.control;
    // HTTP/1.0 clients cannot expect anything (RFC 9110 section 10.1.1).
    if (expect !== undefined && head.minor === 1 && expect.toLowerCase() !== "100-continue") {
      throw new ProtocolError("ERR_SLUICE_EXPECTATION", { found: expect });
    }
    return { framing: bodyFraming({ role: "request", minor: head.minor }, head.control), interim: false };
  }
}

/** Reads the responses that arrive at a client. */
export class ResponseReceiver extends Receiver<ResponseHead> {
  readonly #methods: string[] = [];

  /** @param limits those not given are `WIRE_LIMITS`; or the parsers that the connections of a client share, with what they let pass */
  constructor(handler: ReceiverHandler<ResponseHead>, limits: Partial<WireLimits> | HeadParsers = {}) {
    super(handler, limits instanceof HeadParsers ? limits : new HeadParsers("response", limits));
  }

  /** Says that a request with this method has been sent. A response that nobody has asked for is an error. */
  expect(method: string): void {
    this.#methods.push(method);
  }

  protected override takeHead(heads: HeadParser): ResponseHead {
    return heads.takeResponse();
  }

  protected override frame(head: ResponseHead): { framing: BodyFraming; interim: boolean } {
    const { minor, status } = head;
    const requestMethod = this.#methods[0];
    // Nothing here asks for another protocol, so 101 is as wrong as a response to nothing (RFC 9110 section 15.2.2).
    if (requestMethod === undefined || status === 101) throw new ProtocolError("ERR_SLUICE_SURPLUS");
    const interim = status < 200;
    if (!interim) this.#methods.shift();
    return {
      framing: bodyFraming(
        { role: "response", minor, status, requestMethod, lenient: this.parsers.lenient },
        head.control,
      ),
      interim,
    };
  }
}
