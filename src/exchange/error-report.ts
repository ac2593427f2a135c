import { EndedError } from "../errors.ts";
import type { ErrorListener } from "./handler.ts";
import type { Request } from "./request.ts";

/** Tells the application what went wrong on its side. What its listener throws is printed and forgotten. */
export function tellApplication(error: unknown, request: Request, onError: ErrorListener): void {
  const failed = (thrown: unknown): void => console.error(error, thrown);
  try {
    const result: unknown = onError(error, request);
    if (result instanceof Promise) result.catch(failed);
  } catch (thrown) {
    failed(thrown);
  }
}

/**
 * Whether an error says no more than that the exchange is over, for this reason: a reader that has left is not the application's fault.
 * `AbortError`s have what their signal was aborted for as their cause.
 */
export function isOfLeaving(error: unknown, reason: unknown): boolean {
  if (error instanceof EndedError) return true;
  return error instanceof Error && error.cause !== undefined && error.cause === reason;
}
