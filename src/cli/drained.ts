import type { Writable } from "node:stream";

/** Resolves when a stream takes more again, is gone, or nobody wants to wait for it any longer. Never rejects. */
export function drained(stream: Writable, stop: AbortSignal): Promise<void> {
  if (!stream.writableNeedDrain || stream.destroyed || stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const over = (): void => {
      stream.off("drain", over).off("close", over).off("error", over);
      stop.removeEventListener("abort", over);
      resolve();
    };
    stream.on("drain", over).on("close", over).on("error", over);
    stop.addEventListener("abort", over);
  });
}
