import { isToken } from "../bytes/grammar.ts";
import { UsageError } from "../errors.ts";
import { isPartField } from "./part-field.ts";

/**
 *     boundary      = 0*69<bchars> bcharsnospace
 *     bchars        = bcharsnospace / " "
 *     bcharsnospace = DIGIT / ALPHA / "'" / "(" / ")" / "+" / "_" / "," / "-" / "." / "/" / ":" / "=" / "?"
 */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/** A boundary that may stand between parts (RFC 2046 section 5.1.1). @throws UsageError `ERR_SLUICE_INVALID_PART` */
export function checkBoundary(boundary: string): string {
  if (typeof boundary !== "string") throw refusal(`a boundary of type ${typeof boundary}`);
  if (!BOUNDARY.test(boundary)) throw refusal(`boundary: ${boundary}`);
  return boundary;
}

/**
 * Writes what stands around the parts of a multipart body (RFC 2046 section 5.1.1), whose data the caller sends between: the twin of
 * {@link MultipartParser}. It serves `multipart/mixed`, `byteranges`, `form-data` and `x-mixed-replace` alike.
 *
 *     multipart-body = dash-boundary CRLF body-part *( delimiter CRLF body-part ) close-delimiter CRLF
 *
 * No part may have the boundary in its data. A boundary of 20 or more random letters makes sure of that; it is the caller's to give.
 */
export class MultipartEncoder {
  /** The text between the parts. */
  readonly boundary: string;
  #begun = false;
  // The delimiter behind the last part is out already.
  #delimited = false;
  #ended = false;

  /** @throws UsageError `ERR_SLUICE_INVALID_PART` */
  constructor(boundary: string) {
    this.boundary = checkBoundary(boundary);
  }

  /**
   * The value of Content-Type for this body: `multipart/mixed; boundary=...`, the boundary in quotes where it must be.
   * @param subtype `mixed`, `byteranges`, `x-mixed-replace`
   * @throws UsageError `ERR_SLUICE_INVALID_PART`
   */
  contentType(subtype: string): string {
    if (!isToken(subtype)) throw refusal(`subtype: ${subtype}`);
    const { boundary } = this;
    return `multipart/${subtype}; boundary=${isToken(boundary) ? boundary : `"${boundary}"`}`;
  }

  /**
   * What stands before the data of a part: the delimiter, unless it is out, and the head. It is sent as UTF-8. White space around a
   * value does not arrive.
   * @throws UsageError `ERR_SLUICE_INVALID_PART`, `ERR_SLUICE_OUT_OF_ORDER`
   */
  part(headers: Iterable<readonly [name: string, value: string]> = []): string {
    this.#mayGoOn("a part");
    let lines = "";
    for (const [name, value] of headers) {
      if (!isPartField(name, value)) {
        const shown = typeof value === "string" ? value : `a value of type ${typeof value}`;
        throw refusal(typeof name === "string" ? `${name}: ${shown}` : `a name of type ${typeof name}`);
      }
      lines += `${name}: ${value}\r\n`;
    }
    const before = this.#delimiter();
    this.#delimited = false;
    return `${before}\r\n${lines}\r\n`;
  }

  /**
   * The delimiter behind a part, sent with it instead of with the next one: only with it a reader knows that the part is whole. (Chromium
   * waits for the next part's head all the same before it paints one of `multipart/x-mixed-replace`.)
   * @throws UsageError `ERR_SLUICE_OUT_OF_ORDER` before the first part, twice behind one, or after the end
   */
  delimiter(): string {
    this.#mayGoOn("a delimiter");
    if (!this.#begun || this.#delimited)
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "a delimiter without a part" });
    const delimiter = this.#delimiter();
    this.#delimited = true;
    return delimiter;
  }

  /** The close delimiter. Without any part it makes an empty multipart body. @throws UsageError `ERR_SLUICE_OUT_OF_ORDER` the second time */
  end(): string {
    this.#mayGoOn("a second end");
    this.#ended = true;
    return `${this.#delimiter()}--\r\n`;
  }

  /** What is still to be sent of the delimiter. */
  #delimiter(): string {
    if (this.#delimited) return "";
    if (this.#begun) return `\r\n--${this.boundary}`;
    this.#begun = true;
    return `--${this.boundary}`;
  }

  #mayGoOn(what: string): void {
    if (this.#ended)
      throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", {
        found: `${what} after the end of the multipart body`,
      });
  }
}

function refusal(found: string): UsageError {
  return new UsageError("ERR_SLUICE_INVALID_PART", { found });
}
