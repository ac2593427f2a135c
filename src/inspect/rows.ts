import type { ErrorCode } from "../errors.ts";
import type { ChunkExtension } from "../http1/chunk-extensions.ts";

/*
 * What a response is on the wire, as rows. Times are milliseconds since the request was sent; `at` is when the last octet of what a row
 * tells of arrived. Offsets count octets from the first one of the response, interim responses included, unless they say otherwise.
 */

/** A field line of a head or a trailer section. */
export interface WireField {
  readonly name: string;
  /** The value without the white space around it, as latin-1: one character an octet. */
  readonly value: string;
  /** Where the line begins on the wire. */
  readonly offset: number;
  /** Octets of the line, its CR LF included. */
  readonly octets: number;
}

/** A status line with its fields; those of interim responses (1xx) come before the final one. */
export interface HeadRow {
  readonly kind: "head";
  readonly at: number;
  /** When its first octet came. */
  readonly first: number;
  readonly offset: number;
  /** Octets of the head, its final empty line included. */
  readonly octets: number;
  readonly interim: boolean;
  /** The status line as it was sent, as latin-1. */
  readonly line: string;
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly WireField[];
}

/** How the end of the body is found: RFC 9112 section 6.3. */
export interface FramingRow {
  readonly kind: "framing";
  readonly at: number;
  /** Where the body begins. */
  readonly offset: number;
  readonly framing: "none" | "tunnel" | "chunked" | "length" | "close";
  /** The Content-Length, where that is what counts. */
  readonly length: number | undefined;
  /** The step of RFC 9112 section 6.3 that decided. */
  readonly step: 1 | 2 | 4 | 6 | 8;
  /** The same as one sentence. */
  readonly words: string;
  /** The value of Content-Encoding, or "". */
  readonly contentEncoding: string;
  /** The value of Content-Type, or "". */
  readonly contentType: string;
}

/** What octets of a body are once their content coding is undone. */
export interface DecodedSample {
  /** Decoded octets that could be had once this much had arrived, and not before. */
  readonly octets: number;
  /** The first of them. */
  readonly sample: Uint8Array;
}

/** What chunks and pieces have in common. */
interface Carried {
  /** From 1 on. */
  readonly number: number;
  readonly offset: number;
  /** The same, counted from the first octet of the body. */
  readonly bodyOffset: number;
  readonly size: number;
  readonly at: number;
  /** Milliseconds from the last octet of what came before: the head, a chunk, a piece. */
  readonly gap: number;
  /** The first octets that it carried, as they were on the wire. */
  readonly sample: Uint8Array;
  /** Only where there is a content coding that is undone here. */
  readonly decoded?: DecodedSample | undefined;
  /** Events, lines or records that ended in it; only in formats that have them. */
  readonly events?: number | undefined;
}

/** One chunk that carried something (RFC 9112 section 7.1). It is there once its last octet is, or nothing more comes. */
export interface ChunkRow extends Carried {
  readonly kind: "chunk";
  /** Where its data begins; {@link ChunkRow.offset} is where its size does. */
  readonly dataOffset: number;
  /** The size as it was written. */
  readonly digits: string;
  readonly extensions: readonly ChunkExtension[];
  /** Octets that came: fewer than {@link ChunkRow.size} where the response broke off inside it. */
  readonly received: number;
  /** When the first octet of its size came. */
  readonly first: number;
}

/** What one read brought of a body without chunks. Its borders are the network's, and say nothing about how it was written. */
export interface PieceRow extends Carried {
  readonly kind: "piece";
}

/** The chunk of size 0 behind all others. */
export interface LastChunkRow {
  readonly kind: "last-chunk";
  readonly at: number;
  readonly first: number;
  readonly gap: number;
  readonly offset: number;
  readonly bodyOffset: number;
  readonly digits: string;
  readonly extensions: readonly ChunkExtension[];
}

/** A trailer field. */
export interface WireTrailer extends WireField {
  /** Whether the Trailer field of the head named it. */
  readonly declared: boolean;
  /** Whether it may be a trailer; those that may not are dropped (RFC 9110 section 6.5.1). */
  readonly allowed: boolean;
}

/** A trailer section that has fields. */
export interface TrailersRow {
  readonly kind: "trailers";
  readonly at: number;
  readonly offset: number;
  /** Octets of the section, its final empty line included. */
  readonly octets: number;
  readonly fields: readonly WireTrailer[];
}

/**
 * A rule that was broken. What follows it on the wire is counted, and not read; of a fault of the content, read and not decoded. There can
 * be one of each, and the first one counts for the outcome, unless it is about what follows a whole response.
 */
export interface FaultRow {
  readonly kind: "fault";
  readonly at: number;
  /** The octet at which it was broken; of the content, where the octets that show it end. */
  readonly offset: number;
  readonly code: ErrorCode;
  /** The rule, as one sentence without a full stop. */
  readonly rule: string;
  /** Where the rule is written, e.g. `RFC 9112 section 7.1`. */
  readonly section: string | undefined;
  /** What was found instead, as far as it had come, octets as latin-1: 80 characters at most. */
  readonly found: string | undefined;
}

/** A second, tolerant look at a fault, once nothing more comes. */
export interface ExplanationRow {
  readonly kind: "explanation";
  readonly at: number;
  /** The fault's. */
  readonly offset: number;
  /** What has probably happened, in people's words; undefined where there is no telling. */
  readonly sentence: string | undefined;
  /** The octets around the fault, and where they begin. */
  readonly context: { readonly offset: number; readonly octets: Uint8Array };
}

/**
 * How the octets ended: `closed` is an orderly end (FIN, over TLS with close_notify), `cut` a FIN without close_notify, `kept` says that
 * the connection is still open and nothing more is awaited, `timeout` that nothing came for too long, `left` that this side gave up.
 */
export type WireEnd = "closed" | "cut" | "reset" | "kept" | "timeout" | "left";

/** The end of the octets. */
export interface EndingRow {
  readonly kind: "ending";
  readonly at: number;
  /** Octets in all. */
  readonly offset: number;
  readonly how: WireEnd;
}

/** What a response came to, in numbers. */
export interface WireTotals {
  /** Octets on the wire. */
  readonly octets: number;
  /** Octets of heads. */
  readonly head: number;
  /** Octets of the body without its framing. */
  readonly payload: number;
  /** Octets once the content coding was undone; undefined without one. */
  readonly decoded: number | undefined;
  /** Chunks, the last one of size 0 left out. */
  readonly chunks: number;
  readonly pieces: number;
  readonly trailers: number;
  /** When the first octet came. */
  readonly firstByte: number | undefined;
  /** When the last octet of the response came. */
  readonly lastByte: number | undefined;
  /** The longest time between two chunks or pieces, the head among them, and the number of the later one; 0 is the end. */
  readonly longestGap: { readonly ms: number; readonly before: number } | undefined;
}

/** How a response ended, in the words of the client's `Ending`. */
export type WireOutcome = "complete" | "truncated" | "corrupt" | "aborted";

/** The last row. */
export interface VerdictRow {
  readonly kind: "verdict";
  readonly at: number;
  readonly outcome: WireOutcome;
  /** What happened, in one sentence. */
  readonly sentence: string;
  /** What else is worth knowing, a sentence each: stalls, held-back events, dropped trailers. */
  readonly notes: readonly string[];
  readonly totals: WireTotals;
}

/** One row of what happened on the wire. */
export type WireRow =
  | HeadRow
  | FramingRow
  | ChunkRow
  | PieceRow
  | LastChunkRow
  | TrailersRow
  | FaultRow
  | ExplanationRow
  | EndingRow
  | VerdictRow;
