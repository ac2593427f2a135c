import { EndedError } from "../../errors.ts";
import { discardSource, openSource, type PieceReader } from "../body.ts";
import {
  isAsyncIterable,
  isSlot,
  markupOf,
  type Part,
  partsOf,
  planOf,
  type Slot,
  type SlotDesk,
  type SlotPlan,
} from "./parts.ts";
import { forget, isThenable } from "../piece.ts";

/** What is shown in the place of a slot that failed and says nothing about it. */
const NEUTRAL = '<span role="alert">This part could not be loaded.</span>';

const isReady = (part: Part): part is string | Slot => typeof part === "string" || isSlot(part);

/** Lets go of content that nobody will see: a stream is cancelled, a generator that was not begun is closed. */
export function letGo(content: unknown): void {
  if (typeof content !== "object" || content === null) return;
  if (isSlot(content)) {
    letGo(planOf(content).source);
    return;
  }
  forget(content);
  // What is being read already is stopped by whoever reads it.
  if (isAsyncIterable(content)) discardSource(content);
}

/** What a slot's run asks of the reading it belongs to. */
export interface SlotHost {
  /** The run has something to show. */
  news(run: SlotRun): void;
  /** The slot has failed; the page goes on. */
  report(error: unknown): void;
}

/** Content for a slot, with whether more of it will follow. */
export interface SlotContent {
  readonly parts: readonly Part[];
  readonly more: boolean;
}

/** The filling of one slot for one reader: from the beginning of its work to its last content, its failure, or the reader's leaving. */
export class SlotRun implements SlotDesk {
  readonly name: string;
  readonly #plan: SlotPlan;
  readonly #host: SlotHost;
  readonly #readers: Set<PieceReader> = new Set();
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #content: SlotContent | undefined;
  /** What has been found and not been taken: a stream among it holds something open. */
  #held: readonly Part[] = [];
  /** Lets the source go on, once what it gave last has been taken. */
  #taken: (() => void) | undefined;
  #bar = 0;
  #barMoved = false;
  #shown = false;
  #stopped = false;

  constructor(name: string, plan: SlotPlan, host: SlotHost) {
    this.name = name;
    this.#plan = plan;
    this.#host = host;
  }

  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  open(source: unknown): PieceReader {
    const reader = openSource(source);
    this.#readers.add(reader);
    return reader;
  }

  move(fraction: number): void {
    // In hundredths: no more than a bar shows, and so there are at most a hundred of them.
    const hundredths = Math.round(Math.min(1, Math.max(0, fraction)) * 100);
    if (this.#stopped || Number.isNaN(hundredths)) return;
    this.#arm();
    if (hundredths === this.#bar) return;
    this.#bar = hundredths;
    this.#barMoved = true;
    this.#host.news(this);
  }

  /** Begins the work. Never rejects. */
  async begin(): Promise<void> {
    try {
      this.#arm();
      let content = this.#plan.begin(this);
      if (isThenable(content)) content = await content;
      if (this.#stopped) letGo(content);
      else if (typeof content === "object" && content !== null && isAsyncIterable(content))
        await this.#each(content);
      else await this.#show(content, false);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What is shown first. */
  placeholder(): string {
    const name = this.name;
    let placeholder = "";
    try {
      placeholder = this.#plan.placeholder(this.#barMarkup(""));
    } catch (error) {
      // The content may be there already.
      if (this.#stopped) this.#host.report(error);
      else this.#fail(error);
    }
    return `<?start name="${name}">${placeholder}<?end name="${name}">`;
  }

  /** The move of the bar, as a patch; none where it has not moved. */
  takeBar(): string {
    if (!this.#barMoved) return "";
    this.#barMoved = false;
    return `<template for="${this.name}b">${this.#barMarkup(` value="${this.#bar / 100}"`)}</template>\n`;
  }

  /** Whether anything has taken the placeholder's place. */
  get shown(): boolean {
    return this.#shown;
  }

  /** What is to be shown now. The source goes on. */
  take(): SlotContent | undefined {
    const content = this.#content;
    this.#content = undefined;
    this.#held = [];
    if (content !== undefined) this.#shown = true;
    this.#taken?.();
    this.#taken = undefined;
    return content;
  }

  /** Gives the slot up, without another word. */
  stop(reason: unknown): void {
    for (const part of this.#held) letGo(part);
    this.#held = [];
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#abort?.abort(reason);
    for (const reader of this.#readers) reader.stop(reason);
    this.#readers.clear();
  }

  async #each(source: AsyncIterable<unknown>): Promise<void> {
    const reader = this.open(source);
    for (;;) {
      this.#arm();
      const next = reader.next();
      const { done, value } = isThenable(next) ? await next : next;
      if (this.#stopped) return;
      if (done === true) break;
      await this.#show(value, true);
      // The next one is asked for when the reader has got this one: one at a time is held.
      if (this.#content !== undefined) await new Promise<void>((resolve) => (this.#taken = resolve));
    }
    this.#readers.delete(reader);
    await this.#show(undefined, false);
  }

  async #show(value: unknown, more: boolean): Promise<void> {
    let parts: readonly Part[] = (this.#held = partsOf(value));
    if (!parts.every(isReady)) {
      const ready: Part[] = [];
      await this.#gather(ready, parts);
      parts = ready;
    }
    this.#put({ parts, more });
  }

  #put(content: SlotContent): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    if (!content.more) {
      // From here on nothing can go wrong any more, but for what nobody sees.
      this.#stopped = true;
      this.#barMoved = false;
    }
    this.#content = content;
    this.#host.news(this);
  }

  /** Awaits what stands in the content itself, in order: a slot is filled at once or item by item, but not by halves. */
  async #gather(ready: Part[], parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      if (isReady(part)) {
        ready.push(part);
      } else if (isThenable(part)) {
        await this.#gather(ready, partsOf(await part));
      } else {
        const reader = this.open(part);
        for (;;) {
          const { done, value } = await reader.next();
          if (this.#stopped || done === true) break;
          await this.#gather(ready, partsOf(value));
        }
        this.#readers.delete(reader);
      }
      if (this.#stopped) return;
    }
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop(error);
    this.#host.report(error);
    let text = NEUTRAL;
    try {
      text = markupOf(this.#plan.error(error)) || NEUTRAL;
    } catch (failure) {
      this.#host.report(failure);
    }
    this.#barMoved = false;
    this.#content = { parts: [text], more: false };
    this.#host.news(this);
  }

  /** From now on the source has all of its time again. */
  #arm(): void {
    clearTimeout(this.#timer);
    const { timeout } = this.#plan;
    if (timeout === undefined || this.#stopped) return;
    this.#timer = setTimeout(() => this.#fail(new EndedError("ERR_SLUICE_SLOT_TIMEOUT")), timeout);
  }

  #barMarkup(value: string): string {
    const name = `${this.name}b`;
    return `<?start name="${name}"><progress${value}></progress><?end name="${name}">`;
  }
}
