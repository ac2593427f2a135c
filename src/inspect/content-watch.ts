import { codingsOf } from "../content/decoder.ts";
import { ProtocolError } from "../errors.ts";
import { ContentDecoder } from "./content-decoder.ts";
import { DigestWatch } from "./digest-watch.ts";
import { EventCounter } from "./event-counter.ts";
import { faultRow } from "./fault-row.ts";
import type { ChunkRow, FaultRow, FramingRow, HeadRow, PieceRow, WireField, WireRow } from "./rows.ts";
import type { ContentEnding } from "./verdict.ts";

/** What the payload says: decoded, counted, checked against its digests. */
export class ContentWatch {
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
  // What is wrong with digests that nothing has announced.
  #unannounced: ProtocolError | undefined;
  #fault: FaultRow | undefined;
  // Whether the client finds the fault where it is, and not at the end of the body.
  #foundAtOnce = true;

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
  async row(row: WireRow, received: number): Promise<{ row: WireRow; fault?: FaultRow | undefined }> {
    switch (row.kind) {
      case "head":
        this.#head = row;
        break;
      case "framing":
        await this.#begin(row);
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
      const digests = this.#digests;
      const unlike = await digests?.end(this.#trailers);
      if (digests?.announced === true) this.#refused ??= unlike;
      else this.#unannounced = unlike;
      const failure = await this.#decoder?.end();
      this.#refused ??= failure;
    }
    // Also where it is not: of a chunk that has not ended no row has told.
    this.#failed(received, at);
    return {
      fault: earlier === undefined ? this.#fault : undefined,
      ending: {
        fault: whole || this.#foundAtOnce ? this.#fault : undefined,
        unannounced: this.#unannounced?.code,
        decoded: this.#decoder?.decoded,
        burst: this.#burst,
      },
    };
  }

  close(): void {
    this.#decoder?.close();
  }

  async #begin({ framing, length, contentEncoding, contentType }: FramingRow): Promise<void> {
    if (framing === "none" || framing === "tunnel") return;
    const { status, fields } = this.#head!;
    this.#events = EventCounter.for(contentType);
    // As in the client: of nothing no coding is unfinished, and a part of coded content cannot be decoded by itself.
    if (this.#decode && status !== 206 && length !== 0) this.#beginDecoding(contentEncoding);
    const digests = new DigestWatch(fields);
    // Without an announcement there can only be some in trailers.
    if (!digests.announced && framing !== "chunked") return;
    this.#digests = digests;
    this.#refused ??= await digests.begin();
  }

  #beginDecoding(contentEncoding: string): void {
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
    this.#foundAtOnce = this.#refused !== undefined || this.#decoder?.behindTheEnd !== true;
    return this.#fault;
  }
}
