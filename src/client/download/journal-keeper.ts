import { SluiceError } from "../../errors.ts";
import type { Identity } from "./identity.ts";
import type { Journal } from "./journal.ts";
import type { Part } from "./part.ts";
import type { Pass } from "./pass.ts";
import type { Tuning } from "./tuning.ts";
import type { Verification } from "./verification.ts";

/** Octets that a journal may need, with what its names take. */
const JOURNAL_ROOM = 64 * 1024;

/** The journal takes no more than this part of the time. */
const SHARE = 10;

/** Keeps the journal of a download: what of it is there, for a later one to go on with. */
export class JournalKeeper {
  readonly #part: Part;
  readonly #place: string;
  readonly #tuning: Tuning;
  readonly #verification: Verification;
  #pass: Pass | undefined;
  #flushing: Promise<void> | undefined;
  #nextFlush = 0;

  /** @param place where the file is from, without credentials and fragment */
  constructor(part: Part, place: string, tuning: Tuning, verification: Verification) {
    this.#part = part;
    this.#place = place;
    this.#tuning = tuning;
    this.#verification = verification;
  }

  /** Tells of this pass from now on. */
  follow(pass: Pass): void {
    this.#pass = pass;
  }

  /** Begins with an empty file, of which this is known. */
  async begin(identity: Identity): Promise<void> {
    await this.settled();
    await this.#part.begin(this.#journal(identity), identity.size);
  }

  /** Writes it where the last time is long enough ago. What fails ends the pass. */
  tick(): void {
    const pass = this.#pass;
    const now = performance.now();
    if (pass === undefined || this.#flushing !== undefined || now < this.#nextFlush) return;
    const journal = this.#journal(pass.identity);
    if (journal === undefined) return;
    this.#flushing = this.#part
      .flush(journal)
      .catch((error: unknown) => pass.fail(error))
      .finally(() => {
        const took = performance.now() - now;
        this.#nextFlush = performance.now() + Math.max(this.#tuning.flush, took * SHARE);
        this.#flushing = undefined;
      });
  }

  /** No journal is being written: later it would stand beside a file that is complete, or another one. Never rejects. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  /** Leaves behind what a later download can go on with after this error, and nothing else. Never rejects. */
  async keep(error: unknown): Promise<void> {
    const identity = this.#pass?.identity;
    if (identity === undefined || this.#part.file === undefined) return;
    try {
      if (error instanceof SluiceError && error.code === "ERR_SLUICE_DISK_FULL") await this.#makeRoom();
      const journal = this.#journal(identity);
      if (journal !== undefined && journal.done.length > 0) await this.#part.flush(journal);
      else await this.#part.discard();
    } catch {
      // The journal that was written last still holds, and what is to be told is the first error.
    }
  }

  /** On a full disk there is no room for the journal either, unless the file gives up some of its own. */
  async #makeRoom(): Promise<void> {
    const { done } = this.#pass!.plan;
    const end = Math.max(0, done.end - JOURNAL_ROOM);
    done.remove(end, Infinity);
    await this.#part.file.truncate(end);
  }

  /** What can be said now; undefined where nobody could go on from it. */
  #journal(identity: Identity | undefined): Journal | undefined {
    const { plan, ranged } = this.#pass!;
    if (identity?.validator === undefined || !ranged) return undefined;
    const { validator, coding } = identity;
    const digests = Array.from(
      this.#verification.digests,
      ({ algorithm, base64 }) => [algorithm, base64] as const,
    );
    const size = plan.size ?? identity.size;
    return { url: this.#place, validator, coding, size, digests, done: [...plan.done] };
  }
}
