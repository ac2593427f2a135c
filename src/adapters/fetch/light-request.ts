import { contextOf, type Request as OurRequest } from "../../exchange/request.ts";
import { chain } from "./chained.ts";
import { LightHeaders } from "./light-headers.ts";
import { urlOf } from "./request-url.ts";

const HostRequest = globalThis.Request;

/** Methods that fetch writes in capitals (Fetch section 2.2.1). */
const NORMALIZED: ReadonlySet<string> = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);

/** @internal The web request that stands for a request, for what the host alone can do: clone it, make another one of it, send it. */
export let hostRequestOf: (request: LightRequest) => Request;

/** @internal The request that a web request was made of; undefined for one that wasn't. */
export let ourRequestOf: (request: Request) => OurRequest | undefined;

/**
 * A request of this server as a web `Request`. What costs something is made when it is asked for, and what is asked for most never
 * needs the host's own.
 */
export class LightRequest {
  readonly #request: OurRequest;
  #method: string | undefined;
  #url: string | undefined;
  #headers: LightHeaders | undefined;
  #host: Request | undefined;
  #stream: ReadableStream<Uint8Array> | undefined;
  // Whether the body was read here, before there was a request of the host's that has it.
  #used = false;
  #streamRead = false;

  constructor(request: OurRequest) {
    this.#request = request;
  }

  get method(): string {
    if (this.#method === undefined) {
      const { method } = this.#request;
      const upper = method.toUpperCase();
      this.#method = NORMALIZED.has(upper) ? upper : method;
    }
    return this.#method;
  }

  get url(): string {
    return (this.#url ??= urlOf(this.#request));
  }

  get headers(): LightHeaders {
    return (this.#headers ??= new LightHeaders(this.#request.headers));
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  /** What a request with a stream has to say when another one is made of its properties. */
  get duplex(): "half" {
    return "half";
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#host !== undefined) return this.#host.body;
    if (!this.#hasBody) return null;
    return (this.#stream ??= this.#open());
  }

  get bodyUsed(): boolean {
    return this.#used || (this.#host === undefined ? this.#streamRead : this.#host.bodyUsed);
  }

  async bytes(): Promise<Uint8Array> {
    if (this.bodyUsed) throw new TypeError("Body is unusable: it has been read already");
    if (this.#host !== undefined) return new Uint8Array(await this.#host.arrayBuffer());
    if (!this.#hasBody) return new Uint8Array(0);
    if (this.#stream !== undefined) return new Uint8Array(await new Response(this.#stream).arrayBuffer());
    this.#used = true;
    return this.#request.body.bytes();
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<ArrayBufferLike> {
    const { buffer, byteOffset, byteLength } = await this.bytes();
    return buffer.slice(byteOffset, byteOffset + byteLength);
  }

  async blob(): Promise<Blob> {
    return (await this.#rebuilt()).blob();
  }

  async formData(): Promise<FormData> {
    return (await this.#rebuilt()).formData();
  }

  /** A response has the host's own ways of reading a body. */
  async #rebuilt(): Promise<Response> {
    const type = this.headers.get("content-type");
    const bytes = (await this.bytes()) as Uint8Array<ArrayBuffer>;
    return new Response(bytes, type === null ? undefined : { headers: { "content-type": type } });
  }

  /** Fetch refuses a body of GET and HEAD (Fetch section 5.4), so what one of them brings is not seen here. */
  get #hasBody(): boolean {
    const { method } = this;
    return method !== "GET" && method !== "HEAD" && contextOf(this.#request).hasBody;
  }

  /** Opened by the first read: to look at a body is not to ask for it. */
  #open(): ReadableStream<Uint8Array> {
    let pieces: AsyncIterator<Uint8Array, undefined> | undefined;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          this.#streamRead = true;
          pieces ??= this.#request.body[Symbol.asyncIterator]();
          const { done, value } = await pieces.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        cancel: async () => {
          this.#streamRead = true;
          pieces ??= this.#request.body[Symbol.asyncIterator]();
          await pieces.return?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  #made(): Request {
    if (this.#host === undefined) {
      const { method, url, signal, headers } = this;
      this.#used ||= this.#streamRead;
      const body = this.#used ? null : this.body;
      this.#host = new HostRequest(url, {
        method,
        headers: [...headers],
        signal,
        ...(body !== null && { body, duplex: "half" as const }),
      });
    }
    return this.#host;
  }

  static {
    ourRequestOf = (request) => (#request in request ? (request as LightRequest).#request : undefined);
    hostRequestOf = (request) => {
      if (request.bodyUsed) throw new TypeError("Body is unusable: it has been read already");
      return request.#made();
    };
    chain(this.prototype, HostRequest, new HostRequest("http://localhost/"), (request) =>
      (request as LightRequest).#made(),
    );
  }
}
