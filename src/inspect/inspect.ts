import { ContentDecoder } from "./content-decoder.ts";
import { codingsOf } from "../content/decoder.ts";
import { ProtocolError } from "../errors.ts";
import { DigestWatch } from "./digest-watch.ts";
import { EventCounter } from "./event-counter.ts";
import type {
  ChunkRow,
  FaultRow,
  FramingRow,
  HeadRow,
  PieceRow,
  WireEnd,
  WireField,
  WireRow,
} from "./rows.ts";
import { type ContentEnding } from "./verdict.ts";
import { faultRow } from "./fault-row.ts";
import { type WirePart, WireReader, type WireReaderOptions } from "./wire-reader.ts";

/** What comes of a connection: octets, and at last how they ended. `at` is milliseconds since the request was sent. */
export type WireArrival =
  | { readonly at: number; readonly bytes: Uint8Array }
  | { readonly at: number; readonly end: WireEnd };

/** How a response is inspected. */
export interface InspectOptions extends WireReaderOptions {
  /** Whether content codings are undone, so that rows show what their octets say. Default true. */
  readonly decode?: boolean | undefined;
  /** Each octet once, in order, for who wants to see or keep them. The view is valid until it returns. */
  readonly onOctets?: ((part: WirePart, view: Uint8Array, offset: number, at: number) => void) | undefined;
  /** Called once nothing more is awaited, though the connection may still be open: the source should then end, with `kept`. */
  readonly onDone?: (() => void) | undefined;
}

const DEFAULT_SAMPLE = 256;

/**
 * Reads a response as it arrives and gives a row for each thing that happens on the wire, the verdict last. Rows come as soon as they can:
 * a chunk's once its last octet is there. Nothing is kept of what has been shown, so a response may last for ever.
 * @param source what comes of the connection; its octets are read before the next ones are asked for. Where it ends without an `end`, the
 * connection was closed
 * @throws UsageError `ERR_SLUICE_OPTION`, and what the source throws; nothing that a peer sends
 */
export async function* inspectWire(
  source: AsyncIterable<WireArrival>,
  options: InspectOptions = {},
): AsyncGenerator<WireRow, undefined> {
  const { onOctets, onDone, decode = true, sampleBytes = DEFAULT_SAMPLE } = options;
  // What the reader has told, in order: rows, and the payload that they tell of.
  let told: (WireRow | Uint8Array)[] = [];
  let at = 0;
  const reader = new WireReader(
    {
      row: (row) => told.push(row),
      octets: (part, view, offset) => {
        if (part === "payload") told.push(view);
        onOctets?.(part, view, offset, at);
      },
    },
    options,
  );
  const content = new ContentWatch(sampleBytes, decode);
  let how: WireEnd = "closed";
  let announced = false;
  const rest = async function* (): AsyncGenerator<WireRow, undefined> {
    const items = told;
    told = [];
    for (const item of items) {
      if (item instanceof Uint8Array) await content.payload(item);
      else {
        const { row, fault } = content.row(item, reader.received);
        yield row;
        if (fault !== undefined) yield fault;
      }
    }
    return undefined;
  };
  try {
    for await (const arrival of source) {
      ({ at } = arrival);
      if ("end" in arrival) {
        how = arrival.end;
        break;
      }
      reader.receive(arrival.bytes, at);
      yield* rest();
      if (reader.done && !announced) {
        announced = true;
        onDone?.();
      }
    }
    const { fault, ending } = await content.end(reader.endsWell(how), reader.received, at);
    if (fault !== undefined) yield fault;
    reader.end(how, at, ending);
    yield* rest();
  } finally {
    content.close();
  }
  return undefined;
}

/** What the payload says: decoded, counted, checked against its digests. */
class ContentWatch {
  readonly #sampleBytes: number;
  readonly #decode: boolean;
  #head: HeadRow | undefined;
  #trailers: readonly WireField[] = [];
  #digests: DigestWatch | undefined;
  #decoder: ContentDecoder | undefined;
  #events: EventCounter | undefined;
  #ended = 0;
  #octets = 0;
  #sample: Uint8Array[] = [];
  #sampled = 0;
  #burst: ContentEnding["burst"];
  #refused: ProtocolError | undefined;
  #fault: FaultRow | undefined;

  constructor(sampleBytes: number, decode: boolean) {
    this.#sampleBytes = sampleBytes;
    this.#decode = decode;
  }

  async payload(octets: Uint8Array): Promise<void> {
    await this.#digests?.push(octets);
    if (this.#decoder === undefined) this.#ended += this.#events?.count(octets) ?? 0;
    else await this.#decoder.write(octets);
  }

  /** A row with what is known of its content, and what turned out to be wrong with that. */
  row(row: WireRow, received: number): { row: WireRow; fault?: FaultRow | undefined } {
    switch (row.kind) {
      case "head":
        this.#head = row;
        break;
      case "framing":
        this.#begin(row);
        return { row, fault: this.#failed(row.offset, row.at) };
      case "trailers":
        this.#trailers = row.fields.filter(({ allowed }) => allowed);
        break;
      case "chunk":
      case "piece":
        return { row: this.#told(row), fault: this.#failed(received, row.at) };
      default:
    }
    return { row };
  }

  async end(
    whole: boolean,
    received: number,
    at: number,
  ): Promise<{ fault: FaultRow | undefined; ending: ContentEnding }> {
    const earlier = this.#fault;
    if (whole) {
      // A digest is of the content as it was sent, so it is checked before a coding is undone.
      this.#refused ??= await this.#digests?.end(this.#trailers);
      const failure = await this.#decoder?.end();
      this.#refused ??= failure;
      this.#failed(received, at);
    }
    return {
      fault: earlier === undefined ? this.#fault : undefined,
      ending: { fault: this.#fault, decoded: this.#decoder?.decoded, burst: this.#burst },
    };
  }

  close(): void {
    this.#decoder?.close();
  }

  #begin({ framing, contentEncoding, contentType }: FramingRow): void {
    if (framing === "none" || framing === "tunnel") return;
    this.#digests = new DigestWatch(this.#head!.fields);
    this.#events = EventCounter.for(contentType);
    if (!this.#decode) return;
    try {
      const codings = codingsOf(contentEncoding);
      if (codings.length > 0) this.#decoder = new ContentDecoder(codings, (octets) => this.#decoded(octets));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refused = error;
    }
  }

  #decoded(octets: Uint8Array): void {
    this.#octets += octets.length;
    this.#ended += this.#events?.count(octets) ?? 0;
    if (this.#sampled >= this.#sampleBytes) return;
    const part = octets.slice(0, this.#sampleBytes - this.#sampled);
    this.#sample.push(part);
    this.#sampled += part.length;
  }

  #told<Row extends ChunkRow | PieceRow>(row: Row): Row {
    const events = this.#ended;
    if (events > (this.#burst?.events ?? 0))
      this.#burst = { noun: this.#events!.noun, events, number: row.number };
    const decoded =
      this.#decoder === undefined
        ? undefined
        : { octets: this.#octets, sample: new Uint8Array(Buffer.concat(this.#sample)) };
    this.#ended = 0;
    this.#octets = 0;
    this.#sample = [];
    this.#sampled = 0;
    return { ...row, decoded, events: this.#events === undefined ? undefined : events };
  }

  #failed(offset: number, at: number): FaultRow | undefined {
    const error = this.#refused ?? this.#decoder?.failure;
    if (error === undefined || this.#fault !== undefined) return undefined;
    this.#fault = faultRow(error, offset, at);
    return this.#fault;
  }
}
