// A terminal, as much of one as is needed to see what stands on it: it wraps, scrolls, and knows the sequences that are sent here.

export class Screen {
  readonly columns: number;
  lines: string[] = [""];
  cursorVisible = true;
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  /** What stands there, the empty end of each line left out. */
  get text(): string {
    return this.lines.map((line) => line.trimEnd()).join("\n");
  }

  write(text: string): this {
    // oxlint-disable-next-line no-control-regex -- escape sequences are what a terminal reads
    for (const [part, sequence] of text.matchAll(/\x1b\[([?0-9;]*[A-Za-z])|[^]/gu)) {
      if (sequence === undefined) this.#put(part);
      else this.#obey(sequence);
    }
    return this;
  }

  #put(character: string): void {
    if (character === "\r") {
      this.#column = 0;
    } else if (character === "\n") {
      this.#down();
      this.#column = 0;
    } else {
      // A terminal wraps when the next character comes, and not before.
      if (this.#column === this.columns) {
        this.#down();
        this.#column = 0;
      }
      const line = this.lines[this.#row].padEnd(this.#column);
      this.lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
      this.#column++;
    }
  }

  #down(): void {
    this.#row++;
    if (this.#row === this.lines.length) this.lines.push("");
  }

  #obey(sequence: string): void {
    if (sequence === "?25l") this.cursorVisible = false;
    else if (sequence === "?25h") this.cursorVisible = true;
    else if (sequence === "J") {
      this.lines.length = this.#row + 1;
      this.lines[this.#row] = this.lines[this.#row].slice(0, this.#column);
    } else if (sequence.endsWith("A")) {
      this.#row = Math.max(0, this.#row - Number(sequence.slice(0, -1)));
      this.#column = Math.min(this.#column, this.columns - 1);
    } else if (!sequence.endsWith("m")) throw new Error(`unknown sequence ${sequence}`);
  }
}
