import { ProtocolError, TruncatedError, UsageError } from "../errors.ts";
import { type BodyFraming, bodyFraming } from "../http1/body-framing.ts";
import type { ResponseHead } from "../http1/head.ts";
import type { WireLimits } from "../http1/limits.ts";
import { explanationRow } from "./explanation-row.ts";
import { faultRow, framingFieldOffset } from "./fault-row.ts";
import { framingWords } from "./framing-words.ts";
import { HeadRows } from "./head-rows.ts";
import { HeldOctets } from "./held-octets.ts";
import { PlainRows } from "./plain-rows.ts";
import { ChunkedRows } from "./chunked-rows.ts";
import type { FaultRow, HeadRow, VerdictRow, WireEnd, WireRow } from "./rows.ts";
import { type ContentEnding, type Phase, Tally, verdictOf } from "./verdict.ts";

/** What the octets are: of a head, of the framing of a body (trailers included), of its payload, or behind a fault or the end. */
export type WirePart = "head" | "framing" | "payload" | "unread";

/** What a {@link WireReader} calls while it reads. Views are valid until the callback returns. */
export interface WireHandler {
  /** A row, as soon as what it tells of is over. */
  row(row: WireRow): void;
  /** Each octet once, in order. `offset` is where the view begins on the wire. */
  octets?(part: WirePart, view: Uint8Array, offset: number): void;
}

/** What a {@link WireReader} has to know. */
export interface WireReaderOptions {
  /** The method of the request. Default GET. */
  readonly method?: string | undefined;
  /** Those not given are `WIRE_LIMITS`. */
  readonly limits?: Partial<WireLimits> | undefined;
  /** Octets of each chunk or piece that a row shows. Default 256. */
  readonly sampleBytes?: number | undefined;
}

/** Octets behind a fault that the second look sees. */
const LOOK_AHEAD = 8192;
const DEFAULT_SAMPLE = 256;

/**
 * Reads one response as it is on the wire, whatever the cut of its input, and tells of it in rows. It knows no socket. The strict parsers
 * of `sluice/http1` judge, so that its verdict is the client's; behind a fault nothing is read, but some octets are kept for a second,
 * tolerant look. Memory: a head, two chunks of 16 KiB, and the trailers at most.
 */
export class WireReader {
  readonly #handler: WireHandler;
  readonly #method: string;
  readonly #limits: Partial<WireLimits>;
  readonly #sampleBytes: number;
  readonly #heads: HeadRows;
  readonly #tally = new Tally();
  #phase: Phase = "head";
  // Octets of earlier reads.
  #offset = 0;
  #head: HeadRow | undefined;
  #bodyStart = 0;
  #chunks: ChunkedRows | undefined;
  #plain: PlainRows | undefined;
  #length = 0;
  // The octets around a fault of a head, and those behind any fault and behind the end of the response.
  readonly #held = new HeldOctets();
  #fault: FaultRow | undefined;
  // Where the response was over, or stopped being read.
  #over = 0;
  #lastAt = 0;
  #ended = false;

  /** @throws UsageError `ERR_SLUICE_OPTION` */
  constructor(handler: WireHandler, options: WireReaderOptions = {}) {
    const { method = "GET", limits = {}, sampleBytes = DEFAULT_SAMPLE } = options;
    if (!Number.isSafeInteger(sampleBytes) || sampleBytes < 0)
      throw new UsageError("ERR_SLUICE_OPTION", { found: `sampleBytes: ${String(sampleBytes)}` });
    this.#handler = handler;
    this.#method = method;
    this.#limits = limits;
    this.#sampleBytes = sampleBytes;
    this.#heads = new HeadRows(limits);
  }

  /** Whether nothing more is awaited: the response is whole, or what follows a fault has been seen far enough. */
  get done(): boolean {
    if (this.#phase === "fault") return this.#offset - this.#over >= LOOK_AHEAD;
    return this.#phase === "after" || this.#phase === "tunnel";
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
   * @param content what came of the content, where somebody has decoded it
   * @throws UsageError `ERR_SLUICE_OUT_OF_ORDER` the second time
   */
  end(how: WireEnd, at: number, content?: ContentEnding): VerdictRow {
    if (this.#ended) throw new UsageError("ERR_SLUICE_OUT_OF_ORDER");
    this.#ended = true;
    this.#chunks?.breakOff(this.#lastAt);
    const phase = this.#phase;
    const broken = !this.whole && phase !== "fault" && !this.endsWell(how);
    if (broken && how !== "left") this.#tally.silence(at);
    if (broken && how !== "left" && how !== "timeout") this.#truncated(at, how);
    const explanation = this.#explain(how, at);
    this.#row({ kind: "ending", at, offset: this.#offset, how });
    const verdict = verdictOf({
      phase,
      how,
      at,
      fault: this.#fault,
      explanation,
      head: this.#head,
      octets: this.#offset,
      length: this.#length,
      missing: this.#plain?.missing ?? 0,
      lastChunk: this.#chunks?.lastChunk ?? false,
      openChunk: this.#chunks?.open,
      content,
      tally: this.#tally,
    });
    this.#row(verdict);
    return verdict;
  }

  #row(row: WireRow): void {
    this.#tally.row(row);
    this.#handler.row(row);
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
        if (this.#phase === "after" && this.#fault === undefined)
          this.#refuse(new ProtocolError("ERR_SLUICE_SURPLUS"), this.#over, at);
        this.#handler.octets?.("unread", bytes.subarray(start), this.#offset + start);
        this.#held.append(bytes, start, bytes.length, this.#over + LOOK_AHEAD - this.#held.start);
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
    this.#handler.octets?.("head", bytes.subarray(start, next), this.#offset + start);
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
        requestMethod: this.#method,
      } as const;
      framing = bodyFraming(message, head.control);
    } catch (error) {
      this.#head = row;
      this.#phase = "fault";
      this.#over = end;
      this.#hold(this.#heads.held);
      this.#refuse(error, framingFieldOffset(row), at);
      return;
    }
    if (row.interim) return;
    this.#head = row;
    this.#bodyStart = end;
    this.#row({
      kind: "framing",
      at,
      offset: end,
      framing: framing.kind,
      length: framing.kind === "length" ? framing.length : undefined,
      ...framingWords(framing, this.#method, head.status),
      contentEncoding: head.fields.get("content-encoding") ?? "",
      contentType: head.fields.get("content-type") ?? "",
    });
    this.#begin(framing, end, at);
  }

  #begin(framing: BodyFraming, end: number, at: number): void {
    const handler = {
      row: (row: WireRow) => this.#row(row),
      octets: (part: WirePart, view: Uint8Array, offset: number) =>
        this.#handler.octets?.(part, view, offset),
    };
    switch (framing.kind) {
      case "none":
        this.#finish(end);
        return;
      case "chunked":
        this.#phase = "chunked";
        this.#chunks = new ChunkedRows(handler, {
          head: this.#head!,
          bodyStart: end,
          sampleBytes: this.#sampleBytes,
          limits: this.#limits,
        });
        return;
      case "length":
      case "close": {
        const length = framing.kind === "length" ? framing.length : undefined;
        const context = { bodyStart: end, length, lastAt: at, sampleBytes: this.#sampleBytes };
        this.#length = length ?? 0;
        this.#phase = framing.kind;
        this.#plain = new PlainRows(handler, context);
        if (length === 0) this.#finish(end);
        return;
      }
      default:
        this.#phase = "tunnel";
        this.#over = end;
        this.#held.restart(end);
    }
  }

  #finish(end: number): void {
    this.#phase = "after";
    this.#over = end;
    this.#held.restart(end);
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
    if (border > told) this.#handler.octets?.(part, bytes.subarray(told, border), this.#offset + told);
    if (border < bytes.length)
      this.#handler.octets?.("unread", bytes.subarray(border), this.#offset + border);
    this.#phase = "fault";
    this.#over = fault;
    this.#hold(this.#chunks?.current ?? this.#heads.held);
    const next = this.#held.end - this.#offset;
    this.#held.append(bytes, Math.max(next, 0), bytes.length, fault + LOOK_AHEAD - this.#held.start);
    this.#refuse(error, fault, at);
    return bytes.length;
  }

  #hold(octets: HeldOctets): void {
    this.#held.restart(octets.start);
    this.#held.append(octets.octets, 0, octets.length);
  }

  #refuse(error: unknown, offset: number, at: number): void {
    // The parsers throw nothing else; a fault of ours is not the peer's.
    if (!(error instanceof ProtocolError)) throw error;
    this.#fault = faultRow(error, offset, at);
    this.#row(this.#fault);
  }

  #truncated(at: number, how: WireEnd): void {
    const layer = this.#phase === "close" && how === "cut" ? "tls" : this.#phase;
    const error =
      this.#phase === "head" && this.#offset === 0
        ? new ProtocolError("ERR_SLUICE_CONNECTION_LOST")
        : new TruncatedError("ERR_SLUICE_TRUNCATED", layer as "head");
    this.#over = this.#offset;
    this.#refuse(error, this.#offset, at);
  }

  #explain(how: WireEnd, at: number): string | undefined {
    const fault = this.#fault;
    if (fault === undefined) return undefined;
    const scene = {
      fault,
      phase: this.#phase,
      how,
      method: this.#method,
      head: this.#head,
      received: this.#offset,
      over: this.#over,
      length: this.#length,
      missing: this.#plain?.missing ?? 0,
      continuations: this.#plain?.continuations ?? 0,
      chunk: this.#chunks?.scene,
    };
    const row = explanationRow(scene, this.#around(), this.#chunks?.previous, at);
    this.#row(row);
    return row.sentence;
  }

  /** The octets at which reading stopped. */
  #around(): HeldOctets {
    if (this.#phase === "chunked") return this.#chunks!.current;
    return this.#phase === "head" ? this.#heads.held : this.#held;
  }
}
