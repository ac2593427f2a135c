// @ts-check
// What is fuzzed: each target reads an input in pieces and says what became of it, as text.

/**
 * @typedef {typeof import("../src/http1/index.ts")} Codec
 * @typedef {typeof import("./support.ts")} Support
 * @typedef {object} Target
 * @property {string} seam the wire cases to begin with
 * @property {(pieces: Uint8Array[], asked: boolean) => string} read
 * @property {(input: string, verdict: string) => string | undefined} [disagrees] with a second opinion, where there is one
 */

/** So small that short inputs reach them. */
const LIMITS = {
  headBytes: 200,
  headFields: 6,
  targetBytes: 40,
  chunkLineBytes: 24,
  extensionBytes: 32,
  overheadBytes: 32,
  trailerBytes: 64,
  trailerFields: 3,
};
const LIMIT_ERROR = /LINE_TOO_LONG|EXTENSIONS_TOO_LARGE|OVERHEAD|TRAILERS_TOO_LARGE|TOO_MANY/;

const text = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString("latin1");

/**
 * @param {Codec} codec
 * @param {Support} support
 * @returns {Record<string, Target>}
 */
export function targets(
  { ChunkedDecoder, RequestReceiver, ResponseReceiver, ProtocolError },
  { referenceDecode },
) {
  /**
   * Gives pieces to a reader; an error of ours belongs to the verdict, every other one is a finding.
   *
   * @param {Uint8Array[]} pieces
   * @param {(piece: Uint8Array) => void} read
   * @param {() => void} end
   */
  function errorOf(pieces, read, end) {
    try {
      for (const piece of pieces) read(piece);
      end();
      return "no error";
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return `${error.code} at ${error.offset}`;
    }
  }

  /** @type {Target} */
  const chunked = {
    seam: "chunked",
    read(pieces, asked) {
      let body = "";
      let position = 0;
      const data = (/** @type {Uint8Array} */ view) => void (body += text(view));
      let announced = 0;
      const chunk = (/** @type {number} */ size) => void (announced += size);
      const decoder = new ChunkedDecoder(asked ? { data, chunk } : { data }, LIMITS);
      const error = errorOf(
        pieces,
        (piece) => (position += decoder.write(piece)),
        () => decoder.end(),
      );
      if (asked && decoder.done && announced !== body.length)
        throw new Error(`${announced} octets announced, ${body.length} given`);
      const input = pieces.reduce((sum, piece) => sum + piece.length, 0);
      if (body.length > input) throw new Error("more octets came out than went in");
      return JSON.stringify([error, decoder.done ? position : -1, body, [...decoder.trailers]]);
    },
    disagrees(input, verdict) {
      const [error, end, body, trailers] = JSON.parse(verdict);
      if (LIMIT_ERROR.test(error)) return undefined;
      const kind = end !== -1 ? "complete" : error.includes("TRUNCATED") ? "incomplete" : "invalid";
      const reference = referenceDecode(input);
      const ends = reference.kind === "complete" ? [reference.end, reference.trailers] : [-1, []];
      const ours = JSON.stringify([kind, body, end, trailers]);
      const theirs = JSON.stringify([reference.kind, reference.body, ...ends]);
      return ours === theirs ? undefined : `the reference decoder says ${theirs}, we say ${ours}`;
    },
  };

  /**
   * @param {Uint8Array[]} pieces
   * @param {boolean} asked
   * @param {(handler: any) => import("../src/http1/index.ts").RequestReceiver | import("../src/http1/index.ts").ResponseReceiver} open
   */
  function receive(pieces, asked, open) {
    /** @type {unknown[]} */
    const log = [];
    let body = "";
    let count = 0;
    const receiver = open({
      head(/** @type {any} */ head, /** @type {unknown} */ framing) {
        log.push([
          head.method ?? head.status,
          head.target ?? head.reason,
          head.minor,
          [...head.fields],
          framing,
        ]);
      },
      data: (/** @type {Uint8Array} */ view) => void (body += text(view)),
      ...(asked ? { chunk: () => undefined } : {}),
      end(/** @type {any} */ trailers) {
        log.push([body, trailers && [[...trailers.fields], trailers.undeclared, trailers.dropped]]);
        body = "";
        count++;
      },
    });
    const read = (/** @type {Uint8Array} */ piece) => {
      for (let at = 0; at < piece.length && !receiver.tunnelled;) {
        const before = count;
        const next = receiver.receive(piece, at);
        if (next < piece.length && count === before) throw new Error("it stopped inside a message");
        at = next;
      }
    };
    const error = errorOf(pieces, read, () => receiver.end());
    return JSON.stringify([error, log, body]);
  }

  const METHODS = ["GET", "GET", "HEAD", "CONNECT"];
  return {
    chunked,
    request: {
      seam: "request",
      read: (pieces, asked) => receive(pieces, asked, (handler) => new RequestReceiver(handler, LIMITS)),
    },
    response: {
      seam: "response",
      read: (pieces, asked) =>
        receive(pieces, asked, (handler) => {
          const receiver = new ResponseReceiver(handler, LIMITS);
          const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
          receiver.expect(METHODS[length % METHODS.length]);
          receiver.expect("GET");
          return receiver;
        }),
    },
  };
}
