import type { Http2Stream, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { Outlet } from "../socket/outlet.ts";
import { endStream, guardEnd } from "./own-end.ts";
import { guardTrailers } from "./own-trailers.ts";

/**
 * Octets that node:http2 is given at a time: what it has been given counts as held by its session, which takes no more streams beyond
 * 10 MB of it. With less, what is urgent would have nothing to send whenever its turn comes.
 */
const WRITE = 64 * 1024;
/**
 * Octets whose leaving is told: those of a frame. A reader that takes less in the time of a write counts as one that takes nothing.
 */
const PART = 16 * 1024;

/**
 * Whether node:http2 takes several writes of one stream at a time. A stream hands it one after the other, and from Node 24 on it keeps what
 * it knows of a write on the stream, where a second one would take its place: there the leaving of a whole write is told.
 */
const TAKES_PARTS =
  "bun" in process.versions ||
  "deno" in process.versions ||
  Number(process.versions.node.split(".", 1)[0]) < 24;

const PASSED = Symbol("sluice.passed");

interface PartedStream extends Http2Stream {
  /** Octets of the write that is under way which have left. */
  [PASSED]?: number;
}

/** What a stream of HTTP/2 has to write, of a request or of an answer: in pieces whose leaving can be watched, and up to its end. */
export class StreamOutlet extends Outlet {
  readonly #stream: PartedStream;

  /** @param isOpen whether anything will be written; without a body node:http2 itself ends the stream, with the head */
  constructor(stream: Http2Stream, isOpen: boolean) {
    super(stream);
    this.#stream = stream;
    if (!isOpen) return;
    guardEnd(stream);
    const own = stream as unknown as OwnWriting;
    // One write after the other: many in one are one to node:http2.
    own._writev = undefined;
    if (TAKES_PARTS) own._write = writeInParts;
  }

  override text(latin1: string): void {
    if (latin1.length <= WRITE) super.text(latin1);
    else for (let at = 0; at < latin1.length; at += WRITE) super.text(latin1.slice(at, at + WRITE));
  }

  override bytes(view: Uint8Array): void {
    if (view.length <= WRITE) super.bytes(view);
    else for (let at = 0; at < view.length; at += WRITE) super.bytes(view.subarray(at, at + WRITE));
  }

  /** Octets that flow control has let pass, for telling a slow reader from one that has stopped. */
  get taken(): number {
    return this.total - this.backlog + (this.#stream[PASSED] ?? 0);
  }

  /** The end: what was written is complete. @param trailers undefined where none were announced, and nobody waits for them */
  end(trailers: OutgoingHttpHeaders | undefined): void {
    this.flush();
    // Both kinds of stream have what the type of their base leaves out.
    const stream = this.#stream as ServerHttp2Stream;
    if (trailers !== undefined) {
      guardTrailers(stream);
      stream.once("wantTrailers", () => stream.sendTrailers(trailers));
    }
    endStream(stream);
  }
}

type Write = (
  this: Http2Stream,
  data: string | Uint8Array,
  encoding: string,
  callback: (error?: Error | null) => void,
) => void;

/** What a stream asks to write, in the place of what its class has. */
interface OwnWriting {
  _writev: undefined;
  _write: Write;
}

/** Hands all parts of a write over at once, so that none waits for another, and the end behind them for none. */
function writeInParts(
  this: PartedStream,
  data: string | Uint8Array,
  encoding: string,
  callback: (error?: Error | null) => void,
): void {
  const { _write: write } = Object.getPrototypeOf(this) as { _write: Write };
  const { length } = data;
  // Only of latin-1 text does one character make one octet.
  if (length <= PART || (typeof data === "string" && encoding !== "latin1")) {
    write.call(this, data, encoding, callback);
    return;
  }
  let passed = 0;
  let failure: Error | null | undefined;
  for (let at = 0; at < length; at += PART) {
    const part = typeof data === "string" ? data.slice(at, at + PART) : data.subarray(at, at + PART);
    write.call(this, part, encoding, (error) => {
      failure ??= error;
      passed += part.length;
      this[PASSED] = passed < length ? passed : 0;
      if (passed === length) callback(failure);
    });
  }
}
