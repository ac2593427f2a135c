import type { Request } from "sluice";
import { boundedNumber } from "./query.ts";
import type { Demo } from "./room.ts";

/** The primes, without an end. */
function* primes(): Generator<number> {
  const found: number[] = [];
  for (let candidate = 2; ; candidate++) {
    const isPrime = found.every((prime) => prime * prime > candidate || candidate % prime !== 0);
    if (!isPrime) continue;
    found.push(candidate);
    yield candidate;
  }
}

/**
 * The first hundred primes, one every half second: `?count=` and `?pace=` (milliseconds) change that. However it ends, the log says
 * so: a reader who leaves runs the `finally` of a generator.
 */
export async function* primesInTime(request: Request, demo: Demo): AsyncGenerator<number, void> {
  const count = boundedNumber(request, "count", { min: 1, max: 1000, otherwise: 100 });
  const pace = boundedNumber(request, "pace", { min: 0, max: 5000, otherwise: 500 });
  let sent = 0;
  try {
    for (const prime of primes()) {
      yield prime;
      sent++;
      if (sent === count) break;
      await demo.pause(request, pace);
    }
  } finally {
    const ending = sent === count ? "to the end" : "then the reader left";
    demo.log.say(`${request.path}: ${sent} of ${count} numbers, ${ending}`);
  }
}
