import { Client } from "../../client/client.ts";
import { diagnostics } from "../../client/diagnostics.ts";
import type { Ending } from "../../client/ending.ts";
import type { ClientOptions, RequestOptions } from "../../client/options.ts";
import type { ClientResponse } from "../../client/response.ts";
import type { Fields } from "../../semantics/fields.ts";
import type { ReceivedTrailers } from "../../semantics/trailers.ts";
import { isSecretField } from "../secrets.ts";

/** Takes lines that belong together. */
export type Tell = (lines: readonly string[]) => void;

/** How a {@link TracedClient} tells. */
export interface TraceOptions {
  readonly tell: Tell;
  /** Whether how a response ended is told only with the next head, or when the client is closed. */
  readonly endingsWait: boolean;
}

/**
 * A client that tells of what goes out and what comes back, redirects and repetitions among it: `> ` heads of requests as they were
 * written, `< ` heads of responses and trailers, `* ` what happened. Secrets are left out. It listens to the channels of all clients of
 * the process, until it is closed.
 */
export class TracedClient extends Client {
  readonly #options: TraceOptions;
  readonly #endings: Promise<void>[] = [];
  // What is known of how responses ended, while that waits.
  #waiting: string[] = [];
  readonly #requested = (message: unknown): void => {
    const { head } = message as { readonly head: string };
    const [line, ...fields] = head.split("\r\n").slice(0, -1);
    this.#tell([`> ${line}`, ...fields.map((field) => `> ${withoutSecret(field)}`.trimEnd())]);
  };
  readonly #responded = (message: unknown): void => {
    const { status, reason, headers } = message as {
      readonly status: number;
      readonly reason: string;
      readonly headers: Fields;
    };
    this.#tell([`< ${status} ${reason}`.trimEnd(), ...fieldLines(headers), "<"]);
  };

  constructor(options: ClientOptions, trace: TraceOptions) {
    super(options);
    this.#options = trace;
    diagnostics.request.subscribe(this.#requested);
    diagnostics.response.subscribe(this.#responded);
  }

  override async request(url: string | URL, options?: RequestOptions): Promise<ClientResponse> {
    const response = await super.request(url, options);
    const { httpVersion, remote } = response;
    this.#tell([`* over HTTP/${httpVersion}, from ${remote.address} port ${remote.port}`]);
    this.#endings.push(this.#tellEnding(response));
    return response;
  }

  override async close(): Promise<void> {
    diagnostics.request.unsubscribe(this.#requested);
    diagnostics.response.unsubscribe(this.#responded);
    await super.close();
    await Promise.all(this.#endings);
    this.#tell([]);
  }

  #tell(lines: readonly string[]): void {
    this.#options.tell([...this.#waiting, ...lines]);
    this.#waiting = [];
  }

  async #tellEnding(response: ClientResponse): Promise<void> {
    const ending = await response.ending;
    const trailers = ending.outcome === "complete" ? trailerLines(await response.trailers) : [];
    // Several parts of a file arrive side by side.
    const range = response.status === 206 ? response.headers.get("content-range") : undefined;
    const lines = [...trailers, `* ${range === undefined ? "" : `${range}: `}${endingText(ending)}`];
    if (this.#options.endingsWait) this.#waiting.push(...lines);
    else this.#tell(lines);
  }
}

function trailerLines({ fields, undeclared, dropped }: ReceivedTrailers): string[] {
  return [
    ...(fields.size === 0 ? [] : ["< (trailers)", ...fieldLines(fields)]),
    ...(undeclared.length === 0 ? [] : [`* not declared: ${undeclared.join(", ")}`]),
    ...(dropped.length === 0 ? [] : [`* dropped, since they are no trailers: ${dropped.join(", ")}`]),
  ];
}

function fieldLines(fields: Fields): string[] {
  return [...fields].map(([name, value]) => `< ${withoutSecret(`${name}: ${value}`)}`);
}

function withoutSecret(field: string): string {
  const name = field.slice(0, Math.max(0, field.indexOf(":")));
  return isSecretField(name) ? `${name}: (not shown)` : field;
}

function endingText(ending: Ending): string {
  switch (ending.outcome) {
    case "complete":
      return "complete";
    case "truncated":
      return `truncated: layer ${ending.layer}${ending.offset === undefined ? "" : ` at byte ${ending.offset}`}`;
    case "corrupt":
      return `corrupt${ending.layer === undefined ? "" : `: layer ${ending.layer}`}`;
    default:
      return `given up by the ${ending.by}`;
  }
}
