// What a reader sees of an answer, whatever has carried it.

import type { Transform } from "node:stream";
import zlib from "node:zlib";

/** A request, in the words that every version of HTTP has. */
export interface Asking {
  /** Default GET. */
  readonly method?: string;
  /** Default `/`. */
  readonly target?: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** The pieces of an iterable leave one by one. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  readonly trailers?: Readonly<Record<string, string>>;
}

export interface Head {
  readonly status: number;
  /** By lower-case name; several lines of one are joined with `, `. */
  readonly fields: ReadonlyMap<string, string>;
  /** Each Set-Cookie. */
  readonly cookies: readonly string[];
}

/** One request and what comes back, on some transport. Nothing is taken from it before it is asked for. */
export interface Transfer {
  readonly head: Promise<Head>;
  /** The interim responses so far. */
  readonly interim: readonly Head[];
  /** The next octets; undefined at a proper end. Rejects where the body is cut. */
  pull(): Promise<Uint8Array | undefined>;
  /** Those that have come, once the body is complete. */
  trailers(): ReadonlyMap<string, string>;
  /** Gives the rest up, as a browser does whose tab is closed. */
  leave(): void;
  /** What stands for the connection; undefined where there is none. */
  connection(): unknown;
}

/** Asks, over connections that are kept. */
export interface Reader {
  ask(asking: Asking): Transfer;
  close(): Promise<void>;
}

/** An answer, from its first octet to its last. */
export interface Whole extends Head {
  readonly ending: "complete" | "cut";
  /** As they were carried. */
  readonly octets: Buffer;
  /** With the content coding undone; of a body that was cut, without. */
  readonly text: string;
  readonly trailers: ReadonlyMap<string, string>;
  readonly interim: readonly Head[];
  readonly connection: unknown;
}

/** An answer that is read as far as it is asked for. */
export class Answer {
  readonly #transfer: Transfer;
  readonly #pieces: Uint8Array[] = [];
  #decoder: Transform | undefined;
  #text = "";

  constructor(transfer: Transfer) {
    this.#transfer = transfer;
  }

  get head(): Promise<Head> {
    return this.#transfer.head;
  }

  get interim(): readonly Head[] {
    return this.#transfer.interim;
  }

  /** What {@link until} has read, with the content coding undone as it arrived. */
  get text(): string {
    return this.#text;
  }

  /** Reads on until this has arrived. */
  async until(text: string): Promise<void> {
    const { fields } = await this.head;
    while (!this.#text.includes(text)) {
      const piece = await this.#pull();
      if (piece === undefined) throw new Error(`the end, and no ${text} in ${this.#text}`);
      this.#decoder ??= decoderOf(fields.get("content-encoding"))?.on("data", (octets: Buffer) => {
        this.#text += octets.toString("latin1");
      });
      if (this.#decoder === undefined) this.#text += Buffer.from(piece).toString("latin1");
      else await new Promise((resolve) => this.#decoder!.write(piece, resolve));
    }
  }

  /** Reads at least this many octets, unless the body ends. Returns how many. */
  async take(octets: number): Promise<number> {
    let taken = 0;
    while (taken < octets) {
      const piece = await this.#pull();
      if (piece === undefined) break;
      taken += piece.length;
    }
    return taken;
  }

  /** Reads to the end, what was read before included. */
  async whole(): Promise<Whole> {
    const head = await this.head;
    let ending: Whole["ending"] = "complete";
    try {
      while ((await this.#pull()) !== undefined);
    } catch {
      ending = "cut";
    }
    const octets = Buffer.concat(this.#pieces);
    const coding = ending === "complete" ? head.fields.get("content-encoding") : undefined;
    return {
      ...head,
      ending,
      octets,
      text: decoded(octets, coding).toString(),
      trailers: this.#transfer.trailers(),
      interim: this.interim,
      connection: this.#transfer.connection(),
    };
  }

  leave(): void {
    this.#transfer.leave();
  }

  async #pull(): Promise<Uint8Array | undefined> {
    const piece = await this.#transfer.pull();
    if (piece !== undefined) this.#pieces.push(piece);
    return piece;
  }
}

/** Codings that this runtime can undo: Node 20 has no zstd. */
export const CODINGS: readonly string[] = [
  "gzip",
  "br",
  "deflate",
  ...("zstdDecompressSync" in zlib ? ["zstd"] : []),
];

function decoderOf(coding: string | undefined): Transform | undefined {
  switch (coding) {
    case undefined:
      return undefined;
    case "br":
      return zlib.createBrotliDecompress();
    case "zstd":
      return zstd().createZstdDecompress();
    default:
      return zlib.createUnzip();
  }
}

function decoded(octets: Buffer, coding: string | undefined): Buffer {
  // An answer to HEAD has the coding that GET's would have.
  if (coding === undefined || octets.length === 0) return octets;
  if (coding === "br") return zlib.brotliDecompressSync(octets);
  if (coding === "zstd") return zstd().zstdDecompressSync(octets);
  return zlib.unzipSync(octets);
}

/** The types of Node 20 don't have it. */
function zstd(): { createZstdDecompress(): Transform; zstdDecompressSync(octets: Buffer): Buffer } {
  return zlib as never;
}

/** Fields as lines, gathered by name. */
export function fieldsOf(
  lines: Iterable<readonly [name: string, value: string]>,
): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    fields.set(key, fields.has(key) ? `${fields.get(key)}, ${value}` : value);
  }
  return fields;
}
