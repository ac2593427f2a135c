import { EventEmitter, on } from "node:events";

/** The last lines, for those who come later. */
const LINES_KEPT = 5;

/** What the demo has to say: printed, and told to every reader of the room that shows it. */
export class Log {
  readonly #lines: string[] = [];
  readonly #events = new EventEmitter().setMaxListeners(0);

  say(sentence: string): void {
    const line = `${new Date().toTimeString().slice(0, 8)}  ${sentence}`;
    console.log(line);
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    this.#events.emit("line", line);
  }

  /** Lets every reader come to a proper end. */
  end(): void {
    this.#events.emit("end");
  }

  /** The last lines, and then each new one. */
  async *follow(signal: AbortSignal): AsyncGenerator<string> {
    // Both before the first line is sent: what is said meanwhile must not get lost, nor come twice.
    const before = this.#lines.slice();
    const following = on(this.#events, "line", { signal, close: ["end"] });
    yield* before;
    for await (const [line] of following) yield line as string;
  }
}
