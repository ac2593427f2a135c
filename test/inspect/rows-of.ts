import { inspectWire, type InspectOptions, type WireArrival } from "../../src/inspect/inspect.ts";
import type { ExplanationRow, FaultRow, VerdictRow, WireEnd, WireRow } from "../../src/inspect/rows.ts";
import type { WireReaderOptions } from "../../src/inspect/wire-reader-options.ts";
import { WireReader } from "../../src/inspect/wire-reader.ts";

/** Octets of a text with one character an octet. */
export function octetsOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** The rows of a response whose octets come in these pieces, ten milliseconds apart. */
export function rowsOf(
  pieces: readonly string[],
  how: WireEnd = "closed",
  options: WireReaderOptions = {},
): WireRow[] {
  const rows: WireRow[] = [];
  const reader = new WireReader({ row: (row) => rows.push(row) }, options);
  let at = 0;
  for (const piece of pieces) reader.receive(octetsOf(piece), (at += 10));
  reader.end(how, at + 10);
  return rows;
}

/** What matters most of a response in one piece. */
export function outcomeOf(
  octets: string,
  how?: WireEnd,
  options?: WireReaderOptions,
): { verdict: VerdictRow; fault: FaultRow | undefined; explanation: ExplanationRow | undefined } {
  const rows = rowsOf([octets], how, options);
  return {
    verdict: rows.at(-1) as VerdictRow,
    fault: rows.find((row) => row.kind === "fault"),
    explanation: rows.find((row) => row.kind === "explanation"),
  };
}

/** Rows without what depends on how the network has cut the octets: times, and the pieces of bodies without chunks. */
export function withoutTimes(rows: readonly WireRow[]): unknown[] {
  return rows
    .filter(({ kind }) => kind !== "piece")
    .map((row) => {
      const { at: _, ...rest } = row;
      if (rest.kind === "verdict") {
        const { sentence, totals } = rest;
        const { firstByte: _f, lastByte: _l, longestGap: _g, pieces: _p, ...counts } = totals;
        return {
          ...rest,
          notes: rest.notes.filter((note) => !note.startsWith("Longest gap")),
          sentence: sentence.replace(/ in [^,]+, first byte after [^,;.)]+/, ""),
          totals: counts,
        };
      }
      return { ...rest, first: 0, gap: 0, found: "" };
    });
}

/** The rows of arrivals, content decoded. */
export async function inspected(
  arrivals: readonly (readonly [at: number, octets: string | Uint8Array])[],
  options: InspectOptions = {},
  how: WireEnd = "closed",
): Promise<WireRow[]> {
  async function* source(): AsyncGenerator<WireArrival, undefined> {
    for (const [at, octets] of arrivals)
      yield { at, bytes: typeof octets === "string" ? octetsOf(octets) : octets };
    yield { at: (arrivals.at(-1)?.[0] ?? 0) + 1, end: how };
    return undefined;
  }
  const rows: WireRow[] = [];
  for await (const row of inspectWire(source(), options)) rows.push(row);
  return rows;
}

/** The rows of one kind. */
export function ofKind<Kind extends WireRow["kind"]>(
  rows: readonly WireRow[],
  kind: Kind,
): Extract<WireRow, { kind: Kind }>[] {
  return rows.filter((row): row is Extract<WireRow, { kind: Kind }> => row.kind === kind);
}

/** One chunk with its framing. */
export function chunkOf(octets: Uint8Array, extensions = ""): Uint8Array {
  return Buffer.concat([
    Buffer.from(`${octets.length.toString(16)}${extensions}\r\n`),
    octets,
    Buffer.from("\r\n"),
  ]);
}
