import { expect } from "vitest";
import { type ErrorCode, SluiceError } from "../../src/errors.ts";

/** The error that a call throws. */
export function thrownBy(call: () => unknown): SluiceError {
  try {
    call();
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  return expect.fail("nothing was thrown");
}

/** The code of the error that a call throws. */
export function codeOf(call: () => unknown): ErrorCode {
  return thrownBy(call).code;
}
