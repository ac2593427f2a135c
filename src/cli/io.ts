import type { Readable, Writable } from "node:stream";

/** Where a command writes: a terminal, a pipe, a file, or a stream of a test. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean | undefined;
  /** Columns and rows of a terminal. */
  /** 0, too, says that nobody knows. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

/** Signals that a command is told of. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** All that a command touches of its process. Nothing below `main` asks for the process itself, so a test can give its own. */
export interface Io {
  readonly stdin: Readable;
  /** What the command makes: data, rows for machines, help. */
  readonly stdout: OutputStream;
  /** What people are told: messages, logs, progress. */
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds on a clock that nobody sets. */
  clock(): number;
  /** Calls back once after this many milliseconds; returns what takes it back. */
  setTimer(callback: () => void, milliseconds: number): () => void;
  /** Calls back for each signal, which then doesn't end the process; returns what takes it back. */
  onSignal(name: StopSignal, listener: () => void): () => void;
  /** Calls back when the process ends, however it does; returns what takes it back. */
  onExit(listener: () => void): () => void;
}

/** The process itself. */
export function processIo(): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    now: Date.now,
    clock: () => performance.now(),
    setTimer(callback, milliseconds) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    onSignal: (name, listener) => listen(name, listener),
    onExit: (listener) => listen("exit", listener),
  };
}

function listen(name: string, listener: () => void): () => void {
  process.on(name, listener);
  return () => {
    process.off(name, listener);
  };
}
