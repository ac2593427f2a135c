import type { Gunzip } from "node:zlib";
import { codecOf, type ContentCoding } from "../content/codings.ts";
import { ZstdFrames } from "../content/zstd-frames.ts";
import { ProtocolError } from "../errors.ts";

/** What octets may grow to when they are decoded, as in the client. */
const FREE_OF_RATIO = 1024 * 1024;
const MOST_RATIO = 100;

/** Undoes the content codings of one body, and says after each write what came of it. */
export class ContentDecoder {
  readonly #layers: readonly CodedLayer[];
  #fed = 0;
  #decoded = 0;
  #failure: ProtocolError | undefined;

  /**
   * @param codings in the order in which they are undone
   * @param output called with all that could be decoded, before `write` is over; the view is valid until it returns
   */
  constructor(codings: readonly ContentCoding[], output: (octets: Uint8Array) => void) {
    this.#layers = codings.map((coding) => new CodedLayer(coding));
    this.#output = output;
  }

  readonly #output: (octets: Uint8Array) => void;

  /** Octets that came out. */
  get decoded(): number {
    return this.#decoded;
  }

  /** Why nothing more is decoded, where that is so. */
  get failure(): ProtocolError | undefined {
    return this.#failure;
  }

  /** Decodes on, with all that can be had of it. Never rejects: see {@link ContentDecoder.failure}. */
  async write(octets: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return;
    this.#fed += octets.length;
    await this.#through(octets, 0);
  }

  /** Says that nothing will follow. Returns why the content is not whole, where it isn't. */
  async end(): Promise<ProtocolError | undefined> {
    for (const [index, layer] of this.#layers.entries()) {
      if (this.#failure !== undefined) break;
      // oxlint-disable-next-line no-await-in-loop -- One layer's end is in what the next one decodes.
      await layer.end((piece) => this.#through(piece, index + 1));
      this.#failure ??= layer.failure;
    }
    this.close();
    return this.#failure;
  }

  /** Gives the engines back. */
  close(): void {
    for (const layer of this.#layers) layer.close();
  }

  async #through(octets: Uint8Array, index: number): Promise<void> {
    const layer = this.#layers[index];
    if (layer === undefined) {
      this.#decoded += octets.length;
      this.#output(octets);
      return;
    }
    const grown = await layer.write(
      octets,
      (piece) => this.#through(piece, index + 1),
      () => this.#allowed(),
    );
    this.#failure ??= layer.failure;
    if (!grown)
      this.#failure ??= new ProtocolError("ERR_SLUICE_DECODED_TOO_LARGE", { offset: this.#allowed() });
    if (this.#failure !== undefined) this.close();
  }

  #allowed(): number {
    return Math.max(FREE_OF_RATIO, this.#fed * MOST_RATIO);
  }
}

/** One coding. */
class CodedLayer {
  readonly #engine: Gunzip;
  readonly #frames: ZstdFrames | undefined;
  #fed = 0;
  #out = 0;
  #pieces: Uint8Array[] = [];
  #error: unknown;
  #over = false;
  #strayed = false;
  #wake: () => void = () => {};
  failure: ProtocolError | undefined;

  constructor(coding: ContentCoding) {
    this.#engine = codecOf(coding).decoder();
    this.#frames = coding === "zstd" ? new ZstdFrames() : undefined;
    this.#engine.on("data", (piece: Uint8Array) => {
      this.#pieces.push(piece);
      this.#out += piece.length;
    });
    this.#engine.on("error", (error) => {
      this.#error = error;
      this.#stopped();
    });
    this.#engine.on("end", () => this.#stopped());
    this.#engine.on("close", () => this.#stopped());
  }

  /** Returns whether what came out is no more than allowed. */
  async write(
    octets: Uint8Array,
    next: (piece: Uint8Array) => Promise<void>,
    allowed: () => number,
  ): Promise<boolean> {
    this.#fed += octets.length;
    let at = 0;
    while (at < octets.length && !this.#over && !this.#strayed) {
      // Frame by frame: some versions of node take no octet behind the end of one that comes in the same write.
      const end = this.#frames?.take(octets, at) ?? octets.length;
      this.#strayed = end === at;
      // oxlint-disable-next-line no-await-in-loop -- One after the other is the point.
      if (!this.#strayed) await this.#feed(octets.subarray(at, end));
      at = end;
    }
    const small = this.#out <= allowed();
    await this.#drain(next);
    if (this.#strayed || (this.#over && this.#error === undefined && this.#engine.bytesWritten < this.#fed))
      this.failure ??= behindTheEnd(this.#engine.bytesWritten);
    else if (this.#error !== undefined) this.failure ??= asOurs(this.#error, this.#fed);
    return small;
  }

  async end(next: (piece: Uint8Array) => Promise<void>): Promise<void> {
    if (!this.#over) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#engine.end();
      });
    }
    await this.#drain(next);
    if (this.#error !== undefined) this.failure ??= asOurs(this.#error, this.#fed);
    else if (this.#frames?.whole === false)
      this.failure ??= new ProtocolError("ERR_SLUICE_CODED_TRUNCATED", { offset: this.#fed });
  }

  close(): void {
    this.#engine.destroy();
  }

  /** Resolves once all of it has been decoded, or the engine has stopped: behind its end it never calls back. */
  #feed(octets: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#engine.write(octets, () => resolve());
    });
  }

  async #drain(next: (piece: Uint8Array) => Promise<void>): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = [];
    // oxlint-disable-next-line no-await-in-loop -- In order.
    for (const piece of pieces) await next(piece);
  }

  #stopped(): void {
    this.#over = true;
    this.#wake();
  }
}

function behindTheEnd(offset: number): ProtocolError {
  return new ProtocolError("ERR_SLUICE_CODED_CORRUPT", {
    found: "octets behind the end of the coding",
    offset,
  });
}

function asOurs(cause: unknown, offset: number): ProtocolError {
  const truncated = (cause as { code?: unknown }).code === "Z_BUF_ERROR";
  return new ProtocolError(truncated ? "ERR_SLUICE_CODED_TRUNCATED" : "ERR_SLUICE_CODED_CORRUPT", {
    offset,
    cause,
  });
}
