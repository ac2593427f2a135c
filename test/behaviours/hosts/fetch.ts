// `sluice/fetch` on hosts that speak fetch.

import { getRequestListener } from "@hono/node-server";
import { toFetch } from "../../../src/adapters/fetch/index.ts";
import type { Host } from "../host.ts";
import { onNodeHttp } from "./listening.ts";

const NO_INTERIM = "a web Response has no interim responses";
const NO_TRAILERS = "a web Response has no trailers";
const NO_CONNECTION = "there is no connection";

export const OF_FETCH: Host["cannot"] = {
  "trailers reach who asks for them": NO_TRAILERS,
  "trailers reach everybody, where a reply wants that": NO_TRAILERS,
  "a digest of a stream verifies": NO_TRAILERS,
  "early hints arrive before the head": NO_INTERIM,
  "trailers of a request": "a web Request has no trailers",
  "a handler knows who asks, and by which version": "a web Request doesn't say",
};

const IN_PROCESS: Host["cannot"] = {
  ...OF_FETCH,
  "a sender that waits for 100 (Continue) gets it": NO_CONNECTION,
  "Date is there, once": NO_CONNECTION,
  "a source that throws midway is cut for a reader of HTTP/1.0, too": NO_CONNECTION,
  "the connection is kept after every kind of answer": NO_CONNECTION,
};

const EARLY_FAILURE = "it takes a body that fails within its first two reads for complete";

/** What only its way of closing connections of node:http is in the way of. */
export const REFUSED_UPLOAD = "an upload that is refused at once gets its answer";

/** What @hono/node-server 2.1.8 can't do, whatever server it is on. */
export const OF_NODE_SERVER: Host["cannot"] = {
  ...OF_FETCH,
  "a source that throws right behind a piece is cut for every reader": EARLY_FAILURE,
  "a trailer that can't be had cuts": EARLY_FAILURE,
  "all that came before the error arrives, however long the reader takes": EARLY_FAILURE,
  "a source that throws midway is cut for a reader of HTTP/1.0, too": "it ends such a connection in order",
  [REFUSED_UPLOAD]: "it closes the connection without reading the upload",
  "whether a body follows is known from the head": "its Request has a body unless it is GET or HEAD",
};

const nothing = (): Promise<void> => Promise.resolve();

export const FETCH: readonly Host[] = [
  {
    name: "toFetch, called",
    column: "`toFetch`",
    cannot: IN_PROCESS,
    start: (handler, onError) => Promise.resolve({ reach: toFetch(handler, { onError }), close: nothing }),
  },
  {
    name: "toFetch on @hono/node-server",
    column: "@hono/node-server",
    cannot: OF_NODE_SERVER,
    start: (handler, onError) =>
      onNodeHttp(getRequestListener(toFetch(handler, { onError }), { overrideGlobalObjects: false })),
  },
];
