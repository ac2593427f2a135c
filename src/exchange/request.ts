import type { IncomingBody } from "../content/incoming-body.ts";
import { ProtocolError } from "../errors.ts";
import { type TargetParts, targetParts } from "../http1/request-target.ts";
import type { Fields, FieldsInit } from "../semantics/fields.ts";
import type { Remote } from "../socket/remote.ts";

/** The versions of HTTP that a request can have come by; `unknown` where a host keeps it to itself, as those of fetch do. */
export type HttpVersion = "1.0" | "1.1" | "2.0" | "unknown";

/** What a request asks of its exchange. */
export interface RequestContext {
  readonly headers: Fields;
  readonly httpVersion: HttpVersion;
  /** What Host or `:authority` says. */
  readonly authority: string | undefined;
  readonly secure: boolean;
  readonly remote: Remote;
  /** Whether a body follows the head, as its framing says. */
  readonly hasBody: boolean;
  readonly body: IncomingBody;
  readonly signal: AbortSignal;
  informational(status: number, fields: FieldsInit): void;
  /** Notes that an error is the peer's fault, and returns it. */
  blame(error: ProtocolError): ProtocolError;
  /** What the request has thrown at the handler by the peer's fault, where it has. */
  readonly blamed: unknown;
  /** Whether an error is the peer's fault, and not the application's own. */
  blames(error: unknown): boolean;
}

/** @internal What a request leans on: the exchange that it belongs to. */
export let contextOf: (request: Request) => RequestContext;

/** A request, as a handler gets it. What costs something to make is made when it is asked for. */
export class Request {
  /** As it was sent: methods are case-sensitive (RFC 9110 section 9.1). */
  readonly method: string;
  /** The request target as it was sent, in any of its four forms (RFC 9112 section 3.2); of HTTP/2 its `:path`. */
  readonly target: string;
  readonly #context: RequestContext;
  #parts: TargetParts | undefined;
  #query: URLSearchParams | undefined;
  #url: URL | undefined;

  static {
    contextOf = (request) => request.#context;
  }

  /** @internal */
  constructor(method: string, target: string, context: RequestContext) {
    this.method = method;
    this.target = target;
    this.#context = context;
  }

  /** The path, percent-encoded as it was sent; `*` for `OPTIONS *`. */
  get path(): string {
    return this.#targetParts.path;
  }

  /** The query, decoded. */
  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#targetParts.query));
  }

  /**
   * The whole URL: the authority of the target where it has one, else of Host or `:authority` (RFC 9112 section 3.3).
   * @throws ProtocolError `ERR_SLUICE_HOST`, `ERR_SLUICE_TARGET` where they make no URL, which is answered with 400 unless it is caught
   */
  get url(): URL {
    if (this.#url !== undefined) return this.#url;
    const { scheme = this.#context.secure ? "https" : "http", authority, path, query } = this.#targetParts;
    const host = authority ?? this.#context.authority ?? "localhost";
    const text = `${scheme}://${host}${path === "*" ? "" : path}${query && `?${query}`}`;
    try {
      this.#url = new URL(text);
    } catch (cause) {
      const code = authority === undefined ? "ERR_SLUICE_HOST" : "ERR_SLUICE_TARGET";
      throw this.#context.blame(new ProtocolError(code, { found: host, cause }));
    }
    return this.#url;
  }

  get headers(): Fields {
    return this.#context.headers;
  }

  /** `2.0`, `1.1` or `1.0`; `unknown` where the host doesn't tell. */
  get httpVersion(): HttpVersion {
    return this.#context.httpVersion;
  }

  /** Who asks, or the proxy in between. */
  get remote(): Remote {
    return this.#context.remote;
  }

  /** Aborts when the reader leaves before the answer is complete, or the server is closed. */
  get signal(): AbortSignal {
    return this.#context.signal;
  }

  /** The body; an empty one where the request has none. */
  get body(): IncomingBody {
    return this.#context.body;
  }

  /**
   * Sends an interim response at once, e.g. `informational(103, { link: "</style.css>; rel=preload; as=style" })`. Clients of
   * HTTP/1.0 don't know them and get nothing, nor do those behind a host that can't send any.
   * @throws UsageError for 101, for a status that is not interim, for fields of framing and of the connection, and once the final head
   * is on its way
   */
  informational(status: number, headers: FieldsInit = {}): void {
    this.#context.informational(status, headers);
  }

  get #targetParts(): TargetParts {
    return (this.#parts ??= targetParts(this.method, this.target));
  }
}
