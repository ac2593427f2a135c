import { ProtocolError } from "../errors.ts";
import type { RequestHead } from "../http1/head.ts";
import { type TargetParts, targetParts } from "../http1/request-target.ts";
import type { Fields, FieldsInit } from "../semantics/fields.ts";
import type { IncomingBody } from "../socket/incoming-body.ts";

/** The address and port of the peer. */
export interface Remote {
  readonly address: string;
  readonly port: number;
}

/** What a request asks of its exchange. */
export interface RequestContext {
  readonly secure: boolean;
  readonly remote: Remote;
  readonly body: IncomingBody;
  readonly signal: AbortSignal;
  informational(status: number, fields: FieldsInit): void;
  /** Notes that an error is the peer's fault, and returns it. */
  blame(error: ProtocolError): ProtocolError;
}

/** A request, as a handler gets it. What costs something to make is made when it is asked for. */
export class Request {
  readonly #head: RequestHead;
  readonly #context: RequestContext;
  #parts: TargetParts | undefined;
  #query: URLSearchParams | undefined;
  #url: URL | undefined;

  /** @internal */
  constructor(head: RequestHead, context: RequestContext) {
    this.#head = head;
    this.#context = context;
  }

  /** As it was sent: methods are case-sensitive (RFC 9110 section 9.1). */
  get method(): string {
    return this.#head.method;
  }

  /** The request target as it was sent, in any of its four forms (RFC 9112 section 3.2). */
  get target(): string {
    return this.#head.target;
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
   * The whole URL: the authority of the target where it has one, else of Host (RFC 9112 section 3.3).
   * @throws ProtocolError `ERR_SLUICE_HOST`, `ERR_SLUICE_TARGET` where they make no URL, which is answered with 400 unless it is caught
   */
  get url(): URL {
    if (this.#url !== undefined) return this.#url;
    const { scheme = this.#context.secure ? "https" : "http", authority, path, query } = this.#targetParts;
    const host = authority ?? this.#head.control.host ?? "localhost";
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
    return this.#head.fields;
  }

  /** `1.1` or `1.0`. */
  get httpVersion(): "1.0" | "1.1" {
    return this.#head.minor === 1 ? "1.1" : "1.0";
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
   * HTTP/1.0 don't know them and get nothing.
   * @throws UsageError for 101, for a status that is not interim, and once the final head is on its way
   */
  informational(status: number, headers: FieldsInit = {}): void {
    this.#context.informational(status, headers);
  }

  get #targetParts(): TargetParts {
    return (this.#parts ??= targetParts(this.#head.method, this.#head.target));
  }
}
