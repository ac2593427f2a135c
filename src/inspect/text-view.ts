import { isToken } from "../bytes/grammar.ts";
import { columnsOf, cutToColumns, wrap } from "./display-width.ts";
import type {
  ChunkRow,
  ExplanationRow,
  FaultRow,
  HeadRow,
  LastChunkRow,
  PieceRow,
  VerdictRow,
  WireField,
  WireRow,
} from "./rows.ts";
import { PLAIN, type Style, type StyleName } from "./style.ts";
import { NOTABLE_GAP } from "./tally.ts";
import { preview, visible } from "./visible-text.ts";
import { duration, grouped } from "./wording.ts";

/** How rows become lines. */
export interface TextViewOptions {
  /** Columns. Default 80; less than 40 counts as 40. */
  readonly width?: number | undefined;
  /** Default: no styles. */
  readonly style?: Style | undefined;
  /**
   * Milliseconds that the timeline shows, where they are known. Without them it begins with a second, and a line says when it grows.
   */
  readonly span?: number | undefined;
}

const LEAST_WIDTH = 40;
const DEFAULT_WIDTH = 80;
const BAR = 10;
/** Octets on either side of a fault. */
const CONTEXT = 8;
/** What the timeline grows by: 1, 2, 5, 10 seconds and so on. */
const STEPS = [1, 2, 5];

/** One column: how wide it is, and from which width of the whole on it is shown. */
interface Column {
  readonly title: string;
  readonly width: number;
  readonly from: number;
  readonly left?: boolean;
}

const COLUMNS = {
  number: { title: "#", width: 5, from: 0 },
  offset: { title: "offset", width: 8, from: 60 },
  size: { title: "bytes", width: 7, from: 50 },
  hex: { title: "hex", width: 5, from: 0 },
  gap: { title: "+time", width: 7, from: 0 },
  bar: { title: "timeline", width: BAR, from: 76, left: true },
} as const satisfies Record<string, Column>;

type Cells = { readonly [name in keyof typeof COLUMNS]: string };

/** Rows as lines of text, each as soon as its row is there. All that comes from the wire is made visible, nothing of it steers a terminal. */
export class TextView {
  readonly #width: number;
  readonly #style: Style;
  readonly #fixed: boolean;
  #span: number;
  #titled = false;

  constructor({ width = DEFAULT_WIDTH, style = PLAIN, span }: TextViewOptions = {}) {
    this.#width = Math.max(LEAST_WIDTH, Math.floor(width));
    this.#style = style;
    this.#fixed = span !== undefined;
    this.#span = span ?? 1000;
  }

  /** The lines of one row, without line ends; none is wider than the view. */
  lines(row: WireRow): string[] {
    switch (row.kind) {
      case "head":
        return this.#head(row);
      case "framing":
        return [...this.#wrapped("cyan", `${row.words} (RFC 9112 section 6.3, step ${row.step}).`), ""];
      case "chunk":
      case "piece":
        return [...this.#titles(row.kind), ...this.#grown(row.at), this.#carried(row)];
      case "last-chunk":
        return [...this.#titles("chunk"), ...this.#grown(row.at), this.#lastChunk(row)];
      case "trailers":
        return [
          "",
          this.#style("bold", "Trailers"),
          ...row.fields.flatMap((field) =>
            this.#field(
              field,
              `${field.declared ? "" : " (not declared)"}${field.allowed ? "" : " (dropped: it may not be a trailer)"}`,
            ),
          ),
        ];
      case "fault":
        return this.#fault(row);
      case "explanation":
        return this.#context(row);
      case "ending":
        return [];
      default:
        return this.#verdict(row);
    }
  }

  #head(row: HeadRow): string[] {
    const note = `${duration(row.at)}, byte ${grouped(row.offset)}`;
    const [first, ...more] = wrap(visible(row.line), this.#width, "  ");
    const room = this.#width - columnsOf(first) - note.length;
    const aside = more.length === 0 && room > 1 ? " ".repeat(room) + this.#style("dim", note) : "";
    return [
      this.#style("bold", first) + aside,
      ...more.map((line) => this.#style("bold", line)),
      ...row.fields.flatMap((field) => this.#field(field, "")),
      "",
    ];
  }

  #field({ name, value }: WireField, note: string): string[] {
    const lines = wrap(`${visible(name)}: ${visible(value)}${note}`, this.#width - 2, "  ");
    return lines.map((line, index) => {
      const end = index === 0 ? line.indexOf(":") + 1 : 0;
      return `  ${this.#style("cyan", line.slice(0, end))}${line.slice(end)}`;
    });
  }

  #titles(kind: "chunk" | "piece"): string[] {
    if (this.#titled) return [];
    this.#titled = true;
    const titles = Object.fromEntries(Object.entries(COLUMNS).map(([name, { title }]) => [name, title]));
    const what = kind === "chunk" ? "what it carried" : "what a read brought";
    return [this.#style("dim", this.#line(titles as Cells, what).trimEnd())];
  }

  /** A line where the timeline grows. */
  #grown(at: number): string[] {
    if (this.#fixed || at <= this.#span) return [];
    for (let power = 1000, step = 0; this.#span < at; step++) {
      if (step === STEPS.length) {
        step = 0;
        power *= 10;
      }
      this.#span = power * STEPS[step];
    }
    return this.#width < COLUMNS.bar.from
      ? []
      : [
          this.#style(
            "dim",
            cutToColumns(`      the timeline is ${duration(this.#span)} long from here on`, this.#width),
          ),
        ];
  }

  #carried(row: ChunkRow | PieceRow): string {
    const { decoded, sample } = row;
    const extensions =
      row.kind === "chunk"
        ? row.extensions
            .map(
              ({ name, value }) =>
                `;${name}${value === undefined ? "" : `=${isToken(value) ? value : JSON.stringify(value)}`}`,
            )
            .join("")
        : "";
    const held = decoded !== undefined && decoded.octets === 0 ? "(nothing to decode yet)" : "";
    const events = row.events !== undefined && row.events > 1 ? `${row.events}× ` : "";
    const broken = row.kind === "chunk" && row.received < row.size ? `(${grouped(row.received)} came) ` : "";
    const text = `${extensions === "" ? "" : `${visible(extensions)} `}${broken}${events}${held}${preview(decoded?.sample ?? sample)}`;
    return this.#line(
      {
        number: grouped(row.number),
        offset: grouped(row.offset),
        size: grouped(row.size),
        hex: row.kind === "chunk" ? row.digits : "",
        gap: shortDuration(row.gap),
        bar: this.#bar(row.kind === "chunk" ? row.first : row.at, row.at),
      },
      text,
      row.gap >= NOTABLE_GAP ? "yellow" : "dim",
    );
  }

  #lastChunk(row: LastChunkRow): string {
    return this.#line(
      {
        number: "end",
        offset: grouped(row.offset),
        size: "0",
        hex: row.digits,
        gap: shortDuration(row.gap),
        bar: this.#bar(row.first, row.at),
      },
      "last chunk",
      row.gap >= NOTABLE_GAP ? "yellow" : "dim",
    );
  }

  #line(cells: Cells, text: string, gapStyle: StyleName = "dim"): string {
    let line = "";
    let used = 0;
    for (const [name, column] of Object.entries(COLUMNS) as [keyof Cells, Column][]) {
      if (this.#width < column.from) continue;
      const cell = cells[name];
      const padded = column.left === true ? cell.padEnd(column.width) : cell.padStart(column.width);
      const shown = cutToColumns(padded, Math.max(0, this.#width - used - 2));
      used += columnsOf(shown) + 1;
      const style = name === "gap" ? gapStyle : name === "size" || name === "number" ? undefined : "dim";
      line += `${style === undefined ? shown : this.#style(style, shown)} `;
    }
    return `${line} ${cutToColumns(text, Math.max(0, this.#width - used - 1))}`.trimEnd();
  }

  /** When it came, within the timeline. */
  #bar(first: number, last: number): string {
    const place = (at: number) =>
      Math.min(BAR - 1, Math.max(0, Math.floor((at / Math.max(this.#span, 1e-9)) * BAR)));
    const from = place(first);
    const to = place(last);
    return "·".repeat(from) + "■".repeat(to - from + 1) + "·".repeat(BAR - 1 - to);
  }

  #fault(row: FaultRow): string[] {
    const section = row.section === undefined ? "" : ` (${row.section})`;
    const found = row.found === undefined ? "" : `; found ${visible(JSON.stringify(row.found))}`;
    return [
      "",
      ...this.#wrapped(
        "red",
        `✗ byte ${grouped(row.offset)}: ${row.rule}${section}${found} [${row.code}]`,
        "  ",
      ),
    ];
  }

  /** The octets around a fault, the one at fault in brackets. */
  #context({ offset, context }: ExplanationRow): string[] {
    const at = offset - context.offset;
    const from = Math.max(0, at - CONTEXT);
    const pairs = Array.from(context.octets.subarray(from, at + CONTEXT), (octet, index) => {
      const pair = octet.toString(16).padStart(2, "0");
      return from + index === at ? `[${pair}]` : pair;
    });
    if (pairs.length === 0) return [];
    const text = `from byte ${grouped(context.offset + from)}: ${pairs.join(" ")}`;
    return wrap(text, this.#width - 2, "  ").map((line) => this.#style("dim", `  ${line}`));
  }

  #verdict(row: VerdictRow): string[] {
    const style = row.outcome === "complete" ? "green" : row.outcome === "aborted" ? "yellow" : "red";
    return [
      "",
      ...wrap(visible(row.sentence), this.#width, "  ").map((line) =>
        this.#style("bold", this.#style(style, line)),
      ),
      ...row.notes.flatMap((note) => this.#wrapped("yellow", `• ${visible(note)}`, "  ")),
    ];
  }

  #wrapped(style: StyleName, text: string, indent = "  "): string[] {
    return wrap(text, this.#width, indent).map((line) => this.#style(style, line));
  }
}

/** All rows of a response as text, with the timeline as long as it took. Each line ends with LF. */
export function renderText(rows: Iterable<WireRow>, options: TextViewOptions = {}): string {
  const all = [...rows];
  const span = options.span ?? Math.max(1, ...all.slice(-1).map(({ at }) => at));
  const view = new TextView({ ...options, span });
  return all
    .flatMap((row) => view.lines(row))
    .map((line) => `${line}\n`)
    .join("");
}

/** A duration without white space, for a narrow column. */
function shortDuration(ms: number): string {
  return duration(ms)
    .replace(/ (?=\D)/g, "")
    .replace(/ /g, "");
}
