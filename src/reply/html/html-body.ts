import { afterMicrotasks } from "../../builtins.ts";
import { EndedError } from "../../errors.ts";
import { openSource, type PieceReader, PieceSource } from "../body.ts";
import { escapeHtml } from "./escape.ts";
import { isSlot, type Part, partsOf, planOf } from "./parts.ts";
import { PATCH_SCRIPT } from "./patch-script.ts";
import { letGo, type SlotHost, SlotRun } from "./slot-run.ts";
import { isThenable } from "../piece.ts";

/** Patches that are ready together leave together, up to about this many characters: what is behind them waits for the reader. */
const PIECE_LENGTH = 65_536;

type Result = IteratorResult<string, undefined>;

const DONE: Result = { done: true, value: undefined };

/** How {@link HtmlBody} is read. */
export interface HtmlBodyOptions {
  /** Fills slots where they stand, in order, instead of behind the rest, in the order in which they become ready. */
  readonly inOrder: boolean;
  /** The nonce of the script, for a Content-Security-Policy. */
  readonly nonce?: string | undefined;
  /** Gets the errors of slots. Default: the server's `onError` does. */
  readonly onSlotError?: ((error: unknown) => void) | undefined;
}

/** The body of a reply that is HTML and still awaits some of it. Each reader gets a reading of its own. */
export class HtmlBody extends PieceSource {
  readonly #parts: readonly Part[];
  readonly #options: HtmlBodyOptions;

  constructor(parts: readonly Part[], options: HtmlBodyOptions) {
    super();
    this.#parts = parts;
    this.#options = options;
  }

  override openPieces(): PieceReader {
    return new HtmlReading(this.#parts, this.#options);
  }
}

/** A part whose slot, if it is one, has begun. */
type Step = string | SlotRun | PromiseLike<unknown> | AsyncIterable<unknown>;

/**
 * One reader's way through the parts: a piece whenever something has to be awaited, so that what is there leaves first.
 *
 * Its generator is never returned: that would wait for the `await` that it is in, and a reader who has left stops everything at once.
 */
class HtmlReading implements PieceReader, SlotHost {
  readonly #options: HtmlBodyOptions;
  onreport: ((error: unknown) => void) | undefined;
  readonly #pieces: AsyncGenerator<string, undefined>;
  /** Every slot that was begun and has more to say. */
  readonly #runs: Set<SlotRun> = new Set();
  /** Those of them that have something to be sent. */
  readonly #ready: Set<SlotRun> = new Set();
  readonly #readers: Set<PieceReader> = new Set();
  /** What has been found and is not being read yet: a stream among it holds something open. */
  readonly #waiting: Set<unknown> = new Set();
  /** What has been rendered and not been given out. */
  #text = "";
  #names = 0;
  #over = false;
  /** Ends the wait at hand. */
  #wake: (() => void) | undefined;
  #abandon: ((reason: unknown) => void) | undefined;

  constructor(parts: readonly Part[], options: HtmlBodyOptions) {
    this.#options = options;
    for (const part of parts) this.#waiting.add(part);
    this.#pieces = this.#read(parts);
  }

  async next(): Promise<Result> {
    if (this.#over) return DONE;
    try {
      return await this.#pieces.next();
    } catch (error) {
      if (this.#over) return DONE;
      this.stop(error);
      throw error;
    }
  }

  report(error: unknown): void {
    const { onSlotError } = this.#options;
    if (onSlotError === undefined) {
      this.onreport?.(error);
      return;
    }
    try {
      onSlotError(error);
    } catch (failure) {
      this.onreport?.(failure);
    }
  }

  news(run: SlotRun): void {
    this.#ready.add(run);
    this.#wake?.();
  }

  stop(given: unknown): void {
    if (this.#over) return;
    this.#over = true;
    const reason = given ?? new EndedError("ERR_SLUICE_READER_LEFT");
    for (const run of this.#runs) run.stop(reason);
    for (const reader of this.#readers) reader.stop(reason);
    for (const part of this.#waiting) letGo(part);
    this.#waiting.clear();
    this.#ready.clear();
    this.#runs.clear();
    this.#abandon?.(reason);
  }

  async *#read(parts: readonly Part[]): AsyncGenerator<string, undefined> {
    yield* this.#inOrder(this.#begin(parts));
    if (this.#runs.size > 0) this.#text += this.#script();
    if (this.#text !== "") yield this.#given();
    while (this.#runs.size > 0) {
      while (this.#ready.size === 0) await this.#news();
      this.#patch();
      if (this.#text !== "") yield this.#given();
    }
    this.#over = true;
    return undefined;
  }

  /** Begins the slots among these parts, all at once. */
  #begin(parts: readonly Part[]): Step[] {
    return parts.map((part) => {
      if (typeof part === "string") return part;
      if (!isSlot(part)) {
        this.#waiting.add(part);
        return part;
      }
      this.#waiting.delete(part);
      const run = new SlotRun(`s${++this.#names}`, planOf(part), this);
      this.#runs.add(run);
      void run.begin();
      return run;
    });
  }

  /** What has been rendered, to be given out. */
  #given(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  async *#inOrder(steps: readonly Step[]): AsyncGenerator<string, undefined> {
    for (const step of steps) {
      if (typeof step === "string") {
        this.#text += step;
      } else if (step instanceof SlotRun) {
        if (this.#options.inOrder) yield* this.#inPlace(step);
        else this.#text += step.placeholder();
      } else {
        if (this.#text !== "") yield this.#given();
        this.#waiting.delete(step);
        if (isThenable(step)) yield* this.#inOrder(this.#begin(partsOf(await this.#wait(step))));
        else yield* this.#each(step);
      }
    }
    return undefined;
  }

  async *#each(source: unknown): AsyncGenerator<string, undefined> {
    const reader = openSource(source);
    this.#readers.add(reader);
    for (;;) {
      const { done, value } = await this.#wait(reader.next());
      if (done === true) break;
      yield* this.#inOrder(this.#begin(partsOf(value)));
      if (this.#text !== "") yield this.#given();
    }
    this.#readers.delete(reader);
    return undefined;
  }

  /** A slot, filled where it stands. */
  async *#inPlace(run: SlotRun): AsyncGenerator<string, undefined> {
    for (;;) {
      let content = run.take();
      if (content === undefined && this.#text !== "") yield this.#given();
      while ((content ??= run.take()) === undefined) await this.#news();
      yield* this.#inOrder(this.#begin(content.parts));
      if (!content.more) break;
    }
    this.#runs.delete(run);
    return undefined;
  }

  /** Renders what is ready, as patches for the page that the reader has. */
  #patch(): void {
    for (const run of this.#ready) {
      this.#ready.delete(run);
      const shown = run.shown;
      const content = run.take();
      if (content === undefined) {
        this.#text += run.takeBar();
      } else {
        const steps = this.#begin(content.parts);
        if (!content.more) this.#runs.delete(run);
        // An iterable's end has nothing to show, and only the placeholder of an empty one has to go.
        if (content.more || !shown || steps.length > 0) this.#text += patch(run.name, steps, content.more);
      }
      if (this.#text.length >= PIECE_LENGTH) return;
    }
  }

  #script(): string {
    const { nonce } = this.#options;
    const attribute = nonce === undefined ? "" : ` nonce="${escapeHtml(nonce)}"`;
    return `<script${attribute}>${PATCH_SCRIPT}</script>\n`;
  }

  /** Resolves when a slot has something to show, after all others of this tick that have. */
  #news(): Promise<void> {
    return this.#wait(
      new Promise((resolve) => {
        this.#wake = () => {
          this.#wake = undefined;
          afterMicrotasks(resolve);
        };
      }),
    );
  }

  /** Waits until the reader leaves, at the longest. */
  #wait<T>(value: T | PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#abandon = reject;
      Promise.resolve(value).then(resolve, reject);
    });
  }
}

/** Content that takes the place of what a name stands for (HTML, `template` with `for`). More of it follows at the marker. */
function patch(name: string, steps: readonly Step[], more: boolean): string {
  let text = `<template for="${name}">`;
  for (const step of steps) text += step instanceof SlotRun ? step.placeholder() : (step as string);
  return `${text}${more ? `<?marker name="${name}">` : ""}</template>\n`;
}
