import { CR, LF } from "../bytes/tables.ts";

const RS = 0x1e;

/** What is counted, by media type. */
const NOUNS: Readonly<Record<string, string>> = {
  "text/event-stream": "event",
  "application/x-ndjson": "line",
  "application/ndjson": "line",
  "application/jsonl": "line",
  "application/json-seq": "record",
};

/** Counts what ends in content whose format has events, lines or records. */
export class EventCounter {
  /** `event`, `line`, `record`. */
  readonly noun: string;
  // Whether the line that is being read, and the event, have anything in them.
  #line = false;
  #event = false;

  /** @param contentType the value of Content-Type; undefined comes back for formats that have nothing to count */
  static for(contentType: string): EventCounter | undefined {
    const noun = NOUNS[contentType.split(";")[0].trim().toLowerCase()];
    return noun === undefined ? undefined : new EventCounter(noun);
  }

  constructor(noun: string) {
    this.noun = noun;
  }

  /** How many end in these octets. */
  count(octets: Uint8Array): number {
    let ended = 0;
    for (const octet of octets) {
      if (this.noun === "record") {
        if (octet === RS) ended++;
      } else if (octet === LF) {
        if (this.noun === "line" && this.#line) ended++;
        if (!this.#line && this.#event) {
          ended += this.noun === "event" ? 1 : 0;
          this.#event = false;
        }
        this.#line = false;
      } else if (octet !== CR) {
        this.#line = true;
        this.#event = true;
      }
    }
    return ended;
  }
}
