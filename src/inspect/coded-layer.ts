import type { Gunzip } from "node:zlib";
import { codecOf, type ContentCoding } from "../content/codings.ts";
import { ZstdFrames } from "../content/zstd-frames.ts";
import { ProtocolError } from "../errors.ts";

/** What a {@link CodedLayer} has to know. */
export interface CodedLayerContext {
  /**
   * Called with each piece as it comes out; the view is valid until it returns. Where it returns a promise, nothing more comes out before
   * that resolves.
   */
  pass(piece: Uint8Array): Promise<void> | undefined;
  /** Octets that may have come out by now. */
  allowed(): number;
}

/**
 * Undoes one content coding. Every piece is counted and passed on as it comes out of the engine, and none is gathered: what a few octets
 * may grow to is never held.
 */
export class CodedLayer {
  readonly #context: CodedLayerContext;
  readonly #engine: Gunzip;
  readonly #frames: ZstdFrames | undefined;
  #fed = 0;
  #out = 0;
  #error: unknown;
  #over = false;
  #closed = false;
  #strayed = false;
  #passing: Promise<void> | undefined;
  #wake: () => void = () => {};
  #failure: ProtocolError | undefined;
  #behindTheEnd = false;

  constructor(coding: ContentCoding, context: CodedLayerContext) {
    this.#context = context;
    this.#engine = codecOf(coding).decoder();
    this.#frames = coding === "zstd" ? new ZstdFrames() : undefined;
    this.#engine.on("data", (piece: Uint8Array) => this.#came(piece));
    this.#engine.on("error", (error) => {
      this.#error = error;
      this.#stopped();
    });
    this.#engine.on("end", () => this.#stopped());
    this.#engine.on("close", () => this.#stopped());
  }

  /** Octets that the engine has taken. */
  get taken(): number {
    return this.#engine.bytesWritten;
  }

  /** Why nothing more is decoded, where that is so. */
  get failure(): ProtocolError | undefined {
    return this.#failure;
  }

  /** Whether that is because octets follow the end of the coding. */
  get behindTheEnd(): boolean {
    return this.#behindTheEnd;
  }

  /** Decodes on. Resolves once all that comes of it has been passed on; never rejects. */
  async write(octets: Uint8Array): Promise<void> {
    if (this.#closed) return;
    this.#fed += octets.length;
    let at = 0;
    while (at < octets.length && !this.#over && !this.#strayed) {
      // Frame by frame: some versions of node take no octet behind the end of one that comes in the same write.
      const end = this.#frames?.take(octets, at) ?? octets.length;
      this.#strayed = end === at;
      if (!this.#strayed) await this.#feed(octets.subarray(at, end));
      at = end;
    }
    await this.#drained();
    if (this.#closed) return;
    const { bytesWritten } = this.#engine;
    if (this.#strayed || (this.#over && this.#error === undefined && bytesWritten < this.#fed)) {
      this.#behindTheEnd = true;
      this.#failure = behindTheEnd(bytesWritten);
    } else if (this.#error !== undefined) this.#failure = asOurs(this.#error, this.#fed);
  }

  /** Says that nothing will follow. Resolves once the rest has been passed on; never rejects. */
  async end(): Promise<void> {
    if (this.#closed) return;
    if (!this.#over) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#engine.end();
      });
    }
    await this.#drained();
    if (this.#closed) return;
    if (this.#error !== undefined) this.#failure = asOurs(this.#error, this.#fed);
    else if (this.#frames?.whole === false)
      this.#failure = new ProtocolError("ERR_SLUICE_CODED_TRUNCATED", { offset: this.#fed });
  }

  /** Gives the engine back, in the middle of its work, too. */
  close(): void {
    this.#closed = true;
    this.#engine.destroy();
  }

  #came(piece: Uint8Array): void {
    if (this.#closed) return;
    this.#out += piece.length;
    const allowed = this.#context.allowed();
    if (this.#out > allowed) {
      this.#failure = new ProtocolError("ERR_SLUICE_DECODED_TOO_LARGE", { offset: allowed });
      this.close();
      return;
    }
    const passing = this.#context.pass(piece);
    if (passing === undefined) return;
    this.#engine.pause();
    this.#passing = passing.then(() => {
      this.#passing = undefined;
      this.#engine.resume();
    });
  }

  /** Resolves once all of it has been decoded, or the engine has stopped: behind its end it never calls back. */
  #feed(octets: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#engine.write(octets, () => resolve());
    });
  }

  /** Resolves once everything that has come out has been passed on. */
  async #drained(): Promise<void> {
    // Reading makes the engine tell of a piece that it has kept while it was paused.
    while (!this.#closed && (this.#passing !== undefined || this.#engine.read() !== null))
      await this.#passing;
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
