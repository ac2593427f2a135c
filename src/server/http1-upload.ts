import { ProtocolError } from "../errors.ts";
import type { BodyFraming } from "../http1/body-framing.ts";
import type { ServerLimits } from "./options.ts";

/** How much a connection of HTTP/1 takes of a request's body, one request after the other, and how much of what nobody wants. */
export class Http1Upload {
  readonly #limits: ServerLimits;
  #octets = 0;
  // Of those: that nobody wanted.
  #drained = 0;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /** The next request has begun. @throws ProtocolError `ERR_SLUICE_BODY_TOO_LARGE` where it announces too much */
  begin(framing: BodyFraming): void {
    if (framing.kind === "length" && framing.length > this.#limits.bodyBytes) {
      throw new ProtocolError("ERR_SLUICE_BODY_TOO_LARGE", { found: String(framing.length) });
    }
    this.#octets = 0;
    this.#drained = 0;
  }

  /** Octets of the body have come. @throws ProtocolError `ERR_SLUICE_BODY_TOO_LARGE` */
  received(octets: number): void {
    this.#octets += octets;
    if (this.#octets > this.#limits.bodyBytes) throw new ProtocolError("ERR_SLUICE_BODY_TOO_LARGE");
  }

  /** What has been received is thrown away. Returns whether so much may be. */
  drained(octets: number): boolean {
    this.#drained += octets;
    return this.mayDrain(this.#drained);
  }

  /** Whether so many octets may be thrown away. */
  mayDrain(octets: number): boolean {
    return octets <= this.#limits.drainedBytes;
  }
}
