import type { ContentCoding } from "../content/codings.ts";
import type { ProtocolError } from "../errors.ts";
import { CodedLayer, type CodedLayerContext } from "./coded-layer.ts";

/** What octets may grow to when they are decoded, as in the client. */
const FREE_OF_RATIO = 1024 * 1024;
const MOST_RATIO = 100;

/**
 * Undoes the content codings of one body, and says after each write what came of it. Memory: what its engines need, and a few pieces of
 * 64 KiB between two of them.
 */
export class ContentDecoder {
  // In the order in which they are undone.
  readonly #layers: readonly CodedLayer[];
  #decoded = 0;
  #failure: ProtocolError | undefined;

  /**
   * @param codings in the order in which they are undone
   * @param output called with each piece as it comes out, before `write` is over; the view is valid until it returns
   */
  constructor(codings: readonly ContentCoding[], output: (octets: Uint8Array) => void) {
    const layers: CodedLayer[] = [];
    // What has arrived pays for all that comes of it, whatever the number of codings.
    const allowed = (): number => Math.max(FREE_OF_RATIO, layers[0].taken * MOST_RATIO);
    let pass: CodedLayerContext["pass"] = (octets) => {
      this.#decoded += octets.length;
      output(octets);
      return undefined;
    };
    for (const coding of codings.toReversed()) {
      const layer = new CodedLayer(coding, { pass, allowed });
      layers.unshift(layer);
      pass = (octets) => this.#through(layer, octets);
    }
    this.#layers = layers;
  }

  /** Octets that came out. */
  get decoded(): number {
    return this.#decoded;
  }

  /** Why nothing more is decoded, where that is so. */
  get failure(): ProtocolError | undefined {
    return this.#failure;
  }

  /** Whether that is because octets follow the end of a coding, for which a client reads on to the end of the body. */
  get behindTheEnd(): boolean {
    return this.#layers.some((layer) => layer.behindTheEnd);
  }

  /** Decodes on, with all that can be had of it. Never rejects: see {@link ContentDecoder.failure}. */
  async write(octets: Uint8Array): Promise<void> {
    if (this.#failure === undefined) await this.#through(this.#layers[0], octets);
  }

  /** Says that nothing will follow. Returns why the content is not whole, where it isn't. */
  async end(): Promise<ProtocolError | undefined> {
    for (const layer of this.#layers) {
      if (this.#failure !== undefined) break;
      await layer.end();
      this.#judge(layer);
    }
    this.close();
    return this.#failure;
  }

  /** Gives the engines back. */
  close(): void {
    for (const layer of this.#layers) layer.close();
  }

  async #through(layer: CodedLayer, octets: Uint8Array): Promise<void> {
    await layer.write(octets);
    this.#judge(layer);
  }

  #judge({ failure }: CodedLayer): void {
    if (failure === undefined) return;
    this.#failure ??= failure;
    this.close();
  }
}
