import { IncomingMessage, ServerResponse } from "node:http";

/**
 * What the prototypes of node:http keep on their instances, where the public side has nothing for it. Express and others put objects of
 * their own between an instance and those prototypes, so the instances have to be true ones; the parts named here have been the same
 * since Node 12.
 */
export interface RequestInternals {
  _consuming: boolean;
  _dumped: boolean;
  client: unknown;
  upgrade: boolean | null;
  readonly _readableState: {
    readingMore: boolean;
    resumeScheduled: boolean;
    ended: boolean;
    endEmitted: boolean;
    destroyed: boolean;
    closed: boolean;
    closeEmitted: boolean;
  };
  readonly _eventsCount: number;
  _dump(): void;
  /** Takes names and values in turn: header fields, or trailers once the message is complete. */
  _addHeaderLines(flat: string[], count: number): void;
}

/** Values of a header field, as setHeader takes them. */
export type HeaderValue = string | number | readonly string[];

export interface ResponseInternals {
  /** Anything but null once the head is settled. */
  _header: string | null;
  _headerSent: boolean;
  _hasBody: boolean;
  _contentLength: number | null;
  _removedContLen: boolean;
  _last: boolean;
  /** Field lines, checked. */
  _trailer: string;
  _closed: boolean;
  finished: boolean;
  destroyed: boolean;
  chunkedEncoding: boolean;
  socket: unknown;
  readonly _eventsCount: number;
  _implicitHeader(): void;
  _finish(): void;
  [OUT_HEADERS]: Record<string, [name: string, value: HeaderValue]> | null;
  [NEEDS_DRAIN]: boolean;
  [ERRORED]: unknown;
  [WRITABLE_FINISHED]: boolean;
}

const symbols = Object.getOwnPropertySymbols(new ServerResponse(new IncomingMessage(undefined as never)));

/** A symbol of Node's own; on a host that has no such one, one that nobody reads. */
function ownSymbol(description: string): never {
  return (symbols.find((symbol) => symbol.description === description) ?? Symbol(description)) as never;
}

/** Where setHeader keeps what it is given. */
export const OUT_HEADERS: unique symbol = ownSymbol("kOutHeaders");
/** What `writableNeedDrain` says. */
export const NEEDS_DRAIN: unique symbol = ownSymbol("kNeedDrain");
/** What `writableFinished` says, from Node 24 on; before, it is told from `finished` and the socket. */
export const WRITABLE_FINISHED: unique symbol = ownSymbol("kWritableFinished");
/** What `errored` says. */
export const ERRORED: unique symbol = ownSymbol("errored");
