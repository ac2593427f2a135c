// Reads responses off the wire, knowing nothing of the code that wrote them.

export interface WireResponse {
  readonly status: number;
  readonly reason: string;
  /** By lower-case name; several lines of one are joined with `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** One character an octet. */
  readonly body: string;
  /** The data of each chunk, where the body is chunked; without the last one, of size 0. */
  readonly chunks: readonly string[] | undefined;
  readonly trailers: ReadonlyMap<string, string>;
  /** Whether the body is all there, by its framing. */
  readonly complete: boolean;
  readonly head: string;
}

interface Body {
  body: string;
  chunks?: string[];
  trailers?: Map<string, string>;
  complete: boolean;
  length: number;
}

/**
 * The response at the beginning of `text`, and how many octets it has. Undefined where more has to come; where nothing will, what
 * there is counts as an incomplete response.
 */
export function readResponse(
  text: string,
  method: string,
  ended: boolean,
): { response: WireResponse; length: number } | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) {
    if (ended) throw new Error(`ended inside a head: ${JSON.stringify(text)}`);
    return undefined;
  }
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const match = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(statusLine);
  if (match === null) throw new Error(`no status line: ${JSON.stringify(statusLine)}`);
  const status = Number(match[1]);
  const headers = fields(lines);
  const read = readBody(text.slice(end + 4), status, method, headers);
  if (!read.complete && !ended) return undefined;
  const body = read.complete || read.length > 0 ? read : { ...read, length: text.length - end - 4 };
  return {
    response: {
      status,
      reason: match[2],
      headers,
      body: body.body,
      chunks: body.chunks,
      trailers: body.trailers ?? new Map(),
      complete: endsByClosing(status, method, headers) ? ended : body.complete,
      head: text.slice(0, end + 4),
    },
    length: end + 4 + body.length,
  };
}

function endsByClosing(status: number, method: string, headers: ReadonlyMap<string, string>): boolean {
  return hasBody(status, method) && !headers.has("transfer-encoding") && !headers.has("content-length");
}

const hasBody = (status: number, method: string): boolean =>
  method !== "HEAD" && status >= 200 && status !== 204 && status !== 304;

function readBody(text: string, status: number, method: string, headers: ReadonlyMap<string, string>): Body {
  if (!hasBody(status, method)) return { body: "", complete: true, length: 0 };
  if (headers.get("transfer-encoding") === "chunked") return readChunks(text);
  const announced = headers.get("content-length");
  if (announced === undefined) return { body: text, complete: false, length: text.length };
  const body = text.slice(0, Number(announced));
  return { body, complete: body.length === Number(announced), length: body.length };
}

function readChunks(text: string): Body {
  const chunks: string[] = [];
  let at = 0;
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 20));
    if (size === null) return { body: chunks.join(""), chunks, complete: false, length: text.length };
    const length = Number.parseInt(size[1], 16);
    at += size[0].length;
    if (length === 0) break;
    chunks.push(text.slice(at, at + length));
    at += length + 2;
    if (at > text.length) return { body: chunks.join(""), chunks, complete: false, length: text.length };
    if (text.slice(at - 2, at) !== "\r\n") throw new Error("chunk data is not followed by CR LF");
  }
  const section = text.slice(at);
  const end = section.startsWith("\r\n") ? 0 : section.indexOf("\r\n\r\n") + 2;
  if (end === 1 || section.length < end + 2) {
    return { body: chunks.join(""), chunks, complete: false, length: text.length };
  }
  const trailers = fields(section.slice(0, end).split("\r\n").slice(0, -1));
  return { body: chunks.join(""), chunks, trailers, complete: true, length: at + end + 2 };
}

function fields(lines: string[]): Map<string, string> {
  const all = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`no field line: ${JSON.stringify(line)}`);
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    all.set(name, all.has(name) ? `${all.get(name)}, ${value}` : value);
  }
  return all;
}
