import type { Io } from "./io.ts";
import { type Style, styleFor } from "./style.ts";

/** What a command says: rows of JSON to stdout for machines, where they are asked for, and lines to stderr for people. */
export class Output {
  /** Whether rows are asked for. */
  readonly json: boolean;
  /** Whether stacks are asked for. */
  readonly debug: boolean;
  /** The looks of lines. */
  readonly style: Style;
  readonly #io: Io;
  /** Takes lines in the place of stderr, as long as a picture stands there. */
  #above: ((line: string) => void) | undefined;

  constructor(io: Io, { json, debug }: { readonly json: boolean; readonly debug: boolean }) {
    this.#io = io;
    this.json = json;
    this.debug = debug;
    this.style = styleFor(io.stderr, io.env);
  }

  /** A line for people. What comes from outside goes through `printable` first. */
  line(text: string): void {
    if (this.#above === undefined) this.#io.stderr.write(`${text}\n`);
    else this.#above(text);
  }

  /** A row for machines: nothing without `--json`. Its first property is `event`, which says what it is about. */
  row(row: { readonly event: string; readonly [name: string]: unknown }): void {
    if (this.json) this.#io.stdout.write(`${JSON.stringify(row)}\n`);
  }

  /** Hands lines over to a live region, which writes them above its picture, until it is called with undefined. */
  divert(above: ((line: string) => void) | undefined): void {
    this.#above = above;
  }
}
