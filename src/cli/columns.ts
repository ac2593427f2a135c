import { columnsOf } from "../inspect/display-width.ts";
import { withSigns } from "../inspect/visible-text.ts";

/** A text with spaces behind it, up to so many columns. */
export function padToColumns(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

/** Text from outside, fit for a terminal: whatever could steer it, or can't be seen, is shown as an escape. */
export function printable(text: string): string {
  return withSigns(text, (code) => `\\u{${code.toString(16)}}`);
}

/** Wraps words into lines of at most so many columns; a word that is longer stands alone, so that it can be copied. */
export function wrapToColumns(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && columnsOf(line) + 1 + columnsOf(word) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}
