import type { EndedError } from "../../src/errors.ts";
import type { BodyPiece } from "../../src/reply/piece.ts";
import { pump } from "../../src/reply/pump.ts";
import type { Reply } from "../../src/reply/reply.ts";
import type { ReplyHead, Sink } from "../../src/reply/sink.ts";
import { CONTENT_CODINGS, type ContentCoding } from "../../src/content/codings.ts";
import { Fields, type FieldsInit } from "../../src/semantics/fields.ts";

/** A sink that keeps every octet, and never is full. */
export class CollectingSink implements Sink {
  readonly pieces: Uint8Array[] = [];
  status = 0;
  headers: Fields = new Fields();
  size: number | undefined;
  names: readonly string[] = [];
  trailers: Fields = new Fields();
  failure: unknown;
  readonly reports: unknown[] = [];
  ended = false;
  onleave: ((reason: EndedError) => void) | undefined;
  readonly #trailing: boolean;
  readonly #wanted: boolean;

  constructor(trailing = true, wanted = true) {
    this.#trailing = trailing;
    this.#wanted = wanted;
  }

  get body(): Buffer {
    return Buffer.concat(this.pieces);
  }

  wantsTrailers(always: boolean): boolean {
    return always || this.#trailing;
  }

  head({ status, headers, size, trailers }: ReplyHead): boolean {
    this.status = status;
    this.headers = Fields.from(headers);
    this.size = size;
    this.names = trailers;
    return this.#wanted;
  }

  write(piece: BodyPiece): boolean {
    this.pieces.push(Buffer.from(piece as Uint8Array));
    return true;
  }

  readonly backlogBytes: number = 16 * 1024 * 1024;

  flush(): void {}

  ready(): Promise<void> {
    return Promise.resolve();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(trailers: FieldsInit | undefined): void {
    this.ended = true;
    this.trailers = Fields.from(trailers ?? {});
  }

  report(error: unknown): void {
    this.reports.push(error);
  }

  fail(reason: unknown): void {
    this.failure = reason;
  }
}

export interface Pumping {
  readonly fields?: Readonly<Record<string, string>>;
  /** Whether the reader gets trailers. Default true. */
  readonly trailers?: boolean;
  readonly method?: string;
  readonly offered?: readonly ContentCoding[];
}

/** What a reader gets of a reply. */
export async function collected(reply: Reply, how: Pumping = {}): Promise<CollectingSink> {
  const { fields = {}, trailers = true, method = "GET", offered = CONTENT_CODINGS } = how;
  const sink = new CollectingSink(trailers, method !== "HEAD");
  await pump(reply, { method, headers: Fields.from(fields) }, sink, offered);
  return sink;
}
