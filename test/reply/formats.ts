// Sources of values, and readers of the formats they are sent in that know nothing of the code that wrote them.

import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { CsvParser } from "../../src/formats/csv-parser.ts";
import { JsonArrayParser } from "../../src/formats/json-array.ts";
import { JsonSeqParser } from "../../src/formats/json-seq.ts";
import { NdjsonParser } from "../../src/formats/ndjson.ts";
import type { ValueSource } from "../../src/reply/value-source.ts";

export const VALUES: readonly Readonly<Record<string, unknown>>[] = [
  { id: 1, name: 'a "quoted", text' },
  { id: 2, name: "zwö\nlines" },
  { id: 3, name: "🌊" },
];

/** A source of each kind; `fails` is after how many values it throws. */
export const VALUE_SOURCES: Readonly<
  Record<string, (fails?: number) => ValueSource<Readonly<Record<string, unknown>>>>
> = {
  generator: (fails) => sync(fails),
  "async generator": (fails) => async(fails),
  "async generator that never waits": async function* (fails) {
    yield* sync(fails);
  },
  "function that returns a generator": (fails) => () => sync(fails),
  "async generator function": (fails) => () => async(fails),
  ReadableStream: (fails) => webStream(fails),
  "function that returns a ReadableStream": (fails) => () => webStream(fails),
  "Node Readable": (fails) => Readable.from(async(fails)) as AsyncIterable<never>,
};

function* sync(fails = Infinity): Generator<Readonly<Record<string, unknown>>> {
  for (const [at, value] of VALUES.entries()) {
    if (at === fails) throw new Error("on purpose");
    yield value;
  }
  if (fails === VALUES.length) throw new Error("on purpose");
}

async function* async(fails?: number): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for (const value of sync(fails)) {
    await turn();
    yield value;
  }
}

function webStream(fails?: number): ReadableStream<Readonly<Record<string, unknown>>> {
  const values = sync(fails);
  return new ReadableStream(
    {
      pull(out) {
        const { done, value } = values.next();
        if (done === true) out.close();
        else out.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}

/** What our own parsers read; they throw for what is not whole. */
export const OWN_READERS: Readonly<Record<string, (text: string) => unknown[]>> = {
  ndjson: (text) => items(text, (item) => new NdjsonParser({ item })),
  jsonSeq: (text) => items(text, (item) => new JsonSeqParser({ item })),
  jsonArray: (text) => items(text, (item) => new JsonArrayParser({ item })),
  csv: (text) => items(text, (row) => new CsvParser({ row })),
};

function items(
  text: string,
  parserFor: (item: (value: unknown) => void) => { push(text: string): void; end(): unknown },
): unknown[] {
  const seen: unknown[] = [];
  const parser = parserFor((value) => seen.push(value));
  parser.push(text);
  parser.end();
  return seen;
}

/** What JSON.parse alone makes of them. */
export const PLAIN_READERS: Readonly<Record<string, (text: string) => unknown[]>> = {
  ndjson: (text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown),
  jsonSeq: (text) =>
    text
      .split("\x1e")
      .filter((each) => each !== "")
      .map((each) => JSON.parse(each) as unknown),
  jsonArray: (text) => JSON.parse(text) as unknown[],
};

/** How python's csv reads it, strictly. */
export const PYTHON_CSV: string =
  "import sys,csv,io,json;print(json.dumps(list(csv.reader(io.StringIO(sys.stdin.buffer.read().decode(),newline=''),strict=True))))";
