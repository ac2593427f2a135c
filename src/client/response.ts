import type { Fields } from "../semantics/fields.ts";
import type { ReceivedTrailers } from "../semantics/trailers.ts";
import type { Remote } from "../socket/remote.ts";
import type { Ending } from "./ending.ts";
import type { Exchange } from "./exchange.ts";
import { type HttpVersion, type ReceivedHead, versionOf } from "./received-head.ts";
import { type BodyPlan, ResponseBody } from "./response-body.ts";

/** A response: its head is here, its body arrives. */
export class ClientResponse implements AsyncDisposable {
  readonly body: ResponseBody;
  /** Redirects that were followed, in order: the places that pointed on. */
  readonly redirects: readonly URL[];
  readonly #head: ReceivedHead;
  readonly #exchange: Exchange;
  readonly #href: string;

  /** @internal */
  constructor(
    head: ReceivedHead,
    exchange: Exchange,
    href: string,
    redirects: readonly URL[],
    plan: BodyPlan,
  ) {
    this.#head = head;
    this.#exchange = exchange;
    this.#href = href;
    this.redirects = redirects;
    this.body = new ResponseBody(exchange.body, exchange, plan, exchange.chunks);
  }

  get status(): number {
    return this.#head.status;
  }

  /** Whether the status is one of success, 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The reason phrase as it was sent; may be empty, and means nothing. HTTP/2 has none. */
  get reason(): string {
    return this.#head.reason;
  }

  get headers(): Fields {
    return this.#head.fields;
  }

  get httpVersion(): HttpVersion {
    return versionOf(this.#head);
  }

  /** The URL that has answered, without credentials: the last one where redirects were followed. */
  get url(): URL {
    return new URL(this.#href);
  }

  /** The address of the server, or of the proxy. */
  get remote(): Remote {
    return this.#exchange.carrier!.remote;
  }

  /**
   * The trailers behind the body, sorted: what may be used, what of it was not declared, what was dropped. Resolves when the body has
   * arrived whole, for which it has to be read, and rejects when it ends early. Trailers are never merged into the headers
   * (RFC 9110 section 6.5).
   */
  get trailers(): Promise<ReceivedTrailers> {
    return this.body.trailers;
  }

  /** How it ended. Never rejects; settles once the body has been read, left, or will not arrive. */
  get ending(): Promise<Ending> {
    return this.body.ending;
  }

  /** Gives up what has not been read. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.body.discard();
  }
}
