// What runs a handler, and how it is reached.

import type { ErrorListener, Handler } from "../../src/index.ts";

/** A place on the network. */
export interface Where {
  readonly url: string;
  readonly version: "1.1" | "2";
  /** The certificate to trust, where it speaks TLS. */
  readonly ca?: string | undefined;
}

export type Fetch = (request: Request) => Response | Promise<Response>;

/** A host that has been started: on the network, or as a function in this process. */
export interface Running {
  readonly reach: Where | Fetch;
  /** Closes it as its users would: what is under way may go on. */
  close(): Promise<void>;
}

/** Behaviours that no host of HTTP/2 has. */
export const CANNOT_OF_HTTP2: Readonly<Record<string, string>> = {
  "a source that throws midway is cut for a reader of HTTP/1.0, too":
    "HTTP/2 has no bodies that end with the connection",
};

export interface Host {
  /** As in `docs/hosts.md`. */
  readonly name: string;
  /** The column of the table that it shares with hosts of the same kind. */
  readonly column: string;
  /** Starts a server for one test. @param onError what the application is told */
  start(handler: Handler, onError: ErrorListener): Promise<Running>;
  /** Behaviours that it hasn't, by their names, each with its reason. */
  readonly cannot: Readonly<Record<string, string>>;
}
