import { columnsOf, cutToColumns } from "../inspect/display-width.ts";
import type { Io, OutputStream } from "./io.ts";

/** Gives the lines of the picture for a terminal of so many columns. Lines may be styled; none may be wider. */
export type Picture = (columns: number) => readonly string[];

/** What {@link LiveRegion} takes. */
export interface LiveRegionOptions {
  /** Milliseconds between two pictures on a terminal. Default 100. */
  readonly frame?: number | undefined;
  /** Milliseconds between two lines where there is no terminal. Default 5,000. */
  readonly pause?: number | undefined;
}

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const ERASE_BELOW = "\x1b[J";
/** Of a terminal that doesn't say. */
const COLUMNS = 80;
const ROWS = 24;

/**
 * Lines at the bottom of a terminal that are written over and over. Where there is no terminal, plain lines now and then instead.
 * The cursor is hidden while the region is open, and visible again after {@link LiveRegion.close}, and however the process ends.
 */
export class LiveRegion implements Disposable {
  readonly #io: Io;
  readonly #stream: OutputStream;
  readonly #terminal: boolean;
  readonly #interval: number;
  readonly #undo: (() => void)[] = [];
  #picture: Picture = () => [];
  #line: () => string = () => "";
  /** What stands on the terminal. */
  #shown: readonly string[] = [];
  #lastLine = "";
  #lastAt = -Infinity;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  /** Writes to `io.stderr`. */
  constructor(io: Io, { frame = 100, pause = 5_000 }: LiveRegionOptions = {}) {
    this.#io = io;
    this.#stream = io.stderr;
    this.#terminal = io.stderr.isTTY === true && io.env["TERM"] !== "dumb";
    this.#interval = this.#terminal ? frame : pause;
    if (!this.#terminal) return;
    const resized = (): void => this.#draw();
    this.#stream.on("resize", resized);
    this.#undo.push(
      () => this.#stream.off("resize", resized),
      // A terminal is written to at once, so this still arrives.
      io.onExit(() => this.#stream.write(SHOW_CURSOR)),
    );
    this.#stream.write(HIDE_CURSOR);
  }

  /**
   * Shows this from now on: at once where the last picture is old enough, else when its time is over.
   * @param picture for a terminal
   * @param line for anything else: one plain line that says the same
   */
  update(picture: Picture, line: () => string): void {
    if (this.#closed) return;
    this.#picture = picture;
    this.#line = line;
    if (this.#cancelTimer !== undefined) return;
    const wait = this.#lastAt + this.#interval - this.#io.clock();
    if (wait <= 0) this.#show();
    else
      this.#cancelTimer = this.#io.setTimer(() => {
        this.#cancelTimer = undefined;
        this.#show();
      }, wait);
  }

  /** A line that stays, above the picture. */
  print(line: string): void {
    if (!this.#terminal || this.#closed) this.#stream.write(`${line}\n`);
    else this.#draw(`${line}\n`);
  }

  /** Leaves the last picture, or the last line, where it is, and gives the cursor back. Later calls do nothing. */
  close(): void {
    if (this.#closed) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#terminal) {
      this.#draw();
      this.#stream.write(`${this.#shown.length > 0 ? "\n" : ""}${SHOW_CURSOR}`);
    } else {
      this.#writeLine();
    }
    this.#closed = true;
    for (const undo of this.#undo) undo();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #show(): void {
    this.#lastAt = this.#io.clock();
    if (!this.#terminal) this.#writeLine();
    // A terminal that doesn't keep up gets fewer pictures.
    else if (!this.#stream.writableNeedDrain) this.#draw();
  }

  /** What hasn't changed is not said again. */
  #writeLine(): void {
    const line = this.#line();
    if (line !== "" && line !== this.#lastLine) this.#stream.write(`${line}\n`);
    this.#lastLine = line;
  }

  /** The whole picture in one write, so that no half of it is seen. */
  #draw(above: string = ""): void {
    const columns = this.#stream.columns || COLUMNS;
    // A picture as high as the terminal would scroll, and could not be written over. The first lines say most.
    const lines = this.#picture(columns).slice(0, Math.max(1, (this.#stream.rows || ROWS) - 1));
    const fitting = lines.map((line) => (columnsOf(line) > columns ? cutToColumns(line, columns) : line));
    this.#stream.write(this.#toItsBeginning(columns) + ERASE_BELOW + above + fitting.join("\n"));
    this.#shown = fitting;
  }

  /** The cursor stands in the last line. A terminal that has become narrower wraps what was written before. */
  #toItsBeginning(columns: number): string {
    const rows = this.#shown.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / columns)),
      0,
    );
    return rows > 1 ? `\r\x1b[${rows - 1}A` : "\r";
  }
}
