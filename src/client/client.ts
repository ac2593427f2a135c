import { EndedError } from "../errors.ts";
import { HeadParsers } from "../http1/head-parser.ts";
import { Deadlines } from "../socket/deadlines.ts";
import { deferred, type Deferred } from "../deferred.ts";
import { Call } from "./call.ts";
import type { Exchange } from "./exchange.ts";
import { checkRequest, type ClientOptions, type RequestOptions, type Settings, settle } from "./options.ts";
import { Pool } from "./pool.ts";
import type { Proxy } from "./proxies.ts";
import type { ClientResponse } from "./response.ts";
import { SpokenVersions } from "./spoken-versions.ts";
import { type Target, targetOf } from "./target.ts";

/** The shortest deadline that is kept well, in milliseconds: the clock ticks ten times as often. */
const SHORTEST_DEADLINE = 1_000;

/**
 * Requests over connections that are kept and shared, one pool of them for each origin. An unused one doesn't keep the process from
 * ending.
 */
export class Client implements AsyncDisposable {
  /** @internal */
  readonly settings: Settings;
  /** @internal */
  readonly parsers: HeadParsers;
  /** @internal */
  readonly deadlines: Deadlines = new Deadlines(SHORTEST_DEADLINE);
  /** @internal */
  readonly versions: SpokenVersions = new SpokenVersions();
  readonly #pools = new Map<string, Pool>();
  #closed = false;
  readonly #emptied: Deferred<void> = deferred();

  /** @throws UsageError `ERR_SLUICE_OPTION`, `ERR_SLUICE_URL` */
  constructor(options: ClientOptions = {}) {
    this.settings = settle(options);
    this.parsers = new HeadParsers("response", this.settings.limits, this.settings.lenient);
  }

  /**
   * Sends a request and resolves when the head of its response is there. The body is read from the response as it arrives.
   * @throws UsageError `ERR_SLUICE_URL`, `ERR_SLUICE_OPTION`, `ERR_SLUICE_INVALID_FIELD` and their like, before anything is sent
   * @throws EndedError `ERR_SLUICE_CONNECT`, `ERR_SLUICE_TLS`, `ERR_SLUICE_CONNECTION_LOST`, `ERR_SLUICE_RESPONSE_TIMEOUT` and their like
   * @throws AbortedError by its signal
   * @throws ProtocolError where the response breaks a rule, TruncatedError where its head ends early
   */
  request(url: string | URL, options: RequestOptions = {}): Promise<ClientResponse> {
    try {
      const target = targetOf(url);
      checkRequest(options);
      if (this.#closed) throw new EndedError("ERR_SLUICE_CLIENT_CLOSED");
      return new Call(this, target, options).start();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Closes every connection; what is under way ends with `ERR_SLUICE_CLIENT_CLOSED`. Resolves when all sockets are gone. */
  close(): Promise<void> {
    this.#closed = true;
    for (const pool of this.#pools.values()) pool.close();
    if (this.#pools.size === 0) this.#emptied.resolve();
    return this.#emptied.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal The proxy that leads to a target. */
  proxyFor(target: Target): Proxy | undefined {
    return this.settings.socketPath === undefined ? this.settings.proxies(target) : undefined;
  }

  /** @internal */
  run(exchange: Exchange, target: Target, fresh: boolean): void {
    if (this.#closed) exchange.lost(new EndedError("ERR_SLUICE_CLIENT_CLOSED"));
    else this.#poolFor(target).run(exchange, fresh);
  }

  /** @internal */
  emptied(pool: Pool): void {
    for (const [key, known] of this.#pools) if (known === pool) this.#pools.delete(key);
    if (this.#closed && this.#pools.size === 0) this.#emptied.resolve();
  }

  #poolFor(target: Target): Pool {
    const { socketPath, tls, timeouts } = this.settings;
    const proxy = this.proxyFor(target);
    // Through a proxy that takes http as it is, all origins share its connections.
    const key = proxy !== undefined && !target.secure ? `proxy ${proxy.host}:${proxy.port}` : target.origin;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new Pool({ target, proxy, socketPath, tls, timeout: timeouts.connect }, this);
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

let shared: Client | undefined;

/** What {@link request} takes beside what a client's does. */
export interface SharedRequestOptions extends RequestOptions {
  /** The client whose connections and settings are used. Default: one that all such requests share, made by the first. */
  readonly client?: Client | undefined;
}

/**
 * Sends a request and resolves when the head of its response is there: {@link Client.request}, over connections that all callers share.
 *
 *     const response = await request("https://example.org/report.csv");
 *     for await (const piece of response.body) ...
 *     console.log(await response.trailers, await response.ending);
 */
export function request(url: string | URL, options: SharedRequestOptions = {}): Promise<ClientResponse> {
  const { client, ...own } = options ?? {};
  return (client ?? (shared ??= new Client())).request(url, options === null ? options : own);
}
