import type {
  ChunkRow,
  ExplanationRow,
  FaultRow,
  FramingRow,
  HeadRow,
  LastChunkRow,
  PieceRow,
  TrailersRow,
  VerdictRow,
  WireRow,
} from "../rows.ts";
import { NOTABLE_GAP } from "../tally.ts";
import type { HtmlReportOptions } from "./kept.ts";
import { Marks } from "./marks.ts";
import { page } from "./page.ts";

const LISTED_FIRST = 400;
const LISTED_LAST = 200;
const LISTED_NOTABLE = 100;
const MOST_HEADS = 32;

/**
 * A page about one response, in one file that needs nothing else: timeline, chunks, faults, verdict. Of very many chunks the first 400,
 * the last 200 and up to 100 behind stalls are listed, and the page says so; memory and page have the same bound.
 */
export class HtmlReport {
  readonly #options: HtmlReportOptions;
  readonly #heads: HeadRow[] = [];
  readonly #first: (ChunkRow | PieceRow)[] = [];
  readonly #notable: (ChunkRow | PieceRow)[] = [];
  // A ring: the oldest is at #oldest.
  readonly #ring: (ChunkRow | PieceRow)[] = [];
  #oldest = 0;
  readonly #faults: FaultRow[] = [];
  readonly #explanations: ExplanationRow[] = [];
  readonly #marks = new Marks();
  #framing: FramingRow | undefined;
  #last: LastChunkRow | undefined;
  #trailers: TrailersRow | undefined;
  #verdict: VerdictRow | undefined;
  #count = 0;

  constructor(options: HtmlReportOptions) {
    this.#options = options;
  }

  /** Takes the next row. */
  add(row: WireRow): void {
    switch (row.kind) {
      case "head":
        if (this.#heads.length < MOST_HEADS || !row.interim) this.#heads.push(row);
        return;
      case "framing":
        this.#framing = row;
        return;
      case "chunk":
      case "piece":
        this.#carried(row);
        return;
      case "last-chunk":
        this.#last = row;
        return;
      case "trailers":
        this.#trailers = row;
        return;
      case "fault":
        this.#faults.push(row);
        return;
      case "explanation":
        this.#explanations.push(row);
        return;
      case "verdict":
        this.#verdict = row;
        return;
      default:
    }
  }

  /** The page, as it stands now. */
  html(): string {
    const recent = [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)];
    const notable = this.#notable.filter(({ number }) => number < (recent[0]?.number ?? Infinity));
    return page({
      options: this.#options,
      heads: this.#heads,
      framing: this.#framing,
      listed: [...this.#first, ...notable, ...recent],
      last: this.#last,
      trailers: this.#trailers,
      faults: this.#faults,
      explanations: this.#explanations,
      verdict: this.#verdict,
      marks: this.#marks,
      count: this.#count,
    });
  }

  #carried(row: ChunkRow | PieceRow): void {
    this.#count++;
    this.#marks.add({
      first: row.kind === "chunk" ? row.first : row.at,
      at: row.at,
      octets: row.kind === "chunk" ? row.received : row.size,
      number: row.number,
      count: 1,
      gap: row.gap,
    });
    if (this.#first.length < LISTED_FIRST) {
      this.#first.push(row);
      return;
    }
    if (row.gap >= NOTABLE_GAP && this.#notable.length < LISTED_NOTABLE) this.#notable.push(row);
    if (this.#ring.length < LISTED_LAST) {
      this.#ring.push(row);
      return;
    }
    this.#ring[this.#oldest] = row;
    this.#oldest = (this.#oldest + 1) % LISTED_LAST;
  }
}
