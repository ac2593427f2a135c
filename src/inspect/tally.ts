import type { WireRow, WireTotals } from "./rows.ts";

/** A silence from here on is worth a note, in milliseconds. */
export const NOTABLE_GAP = 500;
/** Chunks that all come within this time, after a wait, have been gathered. In milliseconds. */
export const AT_ONCE = 5;
const NOTABLE_CHUNKS = 3;

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
