import type { ReadState } from "./read-state.ts";
import type { ErrorCode } from "../errors.ts";
import type { FaultRow, VerdictRow, WireOutcome } from "./rows.ts";
import { AT_ONCE, NOTABLE_GAP, type Tally } from "./tally.ts";
import { bytesOf, countOf, duration, grouped, spelled } from "./wording.ts";

/** What came of the content, for the verdict. */
export interface ContentEnding {
  /** The content coding or a digest is not what it says. */
  readonly fault?: FaultRow | undefined;
  /** What is wrong with a digest in the trailers that nothing in the head has announced, so that the client doesn't compute it. */
  readonly unannounced?: ErrorCode | undefined;
  /** Octets once the coding was undone. */
  readonly decoded?: number | undefined;
  /** The chunk or piece in which most events or lines ended. */
  readonly burst?: { readonly noun: string; readonly events: number; readonly number: number } | undefined;
}

const NOTABLE_EVENTS = 3;

/** What a verdict is made of. */
export interface Evidence extends ReadState {
  readonly at: number;
  readonly fault: FaultRow | undefined;
  readonly explanation: string | undefined;
  readonly content: ContentEnding | undefined;
  /** Why this side left, in the place of `Left`. */
  readonly why: string | undefined;
  /** Whether there are times to tell of. */
  readonly timed: boolean;
  readonly tally: Tally;
}

/** The verdict: what happened, how it ended, in one sentence. */
export function verdictOf(evidence: Evidence): VerdictRow {
  const { tally, content, received, at } = evidence;
  const [outcome, sentence] = judgement(evidence);
  return {
    kind: "verdict",
    at,
    outcome,
    sentence: `${sentence}.`,
    notes: notesOf(evidence),
    totals: {
      octets: received,
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
  const { phase, how, content } = evidence;
  const ofWire = wireJudgement(evidence);
  if (content?.fault === undefined) return ofWire;
  const { code, rule, offset } = content.fault;
  const outcome = code === "ERR_SLUICE_CODED_TRUNCATED" ? "truncated" : "corrupt";
  const words = contentWords(code, rule);
  if (phase === "after")
    return [outcome, `The framing is whole (${summary(evidence)}), but the content is not: ${words}`];
  if (phase === "close" && how === "closed") return [outcome, `Not whole: ${summary(evidence)}; ${words}`];
  // The client stops at the first fault, and that was this one.
  const then = ofWire[1];
  return [
    outcome,
    `Broken at byte ${grouped(offset)}: ${words}; then ${then.charAt(0).toLowerCase()}${then.slice(1)}`,
  ];
}

/** The judgement on what the content is carried in. */
function wireJudgement(evidence: Evidence): [WireOutcome, string] {
  const { phase, how, fault, explanation, tally, timed, why: left = "Left" } = evidence;
  if (phase === "after" && fault !== undefined)
    return ["complete", `Complete by its framing (${summary(evidence)}), but ${explanation ?? fault.rule}`];
  if (phase === "after") return ["complete", `Complete: ${summary(evidence)}`];
  if (phase === "tunnel") return ["complete", "Complete: the head has made the connection a tunnel"];
  if (fault !== undefined) {
    const truncated = fault.code === "ERR_SLUICE_TRUNCATED" || fault.code === "ERR_SLUICE_CONNECTION_LOST";
    const where = fault.section === undefined ? "" : ` (${fault.section})`;
    const why = explanation ?? `${fault.rule}${where}`;
    return truncated
      ? ["truncated", evidence.received === 0 ? why : `Truncated at byte ${grouped(fault.offset)}: ${why}`]
      : ["corrupt", `Broken at byte ${grouped(fault.offset)}: ${why}`];
  }
  if (phase === "close" && how === "closed") {
    const all = "only the close ended it, so nobody can tell whether that was all";
    return ["complete", `Complete as far as anybody can tell: ${summary(evidence)}; ${all}`];
  }
  const lead = how === "timeout" ? "Timed out" : left;
  const after = timed ? ` after ${duration(evidence.at)}` : "";
  return [
    "aborted",
    `${lead}${after}: ${tally.firstByte === undefined ? "not a byte of a response has come" : unfinished(evidence)}`,
  ];
}

/** `12 chunks, 3,456 bytes, in 2.1 s, first byte after 120 ms; two trailers`. */
function summary({ head, tally, content, chunk, length, timed }: Evidence): string {
  const parts: string[] = [];
  const decoded = content?.decoded === undefined ? "" : ` (${grouped(content.decoded)} decoded)`;
  if (chunk?.last === true) parts.push(countOf(tally.chunks, "chunk"));
  if (tally.payload > 0 || length > 0 || tally.chunks > 0) parts.push(bytesOf(tally.payload) + decoded);
  else if (parts.length === 0) parts.push(`status ${head?.status ?? 0} without a body`);
  if (timed && tally.lastByte !== undefined) parts.push(`in ${duration(tally.lastByte)}`);
  if (timed && tally.firstByte !== undefined) parts.push(`first byte after ${duration(tally.firstByte)}`);
  const trailers = tally.trailers === 0 ? "" : `; ${spelled(tally.trailers, "trailer")}`;
  return parts.join(", ") + trailers;
}

/** What was still to come. */
function unfinished({ phase, tally, chunk, missing, length, head, received }: Evidence): string {
  if (phase === "head")
    return head === undefined && tally.heads > 0
      ? "an interim response came, and no final one"
      : `the head is not whole after ${bytesOf(received)}`;
  if (phase === "length")
    return `${grouped(length - missing)} of ${bytesOf(length)} have come, ${grouped(missing)} are missing`;
  if (phase === "close")
    return `${bytesOf(tally.payload)} have come, and the server has not closed the connection`;
  if (chunk !== undefined && chunk.received < chunk.size)
    return `${grouped(chunk.received)} of the ${bytesOf(chunk.size)} of chunk ${chunk.number} have come`;
  if (chunk?.last === true) return "the last chunk has come, and the empty line behind it has not";
  return `${countOf(tally.chunks, "chunk")}, ${bytesOf(tally.payload)} have come, and no last chunk`;
}

function contentWords(code: ErrorCode, rule: string): string {
  switch (code) {
    case "ERR_SLUICE_CODED_TRUNCATED":
      return "its content coding breaks off before its end, so the sender did not finish the compressed stream";
    case "ERR_SLUICE_CODED_CORRUPT":
      return "it is not what its Content-Encoding says, or octets follow its end";
    case "ERR_SLUICE_DIGEST_MISMATCH":
      return "its digest is another one than announced";
    case "ERR_SLUICE_DIGEST":
      return "its digest can't be read";
    case "ERR_SLUICE_CONTENT_CODING":
      return "its Content-Encoding has codings that are not undone here";
    case "ERR_SLUICE_DECODED_TOO_LARGE":
      return "decoded, it grows out of all proportion";
    default:
      return rule;
  }
}

function notesOf({ phase, how, tally, content, timed }: Evidence): string[] {
  const notes: string[] = [];
  const { longest, dropped, undeclared } = tally;
  if (timed && longest !== undefined && longest.ms >= NOTABLE_GAP) {
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
  if (timed && tally.gathered)
    notes.push(
      `All ${grouped(tally.chunks)} chunks came within ${AT_ONCE} ms, after a wait: something may have gathered them (buffering).`,
    );
  if (dropped.length > 0)
    notes.push(`Dropped, since no trailer may be one: ${dropped.join(", ")} (RFC 9110 section 6.5.1).`);
  if (undeclared.length > 0) notes.push(`Trailers that the head did not declare: ${undeclared.join(", ")}.`);
  if (content?.unannounced !== undefined) {
    const what =
      content.unannounced === "ERR_SLUICE_DIGEST" ? "can't be read" : "is not that of what came before it";
    notes.push(
      `A digest in the trailers ${what}; the head has not announced it, so a client doesn't check it.`,
    );
  }
  if (how === "cut" && phase === "after")
    notes.push("The connection ended without close_notify; the framing had its own end, so nothing is lost.");
  if (how === "reset" && phase === "after")
    notes.push("The connection was reset behind the end of the response.");
  return notes;
}
