import { CommandError } from "./command-error.ts";
import { printable } from "./columns.ts";
import { readBytes, readDuration, readRate } from "./units.ts";

/** How the text of an option or a positional becomes a value. */
export interface ValueReader<T = unknown> {
  /** Stands for the value in help, in lower case. */
  readonly placeholder: string;
  /** What shells complete it with. Default: nothing. */
  readonly completion?: "file" | "folder" | readonly string[] | undefined;
  /** What is expected, as the rest of `is no …`. */
  readonly expected: string;
  /** The value, or undefined where the text is none. */
  read(text: string): T | undefined;
}

/** Any text that isn't empty. */
export function textValue(placeholder: string): ValueReader<string> {
  return { placeholder, expected: "text", read: (text) => (text === "" ? undefined : text) };
}

/** A file, which need not be there. */
export const filePath: ValueReader<string> = {
  ...textValue("file"),
  completion: "file",
  expected: "path of a file",
};

/** A folder, which need not be there. */
export const folderPath: ValueReader<string> = {
  ...textValue("folder"),
  completion: "folder",
  expected: "path of a folder",
};

/** An absolute http or https URL. */
export const httpUrl: ValueReader<URL> = {
  placeholder: "url",
  expected: "http or https URL",
  read(text) {
    const url = URL.parse?.(text) ?? (URL.canParse(text) ? new URL(text) : null);
    return url !== null && (url.protocol === "http:" || url.protocol === "https:") ? url : undefined;
  },
};

/** A whole number in decimal digits, between two bounds that both belong to it. */
export function wholeNumber(
  least: number,
  most: number,
  placeholder: string = "number",
): ValueReader<number> {
  return {
    placeholder,
    expected: `whole number from ${least} to ${most}`,
    read(text) {
      const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      return number >= least && number <= most ? number : undefined;
    },
  };
}

/** A port to listen on; 0 stands for a free one. */
export const port: ValueReader<number> = {
  ...wholeNumber(0, 65_535, "port"),
  expected: "port: a whole number from 0 to 65535",
};

/** Octets, between two bounds that both belong to it. */
export function byteCount(least: number, most: number, bounds: string): ValueReader<number> {
  return {
    placeholder: "size",
    expected: `size ${bounds}: write 4096, 4kb, 10MiB`,
    read: (text) => within(readBytes(text), least, most),
  };
}

/** Octets in a second, one at least. */
export const byteRate: ValueReader<number> = {
  placeholder: "rate",
  expected: "rate of 1b/s or more: write 50kb/s, 2MiB/s",
  read: (text) => within(readRate(text), 1, Number.MAX_SAFE_INTEGER),
};

/** Milliseconds. */
export const duration: ValueReader<number> = {
  placeholder: "time",
  expected: "span of time with a unit: write 250ms, 10s, 1.5m",
  read: readDuration,
};

/** One of these words. */
export function oneOf<const Word extends string>(
  placeholder: string,
  words: readonly Word[],
): ValueReader<Word> {
  return {
    placeholder,
    completion: words,
    expected: `of ${words.join(", ")}`,
    read: (text) => words.find((word) => word === text),
  };
}

/** @param what is said of a text that is no value, e.g. `--port` or `<folder>` @throws CommandError usage */
export function readValue<T>(reader: ValueReader<T>, text: string, what: string, hint?: string): T {
  const value = reader.read(text);
  if (value !== undefined) return value;
  const found = text === "" ? "an empty text" : `"${printable(text.slice(0, 80))}"`;
  const none = reader.expected.startsWith("of ") ? "none" : "no";
  throw new CommandError(`${what}: ${found} is ${none} ${reader.expected}`, { hint });
}

function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}
