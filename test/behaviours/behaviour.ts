import type { Site } from "./site.ts";

/** Something that holds wherever a handler runs. */
export interface Behaviour {
  /** A row of the table in `docs/hosts.md`. */
  readonly name: string;
  /** Whether this runtime can show it. Default true. */
  readonly possible?: boolean;
  /** Throws where it does not hold. */
  run(site: Site): Promise<void>;
}
