import { NOTABLE_GAP } from "../tally.ts";

/** A chunk or a piece on the timeline, or several that came one after the other. */
export interface Mark {
  readonly first: number;
  readonly at: number;
  readonly octets: number;
  /** The number of the first of them. */
  readonly number: number;
  readonly count: number;
  /** The silence before the first of them. */
  readonly gap: number;
}

/** More than a picture has columns for, even when one looks closer. */
const MOST_MARKS = 4000;

/** The timeline of a body of any length: each time there are too many marks, twice as many neighbours share one. */
export class Marks {
  #marks: Mark[] = [];
  // How many may share a mark.
  #share = 1;
  // The silence that no mark goes over, while there is room for that.
  #silence = NOTABLE_GAP;

  get all(): readonly Mark[] {
    return this.#marks;
  }

  add(mark: Mark): void {
    this.#put(this.#marks, mark);
    if (this.#marks.length <= MOST_MARKS) return;
    this.#share *= 2;
    let fewer = this.#joined();
    if (fewer.length > (3 * MOST_MARKS) / 4) {
      this.#silence = Infinity;
      fewer = this.#joined();
    }
    this.#marks = fewer;
  }

  #joined(): Mark[] {
    const marks: Mark[] = [];
    for (const mark of this.#marks) this.#put(marks, mark);
    return marks;
  }

  #put(marks: Mark[], mark: Mark): void {
    const before = marks.at(-1);
    if (before === undefined || before.count + mark.count > this.#share || mark.gap >= this.#silence) {
      marks.push(mark);
      return;
    }
    marks[marks.length - 1] = {
      ...before,
      at: mark.at,
      octets: before.octets + mark.octets,
      count: before.count + mark.count,
    };
  }
}
