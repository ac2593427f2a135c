import { PLAIN, type Style, type StyleName } from "./style.ts";
import { asciiOf, hexPairs, visible } from "./visible-text.ts";
import type { WirePart } from "./wire-reader.ts";

/** How octets become lines. */
export interface HexViewOptions {
  /** Columns. Default 80; from 78 on a line has 16 octets, from 46 on 8, else 4. */
  readonly width?: number | undefined;
  /** Default: no styles. */
  readonly style?: Style | undefined;
}

/** What stands before the octets of each part, so that framing can be told from payload without colours. */
const MARKS: { readonly [part in WirePart]: string } = { head: "#", framing: "=", payload: " ", unread: "!" };
const STYLES: { readonly [part in WirePart]: StyleName | undefined } = {
  head: "cyan",
  framing: "yellow",
  payload: undefined,
  unread: "red",
};

/** The octets of a response as hex and ASCII, a new line where one part ends: `#` head, `=` framing, `!` unread, payload without a mark. */
export class HexView {
  readonly #perLine: number;
  readonly #style: Style;
  readonly #line: Uint8Array;
  #length = 0;
  #offset = 0;
  #part: WirePart = "head";

  constructor({ width = 80, style = PLAIN }: HexViewOptions = {}) {
    this.#perLine = width >= 78 ? 16 : width >= 46 ? 8 : 4;
    this.#style = style;
    this.#line = new Uint8Array(this.#perLine);
  }

  /** The lines that are full now, without line ends. The parameters are those of `onOctets`. */
  lines(part: WirePart, octets: Uint8Array, offset: number): string[] {
    const lines = part === this.#part ? [] : this.end();
    this.#part = part;
    for (let at = 0; at < octets.length; at++) {
      if (this.#length === 0) this.#offset = offset + at;
      this.#line[this.#length++] = octets[at];
      if (this.#length === this.#perLine) lines.push(...this.end());
    }
    return lines;
  }

  /** The line that was begun, if any. */
  end(): string[] {
    if (this.#length === 0) return [];
    const octets = this.#line.subarray(0, this.#length);
    this.#length = 0;
    const hex = hexPairs(octets).padEnd(3 * this.#perLine - 1);
    const style = STYLES[this.#part];
    const shown = `${MARKS[this.#part]} ${hex}  |${asciiOf(octets)}|`;
    const offset = this.#style("dim", this.#offset.toString(16).padStart(8, "0"));
    return [`${offset} ${style === undefined ? shown : this.#style(style, shown)}`];
  }
}

/**
 * Octets as a terminal may see them: line by line as they are on the wire, with control characters made visible, CR and LF among them.
 * The result is printed as it is, without a line end.
 */
export class RawView {
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

  text(octets: Uint8Array): string {
    return visible(this.#utf8.decode(octets, { stream: true })).replaceAll("\u240a", "\u240a\n");
  }
}
