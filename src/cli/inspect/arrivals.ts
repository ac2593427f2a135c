import type { WireArrival } from "../../inspect/inspect.ts";

/** What comes of a connection or a file, as long as somebody wants it. */
export interface Arrivals extends AsyncIterable<WireArrival> {
  /** Gives the rest up: the next arrival is an end with `left`. @param why in words that a verdict begins with */
  leave(why: string): void;
  /** Ends it with `kept` after so many milliseconds, whatever comes until then. Not for what ends by itself. */
  linger(milliseconds: number): void;
}
