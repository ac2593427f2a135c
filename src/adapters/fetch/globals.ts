import { hostRequestOf, LightRequest } from "./light-request.ts";
import { LightResponse } from "./light-response.ts";

const HostRequest = globalThis.Request;

/** The host's `Request`, that others can also be made of light ones. */
class OpenRequest extends HostRequest {
  constructor(input: ConstructorParameters<typeof Request>[0], init?: RequestInit) {
    super(input instanceof LightRequest ? hostRequestOf(input) : input, init);
  }

  /** All requests are instances of what stands in the place of the host's class; of a class that extends it only its own are. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === OpenRequest
      ? value instanceof HostRequest
      : Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

/** Puts light classes in the place of the host's, for the whole process. A second time changes nothing. */
export function replaceGlobals(): void {
  replace("Request", OpenRequest);
  replace("Response", LightResponse);
}

function replace(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
