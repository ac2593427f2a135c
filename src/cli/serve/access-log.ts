import type { Channel } from "node:diagnostics_channel";
import { EndedError, SluiceError } from "../../errors.ts";
import { cutToColumns } from "../../inspect/display-width.ts";
import { duration } from "../../inspect/wording.ts";
import type { Reply } from "../../reply/reply.ts";
import { Fields } from "../../semantics/fields.ts";
import { diagnostics } from "../../exchange/diagnostics.ts";
import { printable } from "../columns.ts";
import type { Io } from "../io.ts";
import type { Output } from "../output.ts";
import { formatBytes } from "../quantities.ts";
import type { Role } from "../style.ts";

/** How a response ended. */
export type ResponseEnding = "complete" | "reader left" | "timeout" | "server closed" | "failed";

/** What is looked at of a request. */
export interface LoggedRequest {
  readonly method: string;
  readonly target: string;
  readonly remote: { readonly address: string; readonly port: number };
}

/** A response that is under way. */
interface Entry {
  readonly start: number;
  /** The connection forgets it when it is gone. */
  readonly remote: string;
  first: number | undefined;
  chunks: number;
  bytes: number;
  /** What the head says of the body, where it says it: whoever has read as much may leave before the end is told. */
  length: number | undefined;
}

/** Columns of a target that are shown. */
const TARGET = 120;

const ROLES: Readonly<Record<ResponseEnding, Role>> = {
  complete: "good",
  "reader left": "warning",
  timeout: "warning",
  "server closed": "warning",
  failed: "bad",
};

/**
 * Says of every response, once it is over, how it ended. It hears of them by the diagnostics channels of the server, and keeps to the
 * requests that it was told of.
 */
export class AccessLog {
  /** Responses that were cut because the server was closed. */
  cut = 0;
  readonly #entries = new Map<unknown, Entry>();
  readonly #output: Output;
  readonly #io: Io;
  readonly #undo: (() => void)[] = [];

  constructor(output: Output, io: Io) {
    this.#output = output;
    this.#io = io;
    this.#subscribe(diagnostics.chunkSent, (message) => this.#sent(message as SentMessage));
    this.#subscribe(diagnostics.requestEnd, (message) => this.#ended(message as EndMessage));
    this.#subscribe(diagnostics.connectionError, (message) => this.#refused(message as ErrorMessage));
  }

  /** A request that this server answers. */
  begin(request: LoggedRequest): void {
    const { address } = request.remote;
    const start = this.#io.clock();
    this.#entries.set(request, {
      start,
      remote: address,
      first: undefined,
      chunks: 0,
      bytes: 0,
      length: undefined,
    });
  }

  /** The answer that is about to be sent. */
  answered(request: LoggedRequest, { headers }: Pick<Reply, "headers">): void {
    const entry = this.#entries.get(request);
    const length = Fields.from(headers).get("content-length");
    if (entry !== undefined && length !== undefined) entry.length = Number(length);
  }

  /** Hears of nothing more. */
  close(): void {
    for (const undo of this.#undo) undo();
  }

  #subscribe(channel: Channel, listener: (message: unknown) => void): void {
    channel.subscribe(listener);
    this.#undo.push(() => channel.unsubscribe(listener));
  }

  #sent({ request, size }: SentMessage): void {
    const entry = this.#entries.get(request);
    if (entry === undefined) return;
    entry.first ??= this.#io.clock();
    entry.chunks++;
    entry.bytes += size;
  }

  #ended({ request, status, error }: EndMessage): void {
    const entry = this.#entries.get(request);
    if (entry === undefined) return;
    this.#entries.delete(request);
    const left = endingOf(error);
    const ending = left === "reader left" && entry.bytes === entry.length ? "complete" : left;
    if (ending === "server closed") this.cut++;
    const { method, target } = request;
    const { start, remote, chunks, bytes } = entry;
    const now = this.#io.clock();
    const [first, total] = [(entry.first ?? now) - start, now - start];
    const time = new Date(this.#io.now()).toISOString();
    const code = ending !== "complete" && error instanceof SluiceError ? error.code : undefined;
    this.#output.row({
      event: "response",
      time,
      remote,
      method,
      target,
      status,
      ending,
      code,
      chunks,
      bytes,
      firstByteMs: rounded(first),
      totalMs: rounded(total),
    });
    if (this.#output.json) return;
    const { style } = this.#output;
    const counts = `${chunks} ${chunks === 1 ? "chunk" : "chunks"}, ${formatBytes(bytes)}`;
    const times = `first ${duration(first)}, all ${duration(total)}`;
    this.#output.line(
      `${style("faint", time.slice(11, 19))} ${printable(method)} ${cutToColumns(printable(target), TARGET)} ` +
        `${style(status < 400 ? "strong" : "bad", status === 0 ? "-" : String(status))} ` +
        `${style(ROLES[ending], ending)}  ${counts}  ${style("faint", `${times}  ${remote}`)}`,
    );
  }

  /** What no handler has seen: octets that are no request, and deadlines. */
  #refused({ remote: { address }, error }: ErrorMessage): void {
    const code = error instanceof SluiceError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const time = new Date(this.#io.now()).toISOString();
    this.#output.row({ event: "refused", time, remote: address, code, message });
    if (this.#output.json) return;
    const { style } = this.#output;
    this.#output.line(
      `${style("faint", time.slice(11, 19))} ${style("bad", "refused")}  ${printable(message)}  ${address}`,
    );
  }
}

interface SentMessage {
  readonly request: unknown;
  readonly size: number;
}

interface EndMessage {
  readonly request: LoggedRequest;
  /** 0 where no head was sent. */
  readonly status: number;
  readonly error: unknown;
}

interface ErrorMessage {
  readonly remote: { readonly address: string };
  readonly error: unknown;
}

function endingOf(error: unknown): ResponseEnding {
  if (error === undefined) return "complete";
  if (!(error instanceof EndedError)) return "failed";
  const { code, cause } = error;
  if (code === "ERR_SLUICE_SERVER_CLOSED") return "server closed";
  const deadline = cause instanceof SluiceError ? cause.code : code;
  return deadline.endsWith("_TIMEOUT") ? "timeout" : "reader left";
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;
