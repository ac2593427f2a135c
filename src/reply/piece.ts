import { UsageError } from "../errors.ts";
import { kindOf } from "../options.ts";

/** A piece of a body: text, which is sent as UTF-8, or bytes, which must not change until they have left. */
export type BodyPiece = string | Uint8Array;

/** A piece that can be sent. @throws UsageError `ERR_SLUICE_BODY_PIECE` */
export function asPiece(value: unknown): BodyPiece {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  let wanted: string | undefined;
  if (isThenable(value)) wanted = "its result, with await";
  else if (value === null || value === undefined) wanted = 'no piece, or ""';
  else if (typeof value === "function") wanted = "its result";
  else wanted = typeof value === "object" ? "JSON.stringify(…), or ndjson(source)" : "String(…)";
  throw new UsageError("ERR_SLUICE_BODY_PIECE", { found: foundIn(value), wanted });
}

/** What stands where something to be sent should: a promise is mostly one that was not awaited. */
export function foundIn(value: unknown): string {
  return isThenable(value) ? "a promise" : kindOf(value);
}

/** Whether something has to be awaited: a promise, whoever made it. */
export function isThenable<T>(value: T): value is T & PromiseLike<Awaited<T>> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** Makes sure that a promise whose failure is known elsewhere never becomes an unhandled rejection. */
export function forget(result: unknown): void {
  if (result instanceof Promise) result.catch(() => {});
}
