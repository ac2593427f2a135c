// An Io without a process: what is written is kept, the clock stands still until it is moved, signals come when they are sent.

import { PassThrough, Writable } from "node:stream";
import type { Io, OutputStream, StopSignal } from "../../src/cli/io.ts";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A stream that keeps what is written to it; a terminal where it has a size. */
export class Recorder extends Writable {
  text = "";
  isTTY: boolean;
  columns: number | undefined;
  rows: number | undefined;
  /** What the next write fails with. */
  failure: Error | undefined;
  #watchers: { readonly sign: string; readonly resolve: () => void }[] = [];

  constructor(size?: TerminalSize) {
    super({ decodeStrings: false });
    this.isTTY = size !== undefined;
    this.columns = size?.columns;
    this.rows = size?.rows;
  }

  override _write(piece: Buffer | string, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.failure !== undefined) {
      done(this.failure);
      return;
    }
    this.text += piece.toString();
    this.#watchers = this.#watchers.filter(({ sign, resolve }) => {
      if (!this.text.includes(sign)) return true;
      resolve();
      return false;
    });
    done();
  }

  /** Resolves once the text has this in it. */
  async has(sign: string): Promise<void> {
    if (this.text.includes(sign)) return;
    await new Promise<void>((resolve) => {
      this.#watchers.push({ sign, resolve });
    });
  }

  resize(columns: number): void {
    this.columns = columns;
    this.emit("resize");
  }
}

export interface FakeIoOptions {
  readonly env?: Record<string, string>;
  readonly terminal?: TerminalSize;
  /** Whether time passes by itself. Default false. */
  readonly realTime?: boolean;
}

export class FakeIo implements Io {
  readonly stdin: PassThrough = new PassThrough();
  readonly out: Recorder;
  readonly err: Recorder;
  readonly env: Record<string, string>;
  time = 0;
  readonly #realTime: boolean;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor({ env = {}, terminal, realTime = false }: FakeIoOptions = {}) {
    this.env = env;
    this.out = new Recorder(terminal);
    this.err = new Recorder(terminal);
    this.#realTime = realTime;
  }

  get stdout(): OutputStream {
    return this.out;
  }

  get stderr(): OutputStream {
    return this.err;
  }

  get rows(): Record<string, unknown>[] {
    const lines = this.out.text.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return Date.UTC(2026, 0, 2, 3, 4, 5) + this.time;
  }

  clock(): number {
    return this.#realTime ? performance.now() : this.time;
  }

  setTimer(callback: () => void, milliseconds: number): () => void {
    if (this.#realTime) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    }
    const timer = { at: this.time + milliseconds, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, and the timers of it ring. */
  pass(milliseconds: number): void {
    this.time += milliseconds;
    for (const timer of [...this.#timers].toSorted((a, b) => a.at - b.at)) {
      if (timer.at > this.time || !this.#timers.delete(timer)) continue;
      timer.callback();
    }
  }

  onSignal(name: StopSignal, listener: () => void): () => void {
    return this.#listen(name, listener);
  }

  onExit(listener: () => void): () => void {
    return this.#listen("exit", listener);
  }

  listeners(name: StopSignal | "exit"): number {
    return this.#listeners.get(name)?.size ?? 0;
  }

  send(name: StopSignal | "exit"): void {
    for (const listener of this.#listeners.get(name) ?? []) listener();
  }

  #listen(name: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
}
