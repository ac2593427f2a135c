/**
 * The response as it is on the wire, as rows, from raw octets; of malformed ones, too.
 * @module
 */
export { type WirePart } from "./wire-reader.ts";
export { inspectWire, type InspectOptions, type WireArrival } from "./inspect.ts";
export { TextView, renderText, type TextViewOptions } from "./text-view.ts";
export { HexView, RawView, type HexViewOptions } from "./hex-view.ts";
export { jsonRow } from "./json-row.ts";
export { HtmlReport } from "./report/html-report.ts";
export { type HtmlReportOptions } from "./report/kept.ts";
export { type Style, type StyleName } from "./style.ts";
export type {
  ChunkRow,
  DecodedSample,
  EndingRow,
  ExplanationRow,
  FaultRow,
  FramingRow,
  HeadRow,
  LastChunkRow,
  PieceRow,
  TrailersRow,
  VerdictRow,
  WireEnd,
  WireField,
  WireOutcome,
  WireRow,
  WireTotals,
  WireTrailer,
} from "./rows.ts";
