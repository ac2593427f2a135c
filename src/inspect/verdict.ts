import type { ChunkScene } from "./chunked-rows.ts";
import type { FaultRow, HeadRow, VerdictRow, WireEnd, WireOutcome, WireRow, WireTotals } from "./rows.ts";
import { bytesOf, countOf, duration, grouped, spelled } from "./wording.ts";

/** What is being read, or why nothing is. */
export type Phase = "head" | "length" | "chunked" | "close" | "tunnel" | "after" | "fault";

/** What came of the content, for the verdict. */
export interface ContentEnding {
  /** The content coding or a digest is not what it says. */
  readonly fault?: FaultRow | undefined;
  /** Octets once the coding was undone. */
  readonly decoded?: number | undefined;
  /** The chunk or piece in which most events or lines ended. */
  readonly burst?: { readonly noun: string; readonly events: number; readonly number: number } | undefined;
}

/** A silence from here on is worth a note. */
const NOTABLE_GAP = 500;
/** Chunks that all come within this time, after a wait, have been gathered. */
const AT_ONCE = 5;
const NOTABLE_CHUNKS = 3;
const NOTABLE_EVENTS = 3;

/** Counts what rows tell. */
export class Tally {
  chunks = 0;
  pieces = 0;
  trailers = 0;
  payload = 0;
  heads = 0;
  /** When the last octet of the head, or of the chunk or piece before, came. */
  last = 0;
  firstByte: number | undefined;
  lastByte: number | undefined;
  longest: WireTotals["longestGap"];
  dropped: string[] = [];
  undeclared: string[] = [];
  #firstChunk: number | undefined;
  #lastChunk = 0;

  arrived(at: number, first: boolean): void {
    if (first) this.firstByte = at;
    this.lastByte = at;
  }

  row(row: WireRow): void {
    switch (row.kind) {
      case "head":
        this.heads += row.octets;
        this.last = row.at;
        return;
      case "chunk":
      case "piece":
        if (row.kind === "piece") this.pieces++;
        else this.chunks++;
        this.payload += row.kind === "piece" ? row.size : row.received;
        this.#gap(row.gap, row.number);
        this.last = row.at;
        this.#firstChunk ??= row.kind === "piece" ? row.at : row.first;
        this.#lastChunk = row.at;
        return;
      case "last-chunk":
        this.#gap(row.gap, 0);
        this.last = row.at;
        return;
      case "trailers":
        for (const { name, allowed, declared } of row.fields) {
          if (!allowed) this.dropped.push(name);
          else if (!declared) this.undeclared.push(name);
          if (allowed) this.trailers++;
        }
        return;
      default:
    }
  }

  /** Nothing came until now, and the response was not over. */
  silence(at: number): void {
    this.#gap(at - this.last, 0);
  }

  /** Whether all came at once, after a wait. */
  get gathered(): boolean {
    const waited = this.#firstChunk ?? 0;
    return this.chunks >= NOTABLE_CHUNKS && waited >= NOTABLE_GAP && this.#lastChunk - waited <= AT_ONCE;
  }

  #gap(ms: number, before: number): void {
    if (ms > (this.longest?.ms ?? 0)) this.longest = { ms, before };
  }
}

/** What a verdict is made of. */
export interface Evidence {
  readonly phase: Phase;
  readonly how: WireEnd;
  readonly at: number;
  readonly fault: FaultRow | undefined;
  readonly explanation: string | undefined;
  readonly head: HeadRow | undefined;
  readonly octets: number;
  readonly length: number;
  /** Octets of the length that have not come. */
  readonly missing: number;
  readonly lastChunk: boolean;
  readonly openChunk: ChunkScene | undefined;
  readonly content: ContentEnding | undefined;
  readonly tally: Tally;
}

/** The verdict: what happened, how it ended, in one sentence. */
export function verdictOf(evidence: Evidence): VerdictRow {
  const { tally, content, octets, at } = evidence;
  const [outcome, sentence] = judgement(evidence);
  return {
    kind: "verdict",
    at,
    outcome,
    sentence: `${sentence}.`,
    notes: notesOf(evidence),
    totals: {
      octets,
      head: tally.heads,
      payload: tally.payload,
      decoded: content?.decoded,
      chunks: tally.chunks,
      pieces: tally.pieces,
      trailers: tally.trailers,
      firstByte: tally.firstByte,
      lastByte: tally.lastByte,
      longestGap: tally.longest,
    },
  };
}

function judgement(evidence: Evidence): [WireOutcome, string] {
  const { phase, how, fault, explanation, content, tally } = evidence;
  if (phase === "after" && content?.fault !== undefined) {
    const { code, rule } = content.fault;
    return [
      contentOutcome(code),
      `The framing is whole (${summary(evidence)}), but the content is not: ${contentWords(code, rule)}`,
    ];
  }
  if (phase === "after" && fault !== undefined)
    return ["complete", `Complete by its framing (${summary(evidence)}), but ${explanation ?? fault.rule}`];
  if (phase === "after") return ["complete", `Complete: ${summary(evidence)}`];
  if (phase === "tunnel") return ["complete", "Complete: the head has made the connection a tunnel"];
  if (fault !== undefined) {
    const truncated = fault.code === "ERR_SLUICE_TRUNCATED" || fault.code === "ERR_SLUICE_CONNECTION_LOST";
    const where = fault.section === undefined ? "" : ` (${fault.section})`;
    const why = explanation ?? `${fault.rule}${where}`;
    return truncated
      ? ["truncated", evidence.octets === 0 ? why : `Truncated at byte ${grouped(fault.offset)}: ${why}`]
      : ["corrupt", `Broken at byte ${grouped(fault.offset)}: ${why}`];
  }
  if (phase === "close" && how === "closed") {
    const all = "only the close ended it, so nobody can tell whether that was all";
    if (content?.fault !== undefined) {
      const { code, rule } = content.fault;
      return [contentOutcome(code), `Not whole: ${summary(evidence)}; ${contentWords(code, rule)}`];
    }
    return ["complete", `Complete as far as anybody can tell: ${summary(evidence)}; ${all}`];
  }
  const lead = how === "timeout" ? "Timed out" : "Left";
  return [
    "aborted",
    `${lead} after ${duration(evidence.at)}: ${tally.firstByte === undefined ? "not a byte of a response has come" : unfinished(evidence)}`,
  ];
}

/** `12 chunks, 3,456 bytes, in 2.1 s, first byte after 120 ms; two trailers`. */
function summary({ head, tally, content, lastChunk, length }: Evidence): string {
  const parts: string[] = [];
  const decoded = content?.decoded === undefined ? "" : ` (${grouped(content.decoded)} decoded)`;
  if (lastChunk) parts.push(countOf(tally.chunks, "chunk"));
  if (tally.payload > 0 || length > 0 || tally.chunks > 0) parts.push(bytesOf(tally.payload) + decoded);
  else if (parts.length === 0) parts.push(`status ${head?.status ?? 0} without a body`);
  if (tally.lastByte !== undefined) parts.push(`in ${duration(tally.lastByte)}`);
  if (tally.firstByte !== undefined) parts.push(`first byte after ${duration(tally.firstByte)}`);
  const trailers = tally.trailers === 0 ? "" : `; ${spelled(tally.trailers, "trailer")}`;
  return parts.join(", ") + trailers;
}

/** What was still to come. */
function unfinished({ phase, tally, openChunk, lastChunk, missing, length, head, octets }: Evidence): string {
  if (phase === "head")
    return head === undefined && tally.heads > 0
      ? "an interim response came, and no final one"
      : `the head is not whole after ${bytesOf(octets)}`;
  if (phase === "length")
    return `${grouped(length - missing)} of ${bytesOf(length)} have come, ${grouped(missing)} are missing`;
  if (phase === "close")
    return `${bytesOf(tally.payload)} have come, and the server has not closed the connection`;
  if (openChunk !== undefined)
    return `${grouped(openChunk.received)} of the ${bytesOf(openChunk.size)} of chunk ${openChunk.number} have come`;
  if (lastChunk) return "the last chunk has come, and the empty line behind it has not";
  return `${countOf(tally.chunks, "chunk")}, ${bytesOf(tally.payload)} have come, and no last chunk`;
}

function contentOutcome(code: FaultRow["code"]): WireOutcome {
  return code === "ERR_SLUICE_CODED_TRUNCATED" ? "truncated" : "corrupt";
}

function contentWords(code: FaultRow["code"], rule: string): string {
  switch (code) {
    case "ERR_SLUICE_CODED_TRUNCATED":
      return "its content coding breaks off before its end, so the sender did not finish the compressed stream";
    case "ERR_SLUICE_CODED_CORRUPT":
      return "it is not what its Content-Encoding says, or octets follow its end";
    case "ERR_SLUICE_DIGEST_MISMATCH":
      return "its digest is another one than announced";
    case "ERR_SLUICE_DECODED_TOO_LARGE":
      return "decoded, it grows out of all proportion";
    default:
      return rule;
  }
}

function notesOf({ phase, how, tally, content }: Evidence): string[] {
  const notes: string[] = [];
  const { longest, dropped, undeclared } = tally;
  if (longest !== undefined && longest.ms >= NOTABLE_GAP) {
    const noun = tally.chunks > 0 ? "chunk" : "piece";
    notes.push(
      `Longest gap: ${duration(longest.ms)} before ${longest.before === 0 ? "the end" : `${noun} ${grouped(longest.before)}`}.`,
    );
  }
  const burst = content?.burst;
  if (burst !== undefined && burst.events >= NOTABLE_EVENTS) {
    const noun = tally.chunks > 0 ? "Chunk" : "Piece";
    notes.push(
      `${noun} ${grouped(burst.number)} brought ${countOf(burst.events, burst.noun)} at once: where they did not happen at once, something on the way held them back (buffering).`,
    );
  }
  if (tally.gathered)
    notes.push(
      `All ${grouped(tally.chunks)} chunks came within ${AT_ONCE} ms, after a wait: something may have gathered them (buffering).`,
    );
  if (dropped.length > 0)
    notes.push(`Dropped, since no trailer may be one: ${dropped.join(", ")} (RFC 9110 section 6.5.1).`);
  if (undeclared.length > 0) notes.push(`Trailers that the head did not declare: ${undeclared.join(", ")}.`);
  if (how === "cut" && phase === "after")
    notes.push("The connection ended without close_notify; the framing had its own end, so nothing is lost.");
  if (how === "reset" && phase === "after")
    notes.push("The connection was reset behind the end of the response.");
  return notes;
}
