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
} from "../rows.ts";
import type { Marks } from "./marks.ts";

/** What a report says beside its rows. */
export interface HtmlReportOptions {
  /** What was asked for; shown as text, never as a link. */
  readonly url: string;
  /** Default GET. */
  readonly method?: string | undefined;
  /** When the request was sent. Default: left out. */
  readonly sent?: Date | undefined;
}

/** What a report has kept of the rows. */
export interface Kept {
  readonly options: HtmlReportOptions;
  readonly heads: readonly HeadRow[];
  readonly framing: FramingRow | undefined;
  /** Chunks or pieces in order; where numbers are missing, some were left out. */
  readonly listed: readonly (ChunkRow | PieceRow)[];
  readonly last: LastChunkRow | undefined;
  readonly trailers: TrailersRow | undefined;
  readonly faults: readonly FaultRow[];
  readonly explanations: readonly ExplanationRow[];
  readonly verdict: VerdictRow | undefined;
  readonly marks: Marks;
  /** Chunks or pieces in all. */
  readonly count: number;
}
