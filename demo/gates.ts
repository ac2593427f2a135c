import { setTimeout as sleep } from "node:timers/promises";
import type { Request } from "sluice";

interface Gate {
  permits: number;
  readonly waiting: (() => void)[];
}

/**
 * Gates hold a request until somebody else lets it go on, so that a test can look at a page between two pieces without racing a
 * clock. A request names its gate with `?gate=`; each permit lets one wait of it pass.
 */
export class Gates {
  readonly #gates = new Map<string, Gate>();

  /** Lets so many waits pass, those to come included. */
  open(name: string, permits: number): void {
    const gate = this.#find(name);
    gate.permits += permits;
    while (gate.permits > 0 && gate.waiting.length > 0) {
      gate.permits--;
      gate.waiting.shift()!();
    }
  }

  async pass(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const gate = this.#find(name);
    if (gate.permits > 0) {
      gate.permits--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      gate.waiting.push(resolve);
      signal.addEventListener("abort", () => {
        const at = gate.waiting.indexOf(resolve);
        if (at !== -1) gate.waiting.splice(at, 1);
        reject(signal.reason as Error);
      });
    });
  }

  #find(name: string): Gate {
    const gate = this.#gates.get(name) ?? { permits: 0, waiting: [] };
    this.#gates.set(name, gate);
    return gate;
  }
}

/** The waiting that {@link Demo.pause} does: at a gate, where there are gates and the request names one, else by the clock. */
export async function pause(
  gates: Gates | undefined,
  request: Request,
  milliseconds: number,
  label?: string,
): Promise<void> {
  const gate = request.query.get("gate");
  if (gates === undefined || gate === null) await sleep(milliseconds, undefined, { signal: request.signal });
  else await gates.pass(label === undefined ? gate : `${gate}.${label}`, request.signal);
}
