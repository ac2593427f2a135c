import { inspectWire, type WireArrival } from "../../inspect/inspect.ts";
import type { FaultRow, HeadRow, VerdictRow, WireRow } from "../../inspect/rows.ts";
import type { StopReason } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Presentation } from "./presentation.ts";
import { exitCodeOfVerdict, LEAVE_WORDS, type LeaveReason } from "./leaving.ts";

/** How long a complete response is watched for octets behind it, and for the end of its connection, in milliseconds. */
const BEHIND_THE_END = 100;
/** How long more octets are awaited behind a fault, for explaining it. */
const BEHIND_A_FAULT = 500;
/** Over it, Node's timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** What is held back until it is known whether a response is passed over; a server that sends more interim responses is shown. */
const HELD = 100;

/** How one response is inspected. */
export interface InspectionOptions {
  readonly method: string;
  readonly presentation: Presentation;
  readonly io: Io;
  readonly stop: AbortSignal;
  /** Milliseconds; undefined for no limit. */
  readonly maxTime: number | undefined;
  /** Chunks or pieces; undefined for no limit. */
  readonly maxChunks: number | undefined;
  /** Whether arrivals have times. */
  readonly timed: boolean;
  /** Whether somebody else reads the response, too, who decides how long a broken one is read. */
  readonly relayed: boolean;
  /** Whether this head is only looked at, since another response is wanted: nothing of this one is shown then. */
  readonly passesOver?: ((head: HeadRow) => boolean) | undefined;
}

/** What an inspection came to; no verdict where the response was passed over, whose final head this is. */
export type InspectionResult =
  | { readonly passedOver: HeadRow }
  | { readonly verdict: VerdictRow; readonly exitCode: ExitCode };

/** One response, from its first octet to its verdict. */
export class Inspection {
  readonly #arrivals: Arrivals;
  readonly #options: InspectionOptions;
  #reason: LeaveReason | undefined;
  #fault: FaultRow | undefined;
  #chunks = 0;
  // What has come, and been told, of a response that may be passed over.
  #held: ((presentation: Presentation) => unknown)[] | undefined;

  constructor(arrivals: Arrivals, options: InspectionOptions) {
    this.#arrivals = arrivals;
    this.#options = options;
    if (options.passesOver !== undefined) this.#held = [];
  }

  /** Gives the response up. */
  leave(reason: LeaveReason): void {
    this.#reason ??= reason;
    this.#arrivals.leave(LEAVE_WORDS[this.#reason]);
  }

  /** @throws what arrivals and presentation throw */
  async run(): Promise<InspectionResult> {
    const { io, stop, maxTime } = this.#options;
    const onStop = (): void =>
      this.leave((stop.reason as StopReason) === "output closed" ? "output closed" : "signal");
    stop.addEventListener("abort", onStop);
    if (stop.aborted) onStop();
    const takeBack =
      maxTime === undefined
        ? undefined
        : io.setTimer(() => this.leave("max-time"), Math.min(maxTime, LONGEST_TIMER));
    try {
      return await this.#read();
    } finally {
      takeBack?.();
      stop.removeEventListener("abort", onStop);
    }
  }

  async #read(): Promise<InspectionResult> {
    const { method, timed, passesOver, relayed, maxChunks = Infinity } = this.#options;
    const rows = inspectWire(this.#arrived(), {
      method,
      timed,
      onOctets: (part, view, offset) => {
        // The view is not to be kept.
        const octets = this.#held === undefined ? view : view.slice();
        void this.#show((presentation) => presentation.octets(part, octets, offset));
      },
      onDone: () => {
        if (!relayed || this.#fault === undefined) this.#arrivals.linger(BEHIND_THE_END);
      },
    });
    for await (const row of rows) {
      if (row.kind === "fault") {
        this.#fault ??= row;
        if (!relayed) this.#arrivals.linger(BEHIND_A_FAULT);
      }
      const held = this.#held;
      if (held !== undefined && row.kind === "head" && !row.interim && passesOver!(row))
        return { passedOver: row };
      if (held !== undefined && (isDecisive(row) || held.length > HELD)) await this.#release();
      if (row.kind === "chunk" || row.kind === "piece") {
        this.#chunks++;
        if (this.#chunks === maxChunks) this.leave("max-chunks");
        // They came in the same read as the last one that is wanted.
        if (this.#chunks > maxChunks) continue;
      }
      await this.#show((presentation) => presentation.row(row));
      if (row.kind === "verdict")
        return { verdict: row, exitCode: exitCodeOfVerdict(row, this.#fault, this.#reason) };
    }
    throw new Error("There is always a verdict");
  }

  /** What arrives, shown before it is looked at. */
  async *#arrived(): AsyncGenerator<WireArrival, void> {
    for await (const arrival of this.#arrivals) {
      if ("bytes" in arrival) await this.#show((presentation) => presentation.arrived(arrival.bytes));
      yield arrival;
    }
  }

  async #show(what: (presentation: Presentation) => unknown): Promise<void> {
    if (this.#held === undefined) await what(this.#options.presentation);
    else this.#held.push(what);
  }

  /** This response is wanted: what was held back of it is shown. */
  async #release(): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const what of held) await what(this.#options.presentation);
  }
}

/** Behind it nothing can turn out to be a redirect any more. */
function isDecisive(row: WireRow): boolean {
  return row.kind !== "head" || !row.interim;
}
