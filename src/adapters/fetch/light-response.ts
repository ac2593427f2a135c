import { builtin } from "../../builtins.ts";
import { copyOf } from "../../content/octets.ts";
import type { Reply } from "../../reply/reply.ts";
import { CONNECTION_FIELDS } from "../../semantics/connection-fields.ts";
import { checkField, eachField } from "../../semantics/fields.ts";
import { chain } from "./chained.ts";

const HostResponse = globalThis.Response;
type ResponseBody = ConstructorParameters<typeof Response>[0];

/** Whether a stream has been read from. Only the host knows; where nobody tells, it shows when the stream is read. */
const streams = builtin("node:stream")?.Readable as { isDisturbed(stream: object): boolean } | undefined;

/** Statuses whose responses have no body (Fetch section 2.2.3). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

type Entry = [name: string, value: string];
type LightBody = string | Uint8Array | ReadableStream<Uint8Array> | null;

/**
 * @internal The reply that a response stands for, its own or one of another response, where nobody has read of its body; undefined for any
 * other response. It is used from then on.
 */
export let takeReply: (response: Response) => Reply | undefined;

/** @internal A response that stands for a reply: returned to where it came from it is the reply, with its trailers and all. */
export let carryReply: (reply: Reply, open: (reply: Reply) => ReadableStream<Uint8Array>) => Response;

/**
 * A web `Response` whose status, fields and body are kept as they were given, since most responses go straight to a server. The host's own
 * is made for whoever does more with it, and at once for what is not usual.
 */
export class LightResponse {
  #status = 200;
  #entries: readonly Entry[] = [];
  #body: LightBody = null;
  #headers: Headers | undefined;
  #host: Response | undefined;
  #taken = false;
  // A reply that this stands for, and how its body becomes a stream.
  #reply: Reply | undefined;
  #open: ((reply: Reply) => ReadableStream<Uint8Array>) | undefined;
  // Fields that the reply itself has: those of the connection among them are refused, and those of whoever came later left out.
  #ownNames: ReadonlySet<string> | undefined;

  constructor(body?: ResponseBody, init?: ResponseInit) {
    if (!this.#keep(body, init)) this.#host = new HostResponse(body, init);
  }

  get status(): number {
    return this.#host?.status ?? this.#status;
  }

  get ok(): boolean {
    const { status } = this;
    return status >= 200 && status < 300;
  }

  get headers(): Headers {
    if (this.#headers === undefined)
      this.#headers = this.#host === undefined ? new Headers(this.#entries as Entry[]) : this.#host.headers;
    return this.#headers;
  }

  get statusText(): string {
    return this.#host?.statusText ?? "";
  }

  /** Headers that were handed out are these, also where the host has its own. */
  clone(): Response {
    const { body } = this.#made().clone();
    return new HostResponse(body, this);
  }

  get bodyUsed(): boolean {
    return this.#taken || this.#host?.bodyUsed === true;
  }

  /** As the host's, for what has a form in JSON. */
  static json(data: unknown, init: ResponseInit = {}): Response {
    const text = JSON.stringify(data) as string | undefined;
    // The host's own has the right words for what has none.
    if (text === undefined) return HostResponse.json(data, init);
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new this(text, { ...init, headers }) as unknown as Response;
  }

  /** All responses are instances of what stands in the place of the host's class; of a class that extends it only its own are. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return this === LightResponse
      ? value instanceof HostResponse
      : Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /** Keeps what was given where it's usual, so that the host would not refuse it, nor make another thing of it. */
  #keep(body: ResponseBody, init: ResponseInit | undefined): boolean {
    if (init !== undefined && (typeof init !== "object" || init === null)) return false;
    const { status = 200, statusText = "", headers } = init ?? {};
    if (!Number.isInteger(status) || status < 200 || status > 599 || statusText !== "") return false;
    const kept = keptBody(body);
    if (kept === undefined || (kept !== null && BODILESS.has(status))) return false;
    const entries = headers === undefined || headers === null ? [] : keptEntries(headers);
    if (entries === undefined) return false;
    if (typeof kept === "string" && !entries.some(([name]) => name === "content-type"))
      entries.push(["content-type", "text/plain;charset=UTF-8"]);
    this.#status = status;
    this.#entries = entries;
    this.#body = kept;
    return true;
  }

  #take(): Reply | undefined {
    if (this.#taken) return undefined;
    if (this.#host !== undefined) return takeOpened(this as unknown as Response);
    this.#taken = true;
    const headers: Entry[] = [];
    for (const entry of this.#headers ?? this.#entries)
      if (!CONNECTION_FIELDS.has(entry[0]) || this.#ownNames?.has(entry[0]) === true) headers.push(entry);
    const reply = this.#reply ?? takeUnread(this.#body);
    return { ...reply, status: this.#status, headers, body: reply?.body ?? this.#body };
  }

  #made(): Response {
    if (this.#host === undefined) {
      const { headers } = this;
      const reply = this.#reply;
      const body = reply === undefined || reply.body === null ? this.#body : this.#open!(reply);
      if (reply !== undefined && body instanceof ReadableStream) opened.set(body, reply);
      this.#host = new HostResponse(body as ResponseBody, { status: this.#status, headers });
    }
    return this.#host;
  }

  static {
    takeReply = (response) =>
      #taken in response ? (response as unknown as LightResponse).#take() : takeOpened(response);
    carryReply = (reply, open) => {
      const response = new LightResponse();
      const entries: Entry[] = [];
      // Whoever sends it refuses what may not be sent.
      eachField(reply.headers, (name, value) => entries.push([name.toLowerCase(), value]));
      response.#status = reply.status;
      response.#entries = entries;
      response.#ownNames = new Set(entries.map(([name]) => name));
      response.#reply = reply;
      response.#open = open;
      return response as unknown as Response;
    };
    Object.setPrototypeOf(this, HostResponse);
    chain(this.prototype, HostResponse, new HostResponse(), (response) =>
      (response as LightResponse).#made(),
    );
  }
}

/** Replies whose bodies have become streams, by these: middleware makes other responses of them. */
const opened = new WeakMap<object, Reply>();

/** The reply whose body a stream is, where nobody has begun to read it. It is that stream's no more. */
function takeUnread(body: unknown): Reply | undefined {
  if (!(body instanceof ReadableStream) || body.locked || streams?.isDisturbed(body) === true)
    return undefined;
  const reply = opened.get(body);
  opened.delete(body);
  return reply;
}

/** The reply whose body a response of the host's has. */
function takeOpened(response: Response): Reply | undefined {
  const reply = response.bodyUsed ? undefined : takeUnread(response.body);
  if (reply === undefined) return undefined;
  const headers = [...response.headers].filter(([name]) => !CONNECTION_FIELDS.has(name)) as Entry[];
  return { ...reply, status: response.status, headers };
}

/** A body as it is kept; undefined for one that the host has to look at. */
function keptBody(body: ResponseBody): LightBody | undefined {
  if (body === null || body === undefined) return null;
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return copyOf(body);
  if (typeof body !== "object" || !(body instanceof ReadableStream) || body.locked) return undefined;
  return streams?.isDisturbed(body) === true ? undefined : (body as ReadableStream<Uint8Array>);
}

const OUTER_SPACE = /^[\t ]|[\t ]$/;

/** Fields as the host's headers have them; undefined for what the host refuses, or makes another thing of. */
function keptEntries(headers: NonNullable<ResponseInit["headers"]>): Entry[] | undefined {
  if (headers instanceof Headers) return [...headers] as Entry[];
  if (typeof headers !== "object" || Symbol.iterator in headers) return undefined;
  const entries: Entry[] = [];
  for (const name of Object.keys(headers)) {
    const value: unknown = headers[name];
    if (typeof value !== "string" || OUTER_SPACE.test(value)) return undefined;
    try {
      checkField(name, value);
    } catch {
      return undefined;
    }
    entries.push([name.toLowerCase(), value]);
  }
  return entries;
}
