import { UsageError } from "../errors.ts";

/** A piece of a body: text, which is sent as UTF-8, or bytes, which must not change until they have left. */
export type BodyPiece = string | Uint8Array;

/** A piece that can be sent. @throws UsageError `ERR_SLUICE_BODY_PIECE` */
export function asPiece(value: unknown): BodyPiece {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new UsageError("ERR_SLUICE_BODY_PIECE", { found: value === null ? "null" : `a ${typeof value}` });
}

/** Whether something has to be awaited: a promise, whoever made it. */
export function isThenable<T>(value: T): value is T & PromiseLike<Awaited<T>> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** Makes sure that a promise whose failure is known elsewhere never becomes an unhandled rejection. */
export function forget(result: unknown): void {
  if (result instanceof Promise) result.catch(() => {});
}
