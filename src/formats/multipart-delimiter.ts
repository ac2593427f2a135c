import { octets } from "../bytes/latin1.ts";
import { CR, LF } from "../bytes/tables.ts";

/** What stands before `--boundary` without being data: CR LF, LF alone, or the line end of something else. */
const CRLF_READ = 0;
const LF_READ = 1;
const LINE_START = 2;

/**
 * Finds the delimiter of a multipart body (RFC 2046 section 5.1.1) in data, whatever the cut.
 *
 *     dash-boundary = "--" boundary
 *     delimiter     = CRLF dash-boundary
 *
 * It looks for the LF, which a delimiter has once, so no octet is compared twice, whatever the data looks like. `--boundary` behind an
 * LF alone is found, too, for the parser to refuse: some readers would take it for a delimiter, others for data.
 */
export class DelimiterFinder {
  readonly #delimiter: Uint8Array;
  readonly #take: (bytes: Uint8Array, start: number, end: number) => void;
  // How much of a delimiter has been read, and which of that is no data where it turns out to be none. A body begins with a line.
  #matched = 2;
  #absent = LINE_START;

  /** @param take gets what is no delimiter, in order, never empty; it may be a beginning of one that was held back across a cut */
  constructor(boundary: string, take: (bytes: Uint8Array, start: number, end: number) => void) {
    this.#delimiter = octets(`\r\n--${boundary}`);
    this.#take = take;
  }

  /** Whether a delimiter has been read up to its last octet. */
  get found(): boolean {
    return this.#matched === this.#delimiter.length;
  }

  /** Whether an LF alone stands before what was found. */
  get afterBareLf(): boolean {
    return this.#absent === LF_READ;
  }

  /** Makes ready for data that begins with a line: the line end before it may belong to a delimiter, and is no data. */
  startLine(): void {
    this.#matched = 2;
    this.#absent = LINE_START;
  }

  /** Reads on, up to a delimiter or a decision. Returns the index behind what has been read. */
  read(bytes: Uint8Array, start: number): number {
    return this.#matched > 0 ? this.#goOn(bytes, start) : this.#search(bytes, start);
  }

  #search(bytes: Uint8Array, start: number): number {
    const delimiter = this.#delimiter;
    const end = bytes.length;
    for (let lf = bytes.indexOf(LF, start); lf !== -1;) {
      let matched = 2;
      let next = lf + 1;
      while (next < end && matched < delimiter.length && bytes[next] === delimiter[matched]) {
        next++;
        matched++;
      }
      if (matched === delimiter.length || next === end) {
        const behindCr = lf > start && bytes[lf - 1] === CR;
        this.#matched = matched;
        this.#absent = behindCr ? CRLF_READ : LF_READ;
        this.#pass(bytes, start, behindCr ? lf - 1 : lf);
        return next;
      }
      lf = bytes.indexOf(LF, next);
    }
    // A CR at the end may begin a delimiter.
    const held = bytes[end - 1] === CR;
    if (held) {
      this.#matched = 1;
      this.#absent = CRLF_READ;
    }
    this.#pass(bytes, start, held ? end - 1 : end);
    return end;
  }

  /** Reads on in what may be a delimiter, and began in an earlier call or at the start of a line. */
  #goOn(bytes: Uint8Array, start: number): number {
    const delimiter = this.#delimiter;
    let matched = this.#matched;
    let next = start;
    while (next < bytes.length && matched < delimiter.length && bytes[next] === delimiter[matched]) {
      next++;
      matched++;
    }
    this.#matched = matched;
    if (matched < delimiter.length && next < bytes.length) {
      this.#matched = 0;
      // A copy, since a handler may change what it gets.
      const data = delimiter.slice(this.#absent, matched);
      this.#pass(data, 0, data.length);
    }
    return next;
  }

  #pass(bytes: Uint8Array, start: number, end: number): void {
    if (start < end) this.#take(bytes, start, end);
  }
}
