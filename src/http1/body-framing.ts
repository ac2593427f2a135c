import { isToken } from "../bytes/grammar.ts";
import { ProtocolError } from "../errors.ts";
import { listElements } from "../semantics/lists.ts";
import type { ControlFields } from "./head.ts";
import type { Lenience } from "./lenience.ts";

/** How the end of a message's body is found. */
export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "tunnel" }
  | { readonly kind: "chunked" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "close" };

/** What the framing of a message depends on, beside its fields. */
export type FramedMessage =
  | { readonly role: "request"; readonly minor: 0 | 1 }
  | {
      readonly role: "response";
      readonly minor: 0 | 1;
      readonly status: number;
      readonly requestMethod: string;
      /** Default: nothing is let pass. */
      readonly lenient?: Lenience;
    };

const NONE: BodyFraming = { kind: "none" };
const TUNNEL: BodyFraming = { kind: "tunnel" };
const CHUNKED: BodyFraming = { kind: "chunked" };
const CLOSE: BodyFraming = { kind: "close" };

/**
 * How the body of a message is framed: RFC 9112 section 6.3, its steps numbered as there. The only place that decides it.
 *
 * Stricter than the RFC demands where two readers could disagree: a message with both Transfer-Encoding and Content-Length is an
 * error in either role, as is a list of equal lengths, and every coding but one single `chunked`.
 *
 * @throws ProtocolError; after it nothing on the connection can be trusted
 */
export function bodyFraming(
  message: FramedMessage,
  { transferEncoding, contentLength }: Pick<ControlFields, "transferEncoding" | "contentLength">,
): BodyFraming {
  if (message.role === "response") {
    const { status, requestMethod } = message;
    // 1. Responses to HEAD, and all 1xx, 204 and 304, end with their head.
    if (requestMethod === "HEAD" || status < 200 || status === 204 || status === 304) return NONE;
    // 2. After a 2xx to CONNECT the connection is a tunnel.
    if (requestMethod === "CONNECT" && status < 300) return TUNNEL;
  }
  if (transferEncoding !== undefined) {
    // 3. Transfer-Encoding and Content-Length together: an attempt at smuggling.
    if (contentLength !== undefined) {
      throw new ProtocolError("ERR_SLUICE_LENGTH_AND_CODING", {
        found: `${transferEncoding}; ${contentLength}`,
      });
    }
    // 4. Transfer-Encoding: chunked is final, or nobody can tell where the body ends.
    checkCodings(transferEncoding, message.minor);
    return CHUNKED;
  }
  if (contentLength !== undefined) {
    // 5. An invalid Content-Length. 6. A valid one.
    const equal = message.role === "response" && message.lenient?.equalLengths === true;
    return { kind: "length", length: parseLength(equal ? oneOfEqual(contentLength) : contentLength) };
  }
  // 7. A request with neither has no body. 8. A response with neither goes on until the connection closes.
  return message.role === "request" ? NONE : CLOSE;
}

/** Refuses everything but one `chunked`, in any case, in HTTP/1.1. */
function checkCodings(value: string, minor: 0 | 1): void {
  if (minor === 1 && (value === "chunked" || value.toLowerCase() === "chunked")) return;
  const codings = listElements(value.toLowerCase());
  const unknown = codings.some((coding) => coding !== "chunked");
  const wellPlaced = codings.indexOf("chunked") === -1 || codings.indexOf("chunked") === codings.length - 1;
  const tokens = codings.every((coding) => isToken(coding));
  const code =
    minor === 1 && unknown && wellPlaced && tokens
      ? "ERR_SLUICE_TRANSFER_CODING_UNKNOWN"
      : "ERR_SLUICE_TRANSFER_CODING";
  throw new ProtocolError(code, { found: value });
}

/** What all elements of a list say, or the list. */
function oneOfEqual(list: string): string {
  const [first, ...others] = listElements(list);
  return first !== undefined && others.every((other) => other === first) ? first : list;
}

/** `Content-Length = 1*DIGIT`: leading zeros are decimal, signs and lists are not numbers (RFC 9110 section 8.6). */
function parseLength(value: string): number {
  if (!/^[0-9]+$/.test(value)) throw new ProtocolError("ERR_SLUICE_CONTENT_LENGTH", { found: value });
  // A number of more digits than 2^53-1 has is rounded on the way, but never below the bound.
  const length = Number(value);
  if (length > Number.MAX_SAFE_INTEGER) {
    throw new ProtocolError("ERR_SLUICE_CONTENT_LENGTH_TOO_LARGE", { found: value });
  }
  return length;
}
