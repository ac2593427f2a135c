import { CONTENT_CODINGS } from "../content/codings.ts";
import { AbortedError, EndedError, ProtocolError } from "../errors.ts";
import { type Body, discardSource } from "../reply/body.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import { isIdempotent } from "../semantics/methods.ts";
import { Exchange, type ExchangeHost, type ExchangePlan } from "./exchange.ts";
import { numbers } from "../options.ts";
import type { ClientLimits, ClientTimeouts, RequestOptions, Settings } from "./options.ts";
import type { Proxy } from "./proxies.ts";
import type { AnnouncedSize, ReceivedHead } from "./received-head.ts";
import { afterRedirect, isReplayable, locationOf } from "./redirects.ts";
import { ClientResponse } from "./response.ts";
import type { BodyPlan } from "./response-body.ts";
import { allowManyListeners } from "./signals.ts";
import { type Target, withoutCredentials } from "./target.ts";

const ACCEPTED_CODINGS = CONTENT_CODINGS.join(", ");

const NO_LIMITS = {};

/** How often a request is sent again that a server has not begun with. One that ends its connections soon refuses many at a time. */
const REFUSALS = 10;
/** For responses without a body, whose fields describe another one's. */
const UNTOUCHED: BodyPlan = { decode: undefined, verify: false };

/** What a call needs of its client. */
export interface CallHost {
  readonly settings: Settings;
  /** The proxy that leads to a target. */
  proxyFor(target: Target): Proxy | undefined;
  /** Runs an exchange on a connection to a target. @param fresh whether on none that has been used before */
  run(exchange: Exchange, target: Target, fresh: boolean): void;
}

/** One call of `request`: one exchange or, after redirects and lost connections, several. */
export class Call implements ExchangeHost {
  readonly #client: CallHost;
  readonly #options: RequestOptions;
  readonly #plan: BodyPlan;
  readonly #limits: ClientLimits;
  readonly #timeouts: ClientTimeouts;
  readonly #response: Promise<ClientResponse>;
  #resolve!: (response: ClientResponse) => void;
  #reject!: (error: unknown) => void;
  readonly #redirects: URL[] = [];
  #target: Target;
  #method: string;
  #body: Body;
  #headers: Fields | undefined;
  #answered: ClientResponse | undefined;
  #exchange: Exchange | undefined;
  #retried = false;
  #refusals = 0;
  readonly #onAbort: (() => void) | undefined;

  constructor(client: CallHost, target: Target, options: RequestOptions) {
    const { body = null, headers, method, decode = true, verify = true, signal } = options;
    this.#client = client;
    // A rejection that nobody handles is the caller's mistake, and has to be seen.
    this.#response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#target = target;
    this.#options = options;
    this.#body = body;
    this.#method = method ?? (body === null ? "GET" : "POST");
    // A copy, checked now: what it came from can change before it is sent again.
    this.#headers = headers === undefined ? undefined : Fields.from(headers);
    this.#limits = numbers<ClientLimits>("limits", client.settings.limits, options.limits);
    this.#timeouts = numbers<ClientTimeouts>("timeouts", client.settings.timeouts, options.timeouts);
    this.#plan = { decode: decode === true ? NO_LIMITS : decode === false ? undefined : decode, verify };
    if (signal !== undefined) this.#onAbort = () => this.#abort(signal.reason);
  }

  start(): Promise<ClientResponse> {
    const { signal } = this.#options;
    if (signal?.aborted === true) {
      if (this.#body !== null) discardSource(this.#body);
      throw new AbortedError("ERR_SLUICE_ABORTED", { cause: signal.reason });
    }
    if (signal !== undefined) {
      allowManyListeners(signal);
      this.#listenToSignal();
    }
    this.#run(false);
    return this.#response;
  }

  // What the exchange tells

  informed(status: number, headers: Fields): void {
    this.#options.onInformational?.(status, headers);
  }

  responded(head: ReceivedHead, size: AnnouncedSize, exchange: Exchange): void {
    const plan = this.#planFor(head, size);
    const response = new ClientResponse(head, exchange, this.#target.href, this.#redirects, plan);
    this.#answered = response;
    const location =
      this.#options.redirect === "manual" ? undefined : locationOf(head.status, head.fields.get("location"));
    if (location === undefined) {
      this.#resolve(response);
      return;
    }
    // The next exchange begins when this one has let go of what it holds.
    this.#answered = undefined;
    queueMicrotask(() => this.#redirect(head, location, response));
  }

  unanswered(error: unknown, exchange: Exchange): void {
    const { code } = error instanceof EndedError ? error : { code: undefined };
    // An unused connection may have been closed by the server while the request was on its way (RFC 9110 section 9.2.2).
    const stale =
      code === "ERR_SLUICE_CONNECTION_LOST" &&
      exchange.carrier?.reused === true &&
      isIdempotent(this.#method);
    // What a server of HTTP/2 has refused it has not begun with (RFC 9113 section 8.7).
    const refused = code === "ERR_SLUICE_STREAM_REFUSED";
    const again = refused ? ++this.#refusals <= REFUSALS : stale && !this.#retried;
    if (again && isReplayable(this.#body)) {
      this.#retried ||= stale;
      this.#run(stale);
      return;
    }
    // Nobody has begun it, and nobody will.
    if (exchange.carrier === undefined && this.#body !== null) discardSource(this.#body);
    this.#fail(error);
  }

  arrived(): void {
    this.#answered?.body.arrived();
  }

  finished(): void {
    this.#letGoOfSignal();
  }

  broken(error: unknown): void {
    this.#letGoOfSignal();
    this.#answered?.body.broken(error);
  }

  #run(fresh: boolean): void {
    this.#exchange = new Exchange(this.#outgoing(), this);
    this.#client.run(this.#exchange, this.#target, fresh);
  }

  #outgoing(): ExchangePlan {
    const { trailers, digest, expectContinue = false, chunks = false } = this.#options;
    const target = this.#target;
    const proxy = this.#client.proxyFor(target);
    const whole = proxy !== undefined && !target.secure;
    return {
      url: target.href,
      method: this.#method,
      target: whole ? target.href : target.path,
      fields: this.#fields(whole ? proxy.authorization : undefined),
      body: this.#body,
      trailers: this.#body === null ? undefined : trailers,
      digest: this.#body === null ? undefined : digest,
      expectContinue: expectContinue && this.#body !== null,
      chunks,
      limits: this.#limits,
      timeouts: this.#timeouts,
    };
  }

  /** The fields to send: this client's own, where the caller has none of that name, and the caller's. */
  #fields(proxyAuthorization: string | undefined): FieldsInit {
    const { teTrailers = true, decode = true, expectContinue = false } = this.#options;
    const { authority, authorization } = this.#target;
    const own: [string, string][] = [["Host", authority]];
    const given = this.#headers;
    if (authorization !== undefined) own.push(["Authorization", authorization]);
    if (proxyAuthorization !== undefined) own.push(["Proxy-Authorization", proxyAuthorization]);
    // Octets of a range of coded content could not be decoded.
    if (decode !== false)
      own.push(["Accept-Encoding", given?.has("range") === true ? "identity" : ACCEPTED_CODINGS]);
    if (teTrailers) own.push(["TE", "trailers"]);
    if (expectContinue && this.#body !== null) own.push(["Expect", "100-continue"]);
    if (given === undefined) return own;
    return [...own.filter(([name]) => !given.has(name)), ...given];
  }

  #planFor({ status }: ReceivedHead, size: AnnouncedSize): BodyPlan {
    if (size === "none") return UNTOUCHED;
    // Of nothing no coding is unfinished, and a part of coded content cannot be decoded by itself.
    if (status === 206 || size === 0) return { ...this.#plan, decode: undefined };
    return this.#plan;
  }

  #redirect(head: ReceivedHead, location: string, response: ClientResponse): void {
    // Nobody needs the rest of a request that has been pointed on.
    if (this.#exchange!.sending) this.#exchange!.abandon(new EndedError("ERR_SLUICE_ANSWERED"));
    else void response.body.discard();
    try {
      // Location is no list: what several lines of it name together, none of them does.
      if (this.#options.redirect === "error" || head.fields.getAll("location").length > 1)
        throw new ProtocolError("ERR_SLUICE_REDIRECT", {
          found: `${head.status} to ${withoutCredentials(location)}${this.#options.redirect === "error" ? ", where the caller wants none" : ", and to other places"}`,
        });
      if (this.#redirects.length >= this.#limits.redirects)
        throw new ProtocolError("ERR_SLUICE_TOO_MANY_REDIRECTS");
      const from = this.#target;
      const next = afterRedirect({
        status: head.status,
        location,
        from,
        method: this.#method,
        headers: this.#headers,
        body: this.#body,
      });
      this.#redirects.push(new URL(from.href));
      this.#target = next.target;
      this.#method = next.method;
      this.#headers = next.headers;
      this.#body = next.body;
      this.#retried = false;
      const { signal } = this.#options;
      if (signal?.aborted === true) throw new AbortedError("ERR_SLUICE_ABORTED", { cause: signal.reason });
      this.#listenToSignal();
      this.#run(false);
    } catch (error) {
      this.#fail(error);
    }
  }

  #abort(reason: unknown): void {
    this.#exchange?.abandon(new AbortedError("ERR_SLUICE_ABORTED", { cause: reason }));
  }

  #listenToSignal(): void {
    if (this.#onAbort !== undefined) this.#options.signal!.addEventListener("abort", this.#onAbort);
  }

  #letGoOfSignal(): void {
    if (this.#onAbort !== undefined) this.#options.signal!.removeEventListener("abort", this.#onAbort);
  }

  #fail(error: unknown): void {
    this.#letGoOfSignal();
    this.#reject(error);
  }
}
