import type { EndedError } from "../errors.ts";
import type { FieldsInit } from "../semantics/fields.ts";
import type { BodyPiece } from "./piece.ts";
import type { ReplyHead, Sink } from "./sink.ts";

/** A sink in front of another one, which does something to the pieces on their way. This one does nothing. */
export class Stage implements Sink {
  protected readonly next: Sink;

  constructor(next: Sink) {
    this.next = next;
  }

  head(head: ReplyHead): boolean {
    return this.next.head(head);
  }

  wantsTrailers(always: boolean): boolean {
    return this.next.wantsTrailers(always);
  }

  write(piece: BodyPiece): boolean {
    return this.next.write(piece);
  }

  get backlogBytes(): number {
    return this.next.backlogBytes;
  }

  flush(): void {
    this.next.flush();
  }

  ready(): Promise<void> {
    return this.next.ready();
  }

  drained(): Promise<void> {
    return this.next.drained();
  }

  end(trailers: FieldsInit | undefined): void {
    this.next.end(trailers);
  }

  fail(reason: unknown): void {
    this.next.fail(reason);
  }

  report(error: unknown): void {
    this.next.report(error);
  }

  get onleave(): ((reason: EndedError) => void) | undefined {
    return this.next.onleave;
  }

  set onleave(listener: ((reason: EndedError) => void) | undefined) {
    this.next.onleave = listener;
  }
}
