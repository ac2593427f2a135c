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

/** The chunk whose size was read last. Offsets are on the wire. */
interface ChunkUnderWay {
  /** 0 before the first one; the last chunk has that of the one before. */
  number: number;
  digits: string;
  size: number;
  received: number;
  extensions: readonly ChunkExtension[];
  /** When the first octet of its size came. */
  first: number;
  lineOffset: number;
  dataOffset: number;
  /** Where the next size begins, or should; `Infinity` until the data is over. */
  nextLine: number;
  /** Whether it is the chunk of size 0. */
  last: boolean;
}

/** The same, for whoever looks at what has broken. */
export type ChunkScene = Readonly<ChunkUnderWay>;

/** The octets that are being read. */
interface Piece {
  readonly bytes: Uint8Array;
  /** Where the first of them is on the wire. */
  readonly base: number;
  readonly at: number;
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
  #piece: Piece = { bytes: new Uint8Array(0), base: 0, at: 0 };
  /** Octets of the piece at hand that have been told of. */
  told = 0;
  #underWay: ChunkUnderWay;
  // When the size that is being read began to come.
  #lineAt: number | undefined;
  // When the last octet of the head, or of the data before, came.
  #lastAt: number;

  constructor(handler: ChunkedRowsHandler, context: ChunkedRowsContext) {
    this.#handler = handler;
    this.#context = context;
    this.#underWay = {
      number: 0,
      digits: "",
      size: 0,
      received: 0,
      extensions: [],
      first: 0,
      lineOffset: 0,
      dataOffset: 0,
      nextLine: context.bodyStart,
      last: false,
    };
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

  /** The chunk whose size was read last. */
  get scene(): ChunkScene {
    return this.#underWay;
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
    this.#piece = { bytes, base, at };
    this.told = start;
    const next = this.#decoder.write(bytes, start);
    this.#framing(next);
    if (this.#underWay.nextLine < base + next) this.#lineAt ??= at;
    if (this.#decoder.done) this.#trailers();
    return next;
  }

  /** Tells of the chunk that will not become whole. */
  breakOff(at: number): void {
    const { received, size } = this.#underWay;
    if (received < size) this.#chunkRow(at);
  }

  /** Octets up to an index of the piece are framing. */
  #framing(to: number): void {
    if (to <= this.told) return;
    const { bytes, base } = this.#piece;
    this.#current.append(bytes, this.told, to);
    this.#handler.octets("framing", bytes.subarray(this.told, to), base + this.told);
    this.told = to;
  }

  #chunk(size: number, extensions: readonly ChunkExtension[]): void {
    const { bytes, base, at } = this.#piece;
    const { nextLine: line, number } = this.#underWay;
    const first = line < base ? (this.#lineAt ?? at) : at;
    const end = bytes.indexOf(LF, Math.max(this.told, line - base)) + 1;
    this.#framing(end);
    const held = this.#current.octets.subarray(line - this.#current.start);
    let length = 0;
    while (HEX[held[length]] !== 255 && length < held.length) length++;
    const digits = latin1(held, 0, length);
    const last = size === 0;
    this.#underWay = {
      number: last ? number : number + 1,
      digits,
      size,
      received: 0,
      extensions,
      first,
      lineOffset: line,
      dataOffset: base + end,
      nextLine: last ? line : Infinity,
      last,
    };
    this.#lineAt = undefined;
    if (!last) return;
    this.#handler.row({
      kind: "last-chunk",
      at,
      first,
      gap: first - this.#lastAt,
      offset: line,
      bodyOffset: line - this.#context.bodyStart,
      digits,
      extensions,
    });
  }

  #data(view: Uint8Array): void {
    const { bytes, base, at } = this.#piece;
    const chunk = this.#underWay;
    // The decoder passes on views of what it was given, where somebody looks at chunks.
    const from = view.byteOffset - bytes.byteOffset;
    const to = from + view.length;
    this.#framing(from);
    this.#current.append(bytes, from, to, KEPT_OF_CHUNK);
    this.#handler.octets("payload", view, base + from);
    this.told = to;
    chunk.received += view.length;
    if (chunk.received < chunk.size) return;
    this.#chunkRow(at);
    const end = base + to;
    [this.#previous, this.#current] = [this.#current, this.#previous];
    this.#current.restart(end);
    chunk.nextLine = end + 2;
  }

  #chunkRow(at: number): void {
    const { number, digits, size, received, extensions, first, lineOffset, dataOffset } = this.#underWay;
    const data = dataOffset - this.#current.start;
    this.#handler.row({
      kind: "chunk",
      number,
      offset: lineOffset,
      bodyOffset: lineOffset - this.#context.bodyStart,
      dataOffset,
      digits,
      size,
      extensions,
      received,
      first,
      at,
      gap: first - this.#lastAt,
      sample: this.#current.octets.slice(data, data + this.#context.sampleBytes),
    });
    this.#lastAt = at;
  }

  #trailers(): void {
    const { dataOffset } = this.#underWay;
    const octets = this.#current.octets.subarray(dataOffset - this.#current.start);
    const fields = fieldLines(octets, dataOffset).map((field) => {
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
      at: this.#piece.at,
      offset: dataOffset,
      octets: octets.length,
      fields,
    });
  }
}

function namesIn({ fields }: HeadRow, name: string): Set<string> {
  const lines = fields.filter((field) => field.name.toLowerCase() === name);
  return new Set(lines.flatMap(({ value }) => listElements(value.toLowerCase())));
}
