import { isSafe } from "../semantics/methods.ts";
import { wrongOption } from "../options.ts";
import { ProtocolError, type SluiceError, StatusError, TruncatedError } from "../errors.ts";
import { type ReceivedEvent, SseParser, type SseParserOptions } from "../formats/sse-parser.ts";
import { FIELD_VALUE, Fields } from "../semantics/fields.ts";
import { essenceOf } from "../semantics/media-type.ts";
import { request, type SharedRequestOptions } from "./client.ts";
import { type Batches, batchesOf, type ItemParser } from "./items/batches.ts";
import { ItemStream } from "./items/item-stream.ts";
import { Utf8Text } from "./items/utf8-text.ts";
import { checkRequest } from "./options.ts";
import { isReplayable } from "./redirects.ts";
import type { ClientResponse } from "./response.ts";
import { Backoff, type ReconnectOptions } from "./retrying/backoff.ts";
import { pause } from "./retrying/pause.ts";
import { statusErrorOf } from "./retrying/status-error.ts";
import { isTransient } from "./retrying/transient.ts";
import { targetOf } from "./target.ts";

/** Why, and when, an {@link EventStream} connects again. */
export interface EventReconnect {
  /** Which attempt this is since something has arrived, counted from 1. */
  readonly attempt: number;
  /** Milliseconds until it is made. */
  readonly delay: number;
  /** What ended the connection, or kept it from being made; undefined where the server has ended the stream in order. */
  readonly reason: SluiceError | undefined;
}

/** What {@link events} takes: what a request does, and more. */
export interface EventStreamOptions extends SharedRequestOptions {
  /**
   * Whether a stream that was cut, or has ended, is taken up again where it was left. Default true for the methods that only read (GET,
   * QUERY), false for others: a POST would be carried out once more.
   */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** Where to go on: the id of the last event that was seen, e.g. {@link EventStream.lastEventId} of an earlier stream. */
  readonly lastEventId?: string | undefined;
  /** Characters of one line. Default 1 MiB. */
  readonly lineLength?: number | undefined;
  /** Characters of the data of one event. Default 1 MiB. */
  readonly dataLength?: number | undefined;
  /** Gets each response that events are read from, before the first of them. */
  readonly onOpen?: ((response: ClientResponse) => void) | undefined;
  /** Is told of each attempt, before it is waited for. */
  readonly onReconnect?: ((retry: EventReconnect) => void) | undefined;
}

const NO_EVENTS = 204;

/** Milliseconds after which a connection has been worth it, events or not. */
const LASTING = 2_000;

/**
 * Reads server-sent events (HTML section 9.2) from a request of any method, with headers and a body. The request is sent when somebody
 * reads.
 *
 *     for await (const { event, data, id } of events("https://example.org/levels")) ...
 *
 * A stream that was cut is taken up again with Last-Event-ID, after what the server wants to be waited or a random time that doubles
 * with each attempt that brings nothing; so are a stream that has ended in order, and a status that may be another one a little later
 * (408, 425, 429, most of 5xx). 204 ends it for good. An event whose empty line has not come is dropped, as the standard says. Without
 * reconnecting it is an error.
 *
 * @throws UsageError `ERR_SLUICE_OPTION`, `ERR_SLUICE_URL`, `ERR_SLUICE_INVALID_FIELD`
 * @throws StatusError `ERR_SLUICE_STATUS` while reading, for a status that another attempt would not change
 * @throws ProtocolError while reading: `ERR_SLUICE_MEDIA_TYPE` for another type than text/event-stream, `ERR_SLUICE_FORMAT_LIMIT`
 * @throws TruncatedError, EndedError while reading, without reconnecting or after too many attempts
 */
export function events(url: string | URL, options: EventStreamOptions = {}): EventStream {
  return new EventStream(new EventConnections(url, options), options.signal);
}

/** The events of {@link events}: iterate it, once. */
export class EventStream extends ItemStream<ReceivedEvent> {
  readonly #connections: EventConnections;
  /** The last event id behind the items that have arrived, and the one before them. */
  #behind: string;
  #before: string;

  /** @internal */
  constructor(connections: EventConnections, signal: AbortSignal | undefined) {
    super(connections.batches(), connections.gone, signal);
    this.#connections = connections;
    this.#behind = this.#before = connections.lastEventId;
  }

  /**
   * The id to go on from, in another stream: that of the last event that was read from this one, not of one that has merely arrived.
   * Empty before the first.
   */
  get lastEventId(): string {
    return this.allRead ? this.#behind : (this.lastRead?.id ?? this.#before);
  }

  /** @internal */
  protected override arrived(): void {
    this.#before = this.#behind;
    this.#behind = this.#connections.lastEventId;
  }

  /** @internal */
  protected override left(): void {
    this.#behind = this.lastEventId;
  }
}

/** One connection after the other, and the events of them all. */
class EventConnections {
  /** Aborted where nobody reads any more. */
  readonly gone: AbortController = new AbortController();
  readonly #url: string | URL;
  readonly #options: EventStreamOptions;
  readonly #request: SharedRequestOptions;
  readonly #headers: Fields;
  readonly #reconnects: boolean;
  readonly #backoff: Backoff;
  readonly #limits: SseParserOptions;
  #lastEventId: string;

  /** @throws UsageError */
  constructor(url: string | URL, options: EventStreamOptions) {
    const { reconnect, lastEventId, onOpen, onReconnect, lineLength, dataLength, client, ...rest } = options;
    targetOf(url);
    checkRequest(rest);
    for (const [name, hook] of Object.entries({ onOpen, onReconnect }))
      if (hook !== undefined && typeof hook !== "function") throw wrongOption(name, hook, "a function");
    if (typeof reconnect === "object" ? reconnect === null : typeof (reconnect ?? true) !== "boolean")
      throw wrongOption("reconnect", reconnect, "true, false or an object");
    const { body = null, method = body === null ? "GET" : "POST" } = rest;
    const replayable = isReplayable(body);
    this.#reconnects = (reconnect ?? (isSafe(method) && replayable)) !== false;
    if (this.#reconnects && !replayable)
      throw wrongOption("reconnect", reconnect, "false, since the body can be read only once");
    this.#backoff = new Backoff(typeof reconnect === "object" ? reconnect : {});
    this.#headers = Fields.from(rest.headers ?? {});
    if (!this.#headers.has("accept")) this.#headers.append("Accept", "text/event-stream");
    if (!this.#headers.has("cache-control")) this.#headers.append("Cache-Control", "no-cache");
    this.#lastEventId = lastEventId ?? fromField(this.#headers.get("last-event-id") ?? "");
    this.#limits = { lineLength, dataLength } as SseParserOptions;
    // Here, since they say what is wrong with the limits and the id.
    this.#parser(() => {});
    if (!FIELD_VALUE.test(toField(this.#lastEventId)))
      throw wrongOption("lastEventId", this.#lastEventId, "text without control characters");
    this.#url = url;
    this.#options = options;
    this.#request = { ...rest, client, signal: this.gone.signal };
  }

  /** The id that the next connection begins behind. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  async *batches(): Batches<ReceivedEvent> {
    for (;;) {
      let reason: SluiceError | undefined;
      try {
        const response = await request(this.#url, { ...this.#request, headers: this.#fields() });
        if (response.status === NO_EVENTS) {
          await response.body.discard();
          return undefined;
        }
        await this.#check(response);
        this.#options.onOpen?.(response);
        yield* batchesOf<ReceivedEvent>(response.body, (take) => this.#open(take));
      } catch (error) {
        if (!this.#reconnects || !isTransient(error)) throw error;
        reason = error as SluiceError;
      }
      if (!this.#reconnects) return undefined;
      const delay = this.#backoff.next(reason instanceof StatusError ? reason.retryAfter : 0);
      if (delay === undefined) {
        if (reason === undefined) return undefined;
        throw reason;
      }
      this.#options.onReconnect?.({ attempt: this.#backoff.attempt, delay, reason });
      await pause(delay, this.gone.signal);
    }
  }

  #fields(): Fields {
    const fields = Fields.from(this.#headers);
    fields.delete("last-event-id");
    if (this.#lastEventId === "") return fields;
    const value = toField(this.#lastEventId);
    // A server may send one that no field can carry. Without it events would be lost, or come twice.
    if (!FIELD_VALUE.test(value))
      throw new ProtocolError("ERR_SLUICE_FIELD_VALUE", { found: `Last-Event-ID: ${value}` });
    return fields.append("Last-Event-ID", value);
  }

  async #check(response: ClientResponse): Promise<void> {
    if (response.status !== 200) throw await statusErrorOf(response);
    const type = response.headers.get("content-type");
    if (type !== undefined && essenceOf(type) === "text/event-stream") return;
    await response.body.discard();
    const found = type ?? "no Content-Type";
    throw new ProtocolError("ERR_SLUICE_MEDIA_TYPE", { found: `${found} in place of text/event-stream` });
  }

  /** What reads the next connection. */
  #open(take: (event: ReceivedEvent) => void): ItemParser {
    const opened = performance.now();
    const parser = this.#parser((event) => {
      this.#backoff.arrived();
      take(event);
    });
    const text = new Utf8Text(false);
    const parse = (characters: string): void => parser.push(characters);
    return {
      push: (octets) => {
        // A server that closes each connection without an event is not to be asked without a pause.
        if (performance.now() - opened > LASTING) this.#backoff.arrived();
        try {
          text.push(octets, parse);
        } finally {
          this.#lastEventId = parser.lastEventId;
        }
      },
      end: () => {
        const whole = !parser.end() && text.whole;
        if (whole || this.#reconnects) return;
        const found = "an event without its empty line";
        throw new TruncatedError("ERR_SLUICE_FORMAT_TRUNCATED", "events", { found });
      },
    };
  }

  #parser(event: (event: ReceivedEvent) => void): SseParser {
    const retry = (milliseconds: number): void => this.#backoff.retry(milliseconds);
    return new SseParser({ event, retry }, { ...this.#limits, lastEventId: this.#lastEventId });
  }
}

/** An id as it stands in a field: its octets in UTF-8 (HTML section 9.2.3). */
function toField(id: string): string {
  return Buffer.from(id).toString("latin1");
}

function fromField(value: string): string {
  return Buffer.from(value, "latin1").toString();
}
