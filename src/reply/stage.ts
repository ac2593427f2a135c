import type { BodyPiece } from "./piece.ts";
import type { Sink } from "./sink.ts";

/** The part of a sink that a body goes into. */
export type BodySink = Pick<
  Sink,
  "write" | "flush" | "ready" | "drained" | "fail" | "report" | "keepsPieces" | "backlogBytes"
>;

/** What stands in front of a sink and does something to the pieces on their way. This one does nothing. */
export class Stage implements BodySink {
  protected readonly next: BodySink;

  constructor(next: BodySink) {
    this.next = next;
  }

  write(piece: BodyPiece): boolean {
    return this.next.write(piece);
  }

  get keepsPieces(): boolean {
    return this.next.keepsPieces === true;
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

  fail(reason: unknown): void {
    this.next.fail(reason);
  }

  report(error: unknown): void {
    this.next.report(error);
  }
}
