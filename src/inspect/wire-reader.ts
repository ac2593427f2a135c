import { ProtocolError, UsageError } from "../errors.ts";
import { type BodyFraming, bodyFraming } from "../http1/body-framing.ts";
import type { ResponseHead } from "../http1/head.ts";
import { ChunkedRows } from "./chunked-rows.ts";
import { framingFieldOffset } from "./fault-row.ts";
import { FaultWatch } from "./fault-watch.ts";
import { framingWords } from "./framing-words.ts";
import { HeadRows } from "./head-rows.ts";
import type { HeldOctets } from "./held-octets.ts";
import { PlainRows } from "./plain-rows.ts";
import { isReading, type Phase, type ReadState } from "./read-state.ts";
import type { HeadRow, VerdictRow, WireEnd, WireRow } from "./rows.ts";
import { Tally } from "./tally.ts";
import { verdictOf } from "./verdict.ts";
import {
  type EndDetails,
  readerSettings,
  type WireReaderOptions,
  type WireReaderSettings,
} from "./wire-reader-options.ts";

/** What the octets are: of a head, of the framing of a body (trailers included), of its payload, or behind a fault or the end. */
export type WirePart = "head" | "framing" | "payload" | "unread";

/** What a {@link WireReader} calls while it reads. Views are valid until the callback returns. */
export interface WireHandler {
  /** A row, as soon as what it tells of is over. */
  row(row: WireRow): void;
  /** Each octet once, in order. `offset` is where the view begins on the wire. */
  octets?(part: WirePart, view: Uint8Array, offset: number): void;
}

/**
 * Reads one response as it is on the wire, whatever the cut of its input, and tells of it in rows. It knows no socket. The strict parsers
 * of `sluice/http1` judge, so that its verdict is the client's; behind a fault nothing is read, but some octets are kept for a second,
 * tolerant look. Memory: a head, two chunks of 16 KiB, and the trailers at most.
 */
export class WireReader {
  // Those of the caller; each row is counted first.
  readonly #row: WireHandler["row"];
  readonly #octets: NonNullable<WireHandler["octets"]>;
  readonly #settings: WireReaderSettings;
  readonly #heads: HeadRows;
  readonly #faults: FaultWatch;
  readonly #tally = new Tally();
  #phase: Phase = "head";
  // Octets of earlier reads.
  #offset = 0;
  #interim = 0;
  #head: HeadRow | undefined;
  #bodyStart = 0;
  #chunks: ChunkedRows | undefined;
  #plain: PlainRows | undefined;
  #length = 0;
  #lastAt = 0;
  #ended = false;

  /** @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(handler: WireHandler, options: WireReaderOptions = {}) {
    const settings = readerSettings(options);
    this.#row = (row) => {
      this.#tally.row(row);
      handler.row(row);
    };
    this.#octets = (part, view, offset) => handler.octets?.(part, view, offset);
    this.#settings = settings;
    this.#heads = new HeadRows(settings.limits);
    this.#faults = new FaultWatch(this.#row);
  }

  /**
   * Whether nothing more is awaited: the response is whole, or what follows a fault has been seen far enough. That is 8 KiB, which may
   * never come: who reads from an open connection needs a deadline, too.
   */
  get done(): boolean {
    return this.#phase === "fault" ? this.#faults.seenEnough(this.#offset) : this.whole;
  }

  /** Whether the response is whole. One that ends with its connection is not before {@link WireReader.end}. */
  get whole(): boolean {
    return this.#phase === "after" || this.#phase === "tunnel";
  }

  /** Whether the body has ended well, now that the octets end in this way. */
  endsWell(how: WireEnd): boolean {
    return this.whole || (this.#phase === "close" && how === "closed");
  }

  /** Octets that have been received. */
  get received(): number {
    return this.#offset;
  }

  /**
   * Reads on. Nothing that a peer sends makes it throw.
   * @param at milliseconds since the request was sent
   * @throws UsageError `ERR_SLUICE_OUT_OF_ORDER` after {@link WireReader.end}
   */
  receive(bytes: Uint8Array, at: number): void {
    if (this.#ended) throw new UsageError("ERR_SLUICE_OUT_OF_ORDER");
    if (bytes.length === 0) return;
    this.#tally.arrived(at, this.#offset === 0);
    this.#lastAt = at;
    let position = 0;
    while (position < bytes.length) position = this.#read(bytes, position, at);
    this.#offset += bytes.length;
  }

  /**
   * Says that nothing will follow, and tells the rest: the explanation of a fault, the ending, the verdict.
   * @throws UsageError `ERR_SLUICE_OUT_OF_ORDER` the second time
   */
  end(how: WireEnd, at: number, { content, why }: EndDetails = {}): VerdictRow {
    if (this.#ended) throw new UsageError("ERR_SLUICE_OUT_OF_ORDER");
    this.#ended = true;
    this.#chunks?.breakOff(this.#lastAt);
    const state: ReadState = {
      phase: this.#phase,
      how,
      method: this.#settings.method,
      head: this.#head,
      received: this.#offset,
      length: this.#length,
      missing: this.#plain?.missing ?? 0,
      continuations: this.#plain?.continuations ?? 0,
      chunk: this.#chunks?.scene,
    };
    const faults = this.#faults;
    if (isReading(state.phase) && !this.endsWell(how) && how !== "left") {
      this.#tally.silence(at);
      if (how !== "timeout") faults.truncated(state, at);
    }
    const explanation = faults.explain(state, this.#reading, this.#chunks?.previous, at);
    this.#row({ kind: "ending", at, offset: this.#offset, how });
    const { fault } = faults;
    const verdict = verdictOf({
      ...state,
      at,
      fault,
      explanation,
      content,
      why,
      timed: this.#settings.timed,
      tally: this.#tally,
    });
    this.#row(verdict);
    return verdict;
  }

  /** What has come of the head or the chunk that is being read. */
  get #reading(): HeldOctets | undefined {
    if (this.#phase === "chunked") return this.#chunks!.current;
    return this.#phase === "head" ? this.#heads.held : undefined;
  }

  #read(bytes: Uint8Array, start: number, at: number): number {
    switch (this.#phase) {
      case "head":
        return this.#readHead(bytes, start, at);
      case "chunked":
        return this.#readChunked(bytes, start, at);
      case "length":
      case "close":
        return this.#readPlain(bytes, start, at);
      default: // Behind the end, a fault or the head of a tunnel.
        if (this.#phase === "after" && this.#faults.fault === undefined)
          this.#faults.refuse(new ProtocolError("ERR_SLUICE_SURPLUS"), this.#faults.over, at);
        this.#octets("unread", bytes.subarray(start), this.#offset + start);
        this.#faults.unread(bytes, start, this.#offset);
        return bytes.length;
    }
  }

  #readHead(bytes: Uint8Array, start: number, at: number): number {
    const heads = this.#heads;
    let next;
    try {
      next = heads.read(bytes, start, this.#offset, at);
    } catch (error) {
      const fault = heads.held.start + ((error as ProtocolError).offset ?? 0);
      return this.#stop(error, fault, bytes, start, "head", at);
    }
    this.#octets("head", bytes.subarray(start, next), this.#offset + start);
    if (heads.complete) {
      const { head, row } = heads.take(at);
      this.#headComplete(head, row, at);
      heads.held.restart(this.#offset + next);
    }
    return next;
  }

  #headComplete(head: ResponseHead, row: HeadRow, at: number): void {
    const end = row.offset + row.octets;
    this.#row(row);
    let framing: BodyFraming;
    try {
      // Nothing here asks for another protocol, so 101 is wrong (RFC 9110 section 15.2.2).
      if (head.status === 101) throw new ProtocolError("ERR_SLUICE_SURPLUS");
      const message = {
        role: "response",
        minor: head.minor,
        status: head.status,
        requestMethod: this.#settings.method,
      } as const;
      framing = bodyFraming(message, head.control);
    } catch (error) {
      this.#refuseHead(error, row, framingFieldOffset(row), at);
      return;
    }
    if (row.interim) {
      if (++this.#interim > this.#settings.interim)
        this.#refuseHead(new ProtocolError("ERR_SLUICE_TOO_MANY_INTERIM"), row, row.offset, at);
      return;
    }
    this.#head = row;
    this.#bodyStart = end;
    this.#row({
      kind: "framing",
      at,
      offset: end,
      framing: framing.kind,
      length: framing.kind === "length" ? framing.length : undefined,
      ...framingWords(framing, this.#settings.method, head.status),
      contentEncoding: head.fields.get("content-encoding") ?? "",
      contentType: head.fields.get("content-type") ?? "",
    });
    this.#begin(framing, end, at);
  }

  /** Stops reading behind a head that is whole. */
  #refuseHead(error: unknown, row: HeadRow, offset: number, at: number): void {
    this.#head = row;
    this.#phase = "fault";
    this.#faults.stop(row.offset + row.octets, this.#heads.held);
    this.#faults.refuse(error, offset, at);
  }

  #begin(framing: BodyFraming, end: number, at: number): void {
    const handler = { row: this.#row, octets: this.#octets };
    switch (framing.kind) {
      case "none":
        this.#finish(end);
        return;
      case "chunked":
        this.#phase = "chunked";
        this.#chunks = new ChunkedRows(handler, {
          head: this.#head!,
          bodyStart: end,
          sampleBytes: this.#settings.sampleBytes,
          limits: this.#settings.limits,
        });
        return;
      case "length":
      case "close": {
        const length = framing.kind === "length" ? framing.length : undefined;
        const context = { bodyStart: end, length, lastAt: at, sampleBytes: this.#settings.sampleBytes };
        this.#length = length ?? 0;
        this.#phase = framing.kind;
        this.#plain = new PlainRows(handler, context);
        if (length === 0) this.#finish(end);
        return;
      }
      default:
        this.#phase = "tunnel";
        this.#faults.finish(end);
    }
  }

  #finish(end: number): void {
    this.#phase = "after";
    this.#faults.finish(end);
  }

  #readPlain(bytes: Uint8Array, start: number, at: number): number {
    const plain = this.#plain!;
    const next = plain.read(bytes, start, this.#offset, at);
    if (this.#phase === "length" && plain.missing === 0) this.#finish(this.#offset + next);
    return next;
  }

  #readChunked(bytes: Uint8Array, start: number, at: number): number {
    const chunks = this.#chunks!;
    try {
      const next = chunks.read(bytes, start, this.#offset, at);
      if (chunks.done) this.#finish(this.#offset + next);
      return next;
    } catch (error) {
      const fault = this.#bodyStart + ((error as ProtocolError).offset ?? 0);
      return this.#stop(error, fault, bytes, chunks.told, "framing", at);
    }
  }

  /** Stops reading: from `told` on, octets before the fault still belong to `part`, the rest to nothing. Returns the end of the piece. */
  #stop(error: unknown, fault: number, bytes: Uint8Array, told: number, part: WirePart, at: number): number {
    const border = Math.min(Math.max(fault - this.#offset, told), bytes.length);
    if (border > told) this.#octets(part, bytes.subarray(told, border), this.#offset + told);
    if (border < bytes.length) this.#octets("unread", bytes.subarray(border), this.#offset + border);
    this.#phase = "fault";
    this.#faults.stop(fault, this.#chunks?.current ?? this.#heads.held);
    this.#faults.unread(bytes, 0, this.#offset);
    this.#faults.refuse(error, fault, at);
    return bytes.length;
  }
}
