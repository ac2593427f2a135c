import { basename } from "node:path";
import { printable } from "../columns.ts";
import { LiveRegion } from "../live-region.ts";
import { type ProgressState, progressLine, renderProgress } from "../progress-view.ts";
import { type Job, tell } from "./job.ts";

/** Milliseconds between two rows. */
const ROW_PAUSE = 500;

/** Says how far a transfer into a file is: a picture or lines for people, rows for machines, nothing for those who want none. */
export class TransferReport {
  /** Octets that are in the file, and all there are, by the last report. */
  received = 0;
  total: number | undefined;
  readonly #job: Job;
  readonly #name: string;
  readonly #region: LiveRegion | undefined;
  #nextRow = 0;
  #lastRow = "";

  constructor(job: Job, path: string) {
    this.#job = job;
    this.#name = printable(basename(path));
    const { output, io, plan } = job;
    if (output.json || plan.options.quiet) return;
    const region = new LiveRegion(io);
    this.#region = region;
    output.divert((line) => region.print(line));
  }

  update(progress: Omit<ProgressState, "note">): void {
    const { received, total, secondsLeft } = progress;
    this.received = received;
    this.total = total;
    // Before a response there is nothing to show, and of what is whole nothing is left.
    if (received === 0 && total === undefined) return;
    const left = received === total ? undefined : secondsLeft;
    const state: ProgressState = { ...progress, secondsLeft: left, note: this.#name };
    this.#region?.update(
      (columns) => renderProgress(state, columns, this.#job.output.style),
      () => progressLine(state),
    );
    const now = this.#job.io.clock();
    if (now >= this.#nextRow) {
      this.#nextRow = now + ROW_PAUSE;
      this.#row(state);
    }
  }

  /** Something that happened on the way. */
  note(text: string): void {
    this.#job.output.row({ event: "note", text });
    tell(this.#job, this.#job.output.style("faint", printable(text)));
  }

  /** Leaves the last picture where it is. Lines go below it from now on. */
  close(): void {
    this.#job.output.divert(undefined);
    this.#region?.close();
  }

  #row({ received, total, bytesPerSecond, secondsLeft, lanes }: ProgressState): void {
    const row = {
      event: "progress",
      received,
      total,
      bytesPerSecond: Math.round(bytesPerSecond),
      secondsLeft: secondsLeft === undefined ? undefined : Math.ceil(secondsLeft),
      connections: lanes.length,
    };
    const text = JSON.stringify(row);
    if (text !== this.#lastRow) this.#job.output.row(row);
    this.#lastRow = text;
  }
}
