/** What stands in a {@link Roster}, and keeps its place there. */
export interface Enrolled {
  /** Set by the roster. */
  place: number;
}

/**
 * Those who are there, where very many come and go. A Set makes a new table now and then, and each old one, until all of memory is
 * collected, keeps the next one alive with all that it holds: what lives for a millisecond would be copied with the long-lived.
 */
export class Roster<Member extends Enrolled> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: Member): void {
    member.place = this.#members.push(member) - 1;
  }

  /** Without effect for who is not there. */
  delete(member: Member): void {
    if (this.#members[member.place] !== member) return;
    const last = this.#members.pop()!;
    if (last === member) return;
    this.#members[member.place] = last;
    last.place = member.place;
  }

  /** Those who are there now: they may leave meanwhile. */
  all(): readonly Member[] {
    return [...this.#members];
  }
}
