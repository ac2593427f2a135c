import { openSource, type PieceReader } from "../../../src/reply/body.ts";
import { PATCH_SCRIPT } from "../../../src/reply/html/patch-script.ts";
import type { Reply } from "../../../src/reply/reply.ts";

/** What a page says that has slots, behind all that is there. */
export const SCRIPT = `<script>${PATCH_SCRIPT}</script>\n`;
/** What a slot shows that has failed and says nothing about it. */
export const NEUTRAL = '<span role="alert">This part could not be loaded.</span>';

/** A reader of a reply's body, piece by piece. */
export class Reading {
  readonly reader: PieceReader;
  readonly errors: unknown[] = [];

  constructor(reply: Reply) {
    this.reader = openSource(reply.body);
    this.reader.onreport = (error) => this.errors.push(error);
  }

  /** The next piece; undefined at the end. */
  async piece(): Promise<unknown> {
    const { done, value } = await this.reader.next();
    return done === true ? undefined : value;
  }

  async rest(): Promise<unknown[]> {
    const pieces: unknown[] = [];
    for (let piece; (piece = await this.piece()) !== undefined;) pieces.push(piece);
    return pieces;
  }
}

/** Lets every promise that is ready do what it has to. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A generator that tells what is asked of it. */
export function watched<T>(items: readonly T[], log: string[]): AsyncGenerator<T> {
  return (async function* () {
    try {
      for (const item of items) {
        log.push(`item ${String(items.indexOf(item))}`);
        yield item;
      }
    } finally {
      log.push("returned");
    }
  })();
}
