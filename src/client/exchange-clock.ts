import type { ErrorCode } from "../errors.ts";
import type { ClientTimeouts } from "./options.ts";

/** What an exchange can wait for: 100 (Continue), that the server takes octets, the head of the response, octets of its body. */
export type Awaited = "continue" | "room" | "head" | "body";

const EXPIRED = {
  continue: undefined,
  room: "ERR_SLUICE_WRITE_TIMEOUT",
  head: "ERR_SLUICE_RESPONSE_TIMEOUT",
  body: "ERR_SLUICE_BODY_TIMEOUT",
} as const satisfies Record<Awaited, ErrorCode | undefined>;

/** The deadlines of one exchange. It is asked now and then, so a deadline is noticed a little late and costs nothing until then. */
export class ExchangeClock {
  readonly #timeouts: Pick<ClientTimeouts, "head" | "body" | "continue">;
  #awaited: Awaited | undefined;
  // Since when what is awaited has not moved, and what told whether it had.
  #since = 0;
  #progress = 0;

  constructor(timeouts: Pick<ClientTimeouts, "head" | "body" | "continue">) {
    this.#timeouts = timeouts;
  }

  /**
   * Whether what is awaited has taken too long.
   * @param now milliseconds of a clock that never goes back
   * @param awaited undefined where nobody waits for anything
   * @param progress a number that changes whenever what is awaited moves
   */
  hasExpired(now: number, awaited: Awaited | undefined, progress: number): boolean {
    if (awaited !== this.#awaited || progress !== this.#progress) {
      this.#awaited = awaited;
      this.#progress = progress;
      this.#since = now;
      return false;
    }
    if (awaited === undefined) return false;
    const limit = this.#timeouts[awaited === "room" ? "body" : awaited];
    return limit > 0 && now - this.#since >= limit;
  }
}

/** What it means that something has taken too long; undefined where it only means to go on. */
export function codeOfExpiry(awaited: Awaited): ErrorCode | undefined {
  return EXPIRED[awaited];
}
