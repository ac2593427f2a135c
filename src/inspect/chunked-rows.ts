import { latin1 } from "../bytes/latin1.ts";
import { HEX, LF } from "../bytes/tables.ts";
import { ChunkedDecoder } from "../http1/chunked-decoder.ts";
import type { ChunkExtension } from "../http1/chunk-extensions.ts";
import type { WireLimits } from "../http1/limits.ts";
import { isTrailer } from "../semantics/trailers.ts";
import { listElements } from "../semantics/lists.ts";
import { HeldOctets } from "./held-octets.ts";
import type { ChunkRow, HeadRow, LastChunkRow, TrailersRow } from "./rows.ts";
import { fieldLines } from "./section-lines.ts";

/** Octets of one chunk that are kept for a second look. */
const KEPT_OF_CHUNK = 16_384;

/** What a {@link ChunkedRows} calls. */
export interface ChunkedRowsHandler {
  row(row: ChunkRow | LastChunkRow | TrailersRow): void;
  octets(part: "framing" | "payload", view: Uint8Array, offset: number): void;
}

/** What a {@link ChunkedRows} has to know. */
export interface ChunkedRowsContext {
  readonly head: HeadRow;
  /** Where the body begins on the wire. */
  readonly bodyStart: number;
  readonly sampleBytes: number;
  readonly limits: Partial<WireLimits>;
}

/** The chunk whose size was read last. */
export interface ChunkScene {
  /** 0 before the first one. */
  readonly number: number;
  readonly digits: string;
  readonly size: number;
  readonly received: number;
  /** On the wire. */
  readonly dataOffset: number;
  /** Where the next size begins, or should: on the wire. */
  readonly nextLine: number;
  /** Whether the chunk of size 0 has been read. */
  readonly last: boolean;
}

/** A chunked body as rows: the strict decoder reads, and here is noted where everything stands. */
export class ChunkedRows {
  readonly #handler: ChunkedRowsHandler;
  readonly #context: ChunkedRowsContext;
  readonly #decoder: ChunkedDecoder;
  readonly #declared: ReadonlySet<string>;
  readonly #hopByHop: ReadonlySet<string>;
  // From the end of the data before (or the beginning of the body) to the end of this chunk's: its CR LF comes first.
  #current = new HeldOctets();
  #previous = new HeldOctets();
  #bytes: Uint8Array = new Uint8Array(0);
  #base = 0;
  #at = 0;
  /** Octets of the piece at hand that have been told of. */
  told = 0;
  #number = 0;
  #digits = "";
  #size = 0;
  #received = 0;
  #extensions: readonly ChunkExtension[] = [];
  #nextLine: number;
  #lineOffset = 0;
  #dataOffset = 0;
  // When the size that is being read began to come.
  #lineAt: number | undefined;
  #first = 0;
  // When the last octet of the head, or of the data before, came.
  #lastAt: number;
  #last = false;

  constructor(handler: ChunkedRowsHandler, context: ChunkedRowsContext) {
    this.#handler = handler;
    this.#context = context;
    this.#nextLine = context.bodyStart;
    this.#lastAt = context.head.at;
    this.#current.restart(context.bodyStart);
    this.#declared = namesIn(context.head, "trailer");
    this.#hopByHop = namesIn(context.head, "connection");
    this.#decoder = new ChunkedDecoder(
      { chunk: (size, extensions) => this.#chunk(size, extensions), data: (view) => this.#data(view) },
      context.limits,
    );
  }

  /** Whether the whole body has been read. */
  get done(): boolean {
    return this.#decoder.done;
  }

  /** Whether the chunk of size 0 has been read. */
  get lastChunk(): boolean {
    return this.#last;
  }

  /** The chunk inside which the reader is. */
  get open(): ChunkScene | undefined {
    return this.#received < this.#size ? this.scene : undefined;
  }

  get scene(): ChunkScene {
    return {
      number: this.#number,
      digits: this.#digits,
      size: this.#size,
      received: this.#received,
      dataOffset: this.#dataOffset,
      nextLine: this.#nextLine,
      last: this.#last,
    };
  }

  /** From the end of the last data that came whole. */
  get current(): HeldOctets {
    return this.#current;
  }

  /** The chunk before that. */
  get previous(): HeldOctets {
    return this.#previous;
  }

  /**
   * Reads on; returns the index of the first octet that is not part of the body.
   * @param base where the first octet of `bytes` is on the wire
   * @throws ProtocolError with the offset from the first octet of the body
   */
  read(bytes: Uint8Array, start: number, base: number, at: number): number {
    this.#bytes = bytes;
    this.#base = base;
    this.#at = at;
    this.told = start;
    const next = this.#decoder.write(bytes, start);
    this.#framing(next);
    if (this.#nextLine < base + next) this.#lineAt ??= at;
    if (this.#decoder.done) this.#trailers();
    return next;
  }

  /** Tells of the chunk that will not become whole. */
  breakOff(at: number): void {
    if (this.#received < this.#size) this.#chunkRow(at);
  }

  /** Octets up to an index of the piece are framing. */
  #framing(to: number): void {
    if (to <= this.told) return;
    this.#current.append(this.#bytes, this.told, to);
    this.#handler.octets("framing", this.#bytes.subarray(this.told, to), this.#base + this.told);
    this.told = to;
  }

  #chunk(size: number, extensions: readonly ChunkExtension[]): void {
    const line = this.#nextLine;
    const cut = line < this.#base;
    this.#first = cut ? (this.#lineAt ?? this.#at) : this.#at;
    const end = this.#bytes.indexOf(LF, Math.max(this.told, line - this.#base)) + 1;
    this.#framing(end);
    const held = this.#current.octets.subarray(line - this.#current.start);
    let digits = 0;
    while (HEX[held[digits]] !== 255 && digits < held.length) digits++;
    this.#digits = latin1(held, 0, digits);
    this.#size = size;
    this.#received = 0;
    this.#extensions = extensions;
    this.#lineOffset = line;
    this.#dataOffset = this.#base + end;
    this.#lineAt = undefined;
    if (size > 0) {
      this.#number++;
      // Until the data is over there is no next line.
      this.#nextLine = Infinity;
      return;
    }
    this.#last = true;
    this.#handler.row({
      kind: "last-chunk",
      at: this.#at,
      first: this.#first,
      gap: this.#first - this.#lastAt,
      offset: line,
      bodyOffset: line - this.#context.bodyStart,
      digits: this.#digits,
      extensions,
    });
  }

  #data(view: Uint8Array): void {
    // The decoder passes on views of what it was given, where somebody looks at chunks.
    const from = view.byteOffset - this.#bytes.byteOffset;
    const to = from + view.length;
    this.#framing(from);
    this.#current.append(this.#bytes, from, to, KEPT_OF_CHUNK);
    this.#handler.octets("payload", view, this.#base + from);
    this.told = to;
    this.#received += view.length;
    if (this.#received < this.#size) return;
    this.#chunkRow(this.#at);
    const end = this.#base + to;
    [this.#previous, this.#current] = [this.#current, this.#previous];
    this.#current.restart(end);
    this.#nextLine = end + 2;
  }

  #chunkRow(at: number): void {
    const data = this.#dataOffset - this.#current.start;
    this.#handler.row({
      kind: "chunk",
      number: this.#number,
      offset: this.#lineOffset,
      bodyOffset: this.#lineOffset - this.#context.bodyStart,
      dataOffset: this.#dataOffset,
      digits: this.#digits,
      size: this.#size,
      extensions: this.#extensions,
      received: this.#received,
      first: this.#first,
      at,
      gap: this.#first - this.#lastAt,
      sample: this.#current.octets.slice(data, data + this.#context.sampleBytes),
    });
    this.#lastAt = at;
  }

  #trailers(): void {
    const octets = this.#current.octets.subarray(this.#dataOffset - this.#current.start);
    const fields = fieldLines(octets, this.#dataOffset).map((field) => {
      const name = field.name.toLowerCase();
      return {
        ...field,
        declared: this.#declared.has(name),
        allowed: isTrailer(name) && !this.#hopByHop.has(name),
      };
    });
    if (fields.length === 0) return;
    this.#handler.row({
      kind: "trailers",
      at: this.#at,
      offset: this.#dataOffset,
      octets: octets.length,
      fields,
    });
  }
}

function namesIn({ fields }: HeadRow, name: string): Set<string> {
  const lines = fields.filter((field) => field.name.toLowerCase() === name);
  return new Set(lines.flatMap(({ value }) => listElements(value.toLowerCase())));
}
