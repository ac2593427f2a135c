import { isAscii } from "node:buffer";
import { TextDecoder } from "node:util";
import { ProtocolError } from "../../errors.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Text out of octets in UTF-8 (RFC 3629), whatever their cut: the beginning of a character waits for the rest of it. A byte order mark
 * is left to the parser.
 */
export class Utf8Text {
  readonly #decoder: TextDecoder;
  // The beginning of a character: three octets at most.
  #beginning: Uint8Array = NOTHING;
  // Octets before the beginning.
  #octets = 0;

  /** @param fatal whether what is not UTF-8 is an error; else it becomes U+FFFD */
  constructor(fatal: boolean) {
    this.#decoder = decoder(fatal);
  }

  /** Whether what has been read does not end inside a character. */
  get whole(): boolean {
    return this.#beginning.length === 0;
  }

  /**
   * Reads on, and calls back with the text, unless there is none.
   * @throws ProtocolError `ERR_SLUICE_FORMAT_SYNTAX`, after it has called back with what stands before the octet at fault
   */
  push(octets: Uint8Array, take: (text: string) => void): void {
    // Most text is ASCII, which is read ten times as fast.
    if (this.#beginning.length === 0 && isAscii(octets)) {
      this.#octets += octets.length;
      if (octets.length > 0) take(latin1(octets));
      return;
    }
    const all = this.#beginning.length === 0 ? octets : Buffer.concat([this.#beginning, octets]);
    const end = endOfWhole(all, all.length);
    // A copy, since a view of three octets would keep all of the memory behind it.
    this.#beginning = end === all.length ? NOTHING : new Uint8Array(all.subarray(end));
    if (end > 0) this.#decode(end === all.length ? all : all.subarray(0, end), take);
  }

  #decode(octets: Uint8Array, take: (text: string) => void): void {
    let text: string;
    try {
      // As a stream, though no character is cut here: with Node 20 that is two to four times as fast. Where one is, what follows
      // has shown that it is none.
      text = this.#decoder.decode(octets, { stream: endOfWhole(octets, octets.length) === octets.length });
    } catch {
      const valid = validLength(octets);
      if (valid > 0) take(decoder(true).decode(octets.subarray(0, valid)));
      const found = `octet 0x${octets[valid].toString(16).padStart(2, "0")}, which is no UTF-8 there`;
      throw new ProtocolError("ERR_SLUICE_FORMAT_SYNTAX", { found, offset: this.#octets + valid });
    }
    this.#octets += octets.length;
    take(text);
  }
}

function decoder(fatal: boolean): TextDecoder {
  return new TextDecoder("utf-8", { fatal, ignoreBOM: true });
}

function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}

/**
 * Where the last character that may be whole ends: up to three octets before `end`.
 *
 *     UTF8-2 = %xC2-DF UTF8-tail
 *     UTF8-3 = %xE0-EF 2UTF8-tail
 *     UTF8-4 = %xF0-F4 3UTF8-tail
 */
function endOfWhole(octets: Uint8Array, end: number): number {
  for (let at = end - 1; at >= 0 && at >= end - 3; at--) {
    const octet = octets[at];
    if (octet < 0x80) break;
    if (octet < 0xc0) continue;
    const size = octet >= 0xf0 ? 4 : octet >= 0xe0 ? 3 : 2;
    return at + size > end ? at : end;
  }
  return end;
}

/** How many octets stand before the first character that is not UTF-8, where there is one. */
function validLength(octets: Uint8Array): number {
  const fatal = decoder(true);
  // All before `low` is valid, and up to `high` it is not.
  let low = 0;
  let high = octets.length;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    try {
      fatal.decode(octets.subarray(0, endOfWhole(octets, middle)));
      low = middle;
    } catch {
      high = middle;
    }
  }
  return endOfWhole(octets, low);
}
