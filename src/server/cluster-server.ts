import cluster, { type Worker } from "node:cluster";
import { deferred, type Deferred } from "../deferred.ts";
import { optionError } from "../options.ts";
import type { LocalServer } from "./local-server.ts";
import { type CloseOptions, graceOf, type Server, type ServerStats } from "./server.ts";

/** What a worker tells the process that started it. */
type Report =
  | { readonly sluice: "listening"; readonly url: string }
  | { readonly sluice: "failed"; readonly reason: string; readonly code: unknown }
  | { readonly sluice: "stats"; readonly stats: ServerStats };

/** What a worker is told. */
interface Order {
  readonly sluice: "close";
  readonly grace: number;
}

const REPORTS_EVERY = 500;
/** A worker that has died is replaced after this, so that one that can't start doesn't keep the machine busy. */
const REPLACED_AFTER = 1_000;
/** What a worker has beyond the grace before it is killed. */
const EXTRA_TIME = 3_000;

const NO_STATS: ServerStats = { connections: 0, active: 0, requests: 0, bytesReceived: 0, bytesSent: 0 };

/**
 * A server whose connections are handled by worker processes (node:cluster): the script that called `serve` runs again in each of
 * them, and there the call returns a server of that worker alone. A worker that dies is replaced.
 */
export class ClusterServer implements Server {
  readonly #stats = new Map<Worker, ServerStats>();
  readonly #starting = new Map<Worker, Deferred<string>>();
  readonly #emptied = deferred<void>();
  // Of workers that are gone.
  #past: ServerStats = NO_STATS;
  #url = new URL("http://localhost");
  #closed: Promise<void> | undefined;

  /** Starts the workers, and resolves when all of them listen. @throws Error where one of them cannot */
  async start(workers: number): Promise<void> {
    const listening = Array.from({ length: workers }, () => this.#fork());
    try {
      this.#url = new URL((await Promise.all(listening))[0]);
    } catch (error) {
      await this.close({ grace: 0 });
      throw error;
    }
  }

  get url(): URL {
    return new URL(this.#url);
  }

  get port(): number {
    return Number(this.#url.port || (this.#url.protocol === "https:" ? 443 : 80));
  }

  get stats(): ServerStats {
    return [...this.#stats.values()].reduce(sum, this.#past);
  }

  setSecureContext(): void {
    throw optionError("setSecureContext() is for the server of a worker");
  }

  close(options: CloseOptions = {}): Promise<void> {
    const grace = graceOf(options);
    const order: Order = { sluice: "close", grace };
    for (const worker of this.#stats.keys()) if (worker.isConnected()) worker.send(order);
    const kill = setTimeout(() => {
      for (const worker of this.#stats.keys()) worker.process.kill("SIGKILL");
    }, grace + EXTRA_TIME);
    this.#closed ??= this.#stats.size === 0 ? Promise.resolve() : this.#emptied.promise;
    return this.#closed.finally(() => clearTimeout(kill));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #fork(): Promise<string> {
    const worker = cluster.fork();
    const listening = deferred<string>();
    this.#stats.set(worker, NO_STATS);
    this.#starting.set(worker, listening);
    worker.on("message", (message: Report) => this.#heard(worker, message));
    worker.on("error", listening.reject);
    worker.on("exit", (code, signal) => {
      listening.reject(new Error(`A worker ended with ${signal ?? code} before it listened`));
      this.#exited(worker);
    });
    return listening.promise;
  }

  #heard(worker: Worker, message: Report): void {
    if (message?.sluice === "listening") this.#starting.get(worker)?.resolve(message.url);
    else if (message?.sluice === "failed")
      this.#starting.get(worker)?.reject(Object.assign(new Error(message.reason), { code: message.code }));
    else if (message?.sluice === "stats") this.#stats.set(worker, message.stats);
  }

  #exited(worker: Worker): void {
    const { connections: _open, active: _active, ...total } = this.#stats.get(worker) ?? NO_STATS;
    this.#past = sum(this.#past, { ...total, connections: 0, active: 0 });
    this.#stats.delete(worker);
    this.#starting.delete(worker);
    if (this.#closed === undefined) setTimeout(() => this.#replace(), REPLACED_AFTER).unref();
    else if (this.#stats.size === 0) this.#emptied.resolve();
  }

  #replace(): void {
    if (this.#closed === undefined) void this.#fork();
  }
}

function sum(one: ServerStats, other: ServerStats): ServerStats {
  return {
    connections: one.connections + other.connections,
    active: one.active + other.active,
    requests: one.requests + other.requests,
    bytesReceived: one.bytesReceived + other.bytesReceived,
    bytesSent: one.bytesSent + other.bytesSent,
  };
}

function report(message: Report): void {
  // A message that can no longer be sent has nobody to read it.
  if (process.connected) process.send?.(message, () => {});
}

/** In a worker: begins to listen, reports to the process that started it, and closes when that says so. */
export async function listenAsWorker(server: LocalServer, listen: () => Promise<void>): Promise<void> {
  try {
    await listen();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    report({ sluice: "failed", reason: message, code });
    throw error;
  }
  report({ sluice: "listening", url: server.url.href });
  const reports = setInterval(() => report({ sluice: "stats", stats: server.stats }), REPORTS_EVERY).unref();
  process.on("message", (order: Order) => {
    if (order?.sluice !== "close") return;
    void server.close({ grace: order.grace }).then(() => {
      clearInterval(reports);
      report({ sluice: "stats", stats: server.stats });
      cluster.worker?.disconnect();
    });
  });
}
