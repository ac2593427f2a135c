import { type FileHandle, open, writeFile } from "node:fs/promises";
import { styleText } from "node:util";
import { wrap } from "../../inspect/display-width.ts";
import { HexView, RawView } from "../../inspect/hex-view.ts";
import { jsonRow } from "../../inspect/json-row.ts";
import { HtmlReport } from "../../inspect/report/html-report.ts";
import type { VerdictRow, WireRow } from "../../inspect/rows.ts";
import { PLAIN, type Style } from "../../inspect/style.ts";
import { TextView } from "../../inspect/text-view.ts";
import { visible } from "../../inspect/visible-text.ts";
import type { WirePart } from "../../inspect/wire-reader.ts";
import type { Io } from "../io.ts";
import type { Output } from "../output.ts";
import { usesColours } from "../style.ts";
import { drained } from "../drained.ts";
import type { SentRequest } from "./sent-request.ts";

/** What stands on stdout. */
export type View = "text" | "hex" | "raw" | "json" | "verdict" | "html";

/** How an inspection is shown. */
export interface PresentationOptions {
  readonly view: View;
  /** With `json`: the verdict's row alone. */
  readonly quiet: boolean;
  /** Where the page is written to; `-` is stdout. */
  readonly html: string | undefined;
  /** Where the octets are saved. */
  readonly save: string | undefined;
  readonly io: Io;
  readonly output: Output;
  readonly stop: AbortSignal;
}

/** Columns of what is no terminal. */
const PAGE = 80;

/** Shows what the wire brings as it comes, and waits for whoever reads it, so that nothing piles up. */
export class Presentation {
  readonly #options: PresentationOptions;
  readonly #text: TextView;
  readonly #style: Style;
  readonly #width: number;
  readonly #hex: HexView | undefined;
  readonly #raw: RawView | undefined;
  #rawLineBegun = false;
  #report: HtmlReport | undefined;
  #file: FileHandle | undefined;

  constructor(options: PresentationOptions) {
    const { view, io } = options;
    // The verdict of octets that are meant for a program stands where people read it.
    const stream = view === "raw" || view === "html" ? io.stderr : io.stdout;
    const coloured = usesColours(stream, io.env);
    this.#options = options;
    this.#style = coloured ? (name, text) => styleText(name, text, { validateStream: false }) : PLAIN;
    this.#width = stream.columns || PAGE;
    this.#text = new TextView({ width: this.#width, style: this.#style });
    if (view === "hex") this.#hex = new HexView({ width: this.#width, style: this.#style });
    // A terminal gets nothing that could steer it.
    if (view === "raw" && io.stdout.isTTY === true) this.#raw = new RawView();
  }

  /** A response to this request begins. @param sent milliseconds since 1970; undefined where nobody knows */
  begin(url: string, method: string, sent: number | undefined): void {
    const date = sent === undefined ? undefined : new Date(sent);
    const { html } = this.#options;
    if (html !== undefined) this.#report = new HtmlReport({ url, method, sent: date });
  }

  /** The head of a request: a row, or, where somebody else has made it, a section of the text. */
  request(
    url: string,
    { line, fields }: SentRequest,
    { foreign = false }: { readonly foreign?: boolean } = {},
  ): void {
    const { view, quiet, output } = this.#options;
    if (view === "json" && !quiet)
      output.row({ event: "request", url, line, fields: fields.map(([name, value]) => ({ name, value })) });
    if (!foreign || (view !== "text" && view !== "hex")) return;
    const room = this.#width - 2;
    this.#lines([
      ...wrap(visible(line), this.#width, "  ").map((each) => this.#style("bold", each)),
      ...fields.flatMap(([name, value]) =>
        wrap(`${visible(name)}: ${visible(value)}`, room, "  ").map((each) => `  ${each}`),
      ),
      "",
    ]);
  }

  /** Gets each octet, with the part that it belongs to. */
  readonly octets = (part: WirePart, view: Uint8Array, offset: number): void => {
    if (this.#hex !== undefined) this.#lines(this.#hex.lines(part, view, offset));
  };

  /** Everything that has come was looked at: a line that was begun is not held back. */
  readonly waiting = (): void => {
    if (this.#hex !== undefined) this.#lines(this.#hex.end());
  };

  /** Gets what has come, as it came. @throws what the file system says */
  async arrived(bytes: Uint8Array): Promise<void> {
    const { view, save } = this.#options;
    if (save !== undefined) {
      this.#file ??= await open(save, "w");
      await this.#file.writeFile(bytes);
    }
    if (view === "raw") this.#writeRaw(bytes);
    await this.#keepUp();
  }

  /** Gets each row. */
  async row(row: WireRow): Promise<void> {
    const { view, quiet, output } = this.#options;
    this.#report?.add(row);
    if (view === "json") {
      if (!quiet || row.kind === "verdict") {
        const { kind, ...rest } = JSON.parse(jsonRow(row)) as { kind: string };
        output.row({ event: kind, ...rest });
      }
    } else if (view === "text") {
      this.#lines(this.#text.lines(row));
    } else if (view === "hex") {
      if (row.kind === "fault" || row.kind === "explanation" || row.kind === "verdict") {
        this.waiting();
        this.#lines(this.#text.lines(row));
      }
    } else if (row.kind === "verdict") {
      if (this.#rawLineBegun) this.#options.io.stdout.write("\n");
      if (view === "verdict") this.#lines(this.#sentence(row));
      else for (const line of this.#text.lines(row)) if (line !== "") output.line(line);
    }
    await this.#keepUp();
  }

  /** Writes the page, closes what is open. @throws what the file system says */
  async close(): Promise<void> {
    const { html, view, io } = this.#options;
    await this.#file?.close();
    this.#file = undefined;
    const report = this.#report;
    this.#report = undefined;
    if (report === undefined) return;
    if (view === "html") io.stdout.write(report.html());
    else if (html !== undefined) await writeFile(html, report.html());
  }

  #writeRaw(bytes: Uint8Array): void {
    const { stdout } = this.#options.io;
    if (this.#raw === undefined) {
      stdout.write(bytes);
      return;
    }
    const text = this.#raw.text(bytes);
    this.#rawLineBegun = !text.endsWith("\n");
    stdout.write(text);
  }

  /** One line, however long: it is for scripts as well. */
  #sentence({ sentence, outcome }: VerdictRow): string[] {
    const colour = outcome === "complete" ? "green" : outcome === "aborted" ? "yellow" : "red";
    return [this.#style(colour, visible(sentence))];
  }

  #lines(lines: readonly string[]): void {
    if (lines.length > 0) this.#options.io.stdout.write(`${lines.join("\n")}\n`);
  }

  #keepUp(): Promise<void> {
    return drained(this.#options.io.stdout, this.#options.stop);
  }
}
