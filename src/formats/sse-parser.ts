import { ProtocolError, UsageError } from "../errors.ts";
import { formatLimits, ITEM_LIMIT } from "./limits.ts";
import { TextParser } from "./text-parser.ts";

/** An event as a reader gets it. */
export interface ReceivedEvent {
  /** The name of the event: `message` where the sender gave none. */
  readonly event: string;
  /** The data, its lines joined with LF. */
  readonly data: string;
  /** The last event id at the moment of this event, which an earlier event may have set; empty before the first. */
  readonly id: string;
}

/** What an {@link SseParser} calls while it reads. */
export interface SseHandler {
  /** An event that is whole: its empty line has come. */
  event(event: ReceivedEvent): void;
  /** How many milliseconds the sender wants a reader to wait before it reconnects: from now on, whole event or not. */
  retry?(milliseconds: number): void;
  /** A comment, without its colon and one space behind it: heartbeats are comments. */
  comment?(text: string): void;
}

/** How much of an event stream is kept, in characters. */
export interface SseLimits {
  /** Of one line, its end excluded. Default 1 MiB. */
  readonly lineLength: number;
  /** Of the data of one event, with an LF between its lines. Default 1 MiB. */
  readonly dataLength: number;
}

/** Options of an {@link SseParser}. */
export interface SseParserOptions extends Partial<SseLimits> {
  /** The last event id of the connection before this one, which a reader that reconnects keeps. Default empty. */
  readonly lastEventId?: string | undefined;
}

const SSE_LIMITS: SseLimits = { lineLength: ITEM_LIMIT, dataLength: ITEM_LIMIT };

const LF = 0x0a;
const SP = 0x20;
const DIGITS = /^[0-9]+$/;

/**
 * Reads an event stream (HTML sections 9.2.5 and 9.2.6) to the letter, whatever the cut of its text.
 *
 *     stream      = [ bom ] *event
 *     event       = *( comment / field ) end-of-line
 *     comment     = colon *any-char end-of-line
 *     field       = 1*name-char [ colon [ space ] *any-char ] end-of-line
 *     end-of-line = ( cr lf / cr / lf )
 *
 * Nothing in a stream is an error but a limit: what a reader does not know it ignores. {@link TextParser.end} returns whether
 * something unfinished was discarded, which the standard wants in silence: a line, or an event whose empty line has not come.
 *
 * `push` throws ProtocolError `ERR_SLUICE_FORMAT_LIMIT`.
 */
export class SseParser extends TextParser<boolean> {
  readonly #handler: SseHandler;
  readonly #limits: SseLimits;
  // The beginning of a line whose end has not come. It is never searched again.
  #pending = "";
  // A CR has ended a line, and text with it: an LF at the start of the next one belongs to it.
  #afterCr = false;
  // The lines of data joined; undefined before the first, since an empty line of data counts, too.
  #data: string | undefined;
  #event = "";
  // The id of an event that is not whole yet; it becomes the last event id with the empty line.
  #id: string;
  #lastEventId: string;
  // Whether a field of the current event has been read.
  #open = false;

  /** @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(handler: SseHandler, options: SseParserOptions = {}) {
    super();
    const { lastEventId = "" } = options;
    if (typeof lastEventId !== "string")
      throw new UsageError("ERR_SLUICE_OPTION", { found: `lastEventId: ${String(lastEventId)}` });
    this.#handler = handler;
    this.#limits = formatLimits(SSE_LIMITS, options);
    this.#id = lastEventId;
    this.#lastEventId = lastEventId;
  }

  /** What a reader that reconnects now sends as Last-Event-ID, unless it is empty. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  protected override read(text: string): void {
    let at = 0;
    if (this.#afterCr) {
      this.#afterCr = false;
      if (text.charCodeAt(0) === LF) at = 1;
    }
    // Each is searched for again only once it has been passed: a text without CR is not searched for one at each line.
    let cr = text.indexOf("\r", at);
    let lf = text.indexOf("\n", at);
    while (cr !== -1 || lf !== -1) {
      const byCr = lf === -1 || (cr !== -1 && cr < lf);
      const end = byCr ? cr : lf;
      if (!byCr && text.charCodeAt(lf + 1) === LF && this.#takeWhole(text, at, lf)) {
        at = lf + 2;
        lf = text.indexOf("\n", at);
        continue;
      }
      this.#takeLine(text, at, end);
      at = end + 1;
      if (byCr) {
        if (at === text.length) this.#afterCr = true;
        if (lf === at) at++;
        cr = text.indexOf("\r", at);
      }
      if (lf !== -1 && lf < at) lf = text.indexOf("\n", at);
    }
    if (at === text.length) return;
    this.#pending += at === 0 ? text : text.slice(at);
    this.#checkLine(this.#pending.length);
  }

  protected override finish(): boolean {
    return this.#open || this.#pending !== "";
  }

  /** The usual event: one line of data, and the empty line is there, too. Says whether it was one; what is over a limit is none. */
  #takeWhole(text: string, start: number, end: number): boolean {
    if (this.#open || this.#pending !== "" || !text.startsWith("data:", start)) return false;
    const value = start + 5;
    const data = text.slice(text.charCodeAt(value) === SP ? value + 1 : value, end);
    if (end - start > this.#limits.lineLength || data.length > this.#limits.dataLength) return false;
    this.#handler.event({ event: "message", data, id: this.#lastEventId });
    return true;
  }

  #takeLine(text: string, start: number, end: number): void {
    this.#checkLine(this.#pending.length + end - start);
    if (this.#pending !== "") {
      const line = this.#pending + text.slice(start, end);
      this.#pending = "";
      this.#readLine(line);
    } else if (start === end) {
      this.#dispatch();
    } else if (text.startsWith("data:", start)) {
      // The usual line, without the slice of the whole of it.
      this.#open = true;
      const value = start + 5;
      this.#addData(text.slice(text.charCodeAt(value) === SP ? value + 1 : value, end));
    } else {
      this.#readLine(text.slice(start, end));
    }
  }

  #readLine(line: string): void {
    const colon = line.indexOf(":");
    const valueAt = line.charCodeAt(colon + 1) === SP ? colon + 2 : colon + 1;
    if (colon === 0) {
      this.#handler.comment?.(line.slice(valueAt));
      return;
    }
    this.#open = true;
    if (colon === -1) this.#readField(line, "");
    else this.#readField(line.slice(0, colon), line.slice(valueAt));
  }

  #readField(name: string, value: string): void {
    switch (name) {
      case "data":
        this.#addData(value);
        break;
      case "event":
        this.#event = value;
        break;
      case "id":
        if (!value.includes("\0")) this.#id = value;
        break;
      case "retry":
        if (DIGITS.test(value)) this.#handler.retry?.(Math.min(Number(value), Number.MAX_SAFE_INTEGER));
        break;
      default: // unknown fields are ignored
    }
  }

  #addData(value: string): void {
    const data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    if (data.length > this.#limits.dataLength) {
      const found = `data of more than ${this.#limits.dataLength} characters`;
      throw new ProtocolError("ERR_SLUICE_FORMAT_LIMIT", { found });
    }
    this.#data = data;
  }

  /** The empty line: the event ends, dispatched or not. */
  #dispatch(): void {
    const data = this.#data;
    const event = this.#event;
    this.#lastEventId = this.#id;
    this.#data = undefined;
    this.#event = "";
    this.#open = false;
    if (data === undefined) return;
    this.#handler.event({ event: event === "" ? "message" : event, data, id: this.#lastEventId });
  }

  #checkLine(length: number): void {
    if (length <= this.#limits.lineLength) return;
    const found = `a line of more than ${this.#limits.lineLength} characters`;
    throw new ProtocolError("ERR_SLUICE_FORMAT_LIMIT", { found });
  }
}
