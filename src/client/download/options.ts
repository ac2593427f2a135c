import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Fields, type FieldsInit } from "../../semantics/fields.ts";
import { checkNames, numbers, optionError, wrongOption } from "../../options.ts";
import type { Client } from "../client.ts";
import type { ClientTimeouts, RequestOptions } from "../options.ts";
import { targetOf } from "../target.ts";
import { type Checksum, parseChecksum } from "./checksum.ts";
import type { DownloadProgress } from "./progress.ts";

/** Times of a download; the others are its client's. */
export type DownloadTimeouts = Partial<Pick<ClientTimeouts, "head" | "body">>;

/** What {@link download} takes. */
export interface DownloadOptions {
  /** Connections at a time, 1 to 16. Default 4; fewer where more would not help, or the server wants fewer. */
  readonly connections?: number | undefined;
  /** Whether to go on where an earlier download to the same path ended. Default true; false begins anew. */
  readonly resume?: boolean | undefined;
  /**
   * Whether the file is checked against the digests that the server gives (RFC 9530). Default true: where there are any; `"required"`:
   * without one, and without a checksum, the download fails.
   */
  readonly verify?: boolean | "required" | undefined;
  /**
   * What the file has to be: an algorithm (`sha-256`, `sha-512`, `sha-1`, `md5`), a colon, and the digest in hex or base64. Whatever
   * `verify` is.
   */
  readonly checksum?: string | undefined;
  /**
   * Attempts in a row that may bring no progress, the first one not counted; then the last error is thrown. Default 4; `Infinity` for
   * never giving up.
   */
  readonly attempts?: number | undefined;
  /** Gets how far it is, every 100 ms at most, and at the end. What it throws is passed over. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Ends it in a state that can be taken up again. */
  readonly signal?: AbortSignal | undefined;
  /** Fields to send; none of Range and the conditions, which are the download's own. */
  readonly headers?: FieldsInit | undefined;
  /** The client whose connections and settings are used. Default: the one that all requests share. */
  readonly client?: Client | undefined;
  /**
   * Milliseconds: `head` until a response begins, default 60 s; `body` without an octet while one is waited for, after which the
   * connection is given up and another one goes on, default 30 s.
   */
  readonly timeouts?: DownloadTimeouts | undefined;
  /** As of a request; a redirect is followed anew for each connection. Default `"follow"`. */
  readonly redirect?: "follow" | "error" | undefined;
}

/** Options with every default in its place. */
export interface DownloadSettings {
  /** As it was given, for requests. */
  readonly url: string | URL;
  /** Without credentials and fragment, for the journal. */
  readonly place: string;
  /** Absolute. */
  readonly path: string;
  readonly connections: number;
  readonly resume: boolean;
  readonly verify: boolean | "required";
  readonly checksum: Checksum | undefined;
  readonly attempts: number;
  readonly onProgress: DownloadOptions["onProgress"];
  readonly signal: AbortSignal | undefined;
  readonly headers: Fields;
  readonly client: Client | undefined;
  readonly request: Pick<RequestOptions, "timeouts" | "redirect">;
}

const NAMES: ReadonlySet<string> = new Set([
  "connections",
  "resume",
  "verify",
  "checksum",
  "attempts",
  "onProgress",
  "signal",
  "headers",
  "client",
  "timeouts",
  "redirect",
] satisfies (keyof DownloadOptions)[]);

/** Connections of one download at a time. */
export const MOST_CONNECTIONS: number = 16;
const CONNECTIONS = 4;
const ATTEMPTS = 4;

/** A transfer that stands still is better tried again than waited for as long as an answer that is being computed. */
const TIMEOUTS: Required<DownloadTimeouts> = { head: 60_000, body: 30_000 };

const OWN_FIELDS = [
  "range",
  "if-range",
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
];

/** @throws UsageError `ERR_SLUICE_OPTION`, `ERR_SLUICE_URL`, `ERR_SLUICE_INVALID_FIELD` */
export function settleDownload(
  url: string | URL,
  path: string | URL,
  options: DownloadOptions,
): DownloadSettings {
  checkNames("", options, NAMES);
  const {
    connections = CONNECTIONS,
    attempts = ATTEMPTS,
    resume = true,
    verify = true,
    checksum,
    redirect,
  } = options;
  const { onProgress, signal, client, timeouts } = options;
  if (!Number.isInteger(connections) || connections < 1 || connections > MOST_CONNECTIONS)
    throw wrongOption("connections", connections, `a whole number from 1 to ${MOST_CONNECTIONS}`);
  if (!(Number.isInteger(attempts) || attempts === Infinity) || attempts < 0)
    throw wrongOption("attempts", attempts, "a whole number, or Infinity");
  if (typeof resume !== "boolean") throw wrongOption("resume", resume, "true or false");
  if (typeof verify !== "boolean" && verify !== "required")
    throw wrongOption("verify", verify, 'true, false or "required"');
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw wrongOption("onProgress", onProgress, "a function");
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw wrongOption("signal", signal, "an AbortSignal");
  if (redirect !== undefined && redirect !== "follow" && redirect !== "error")
    throw wrongOption("redirect", redirect, '"follow" or "error"');
  const headers = Fields.from(options.headers ?? {});
  for (const name of OWN_FIELDS)
    if (headers.has(name)) throw optionError(`headers with ${name}`, "none of the download's own");
  // A coded representation is another one, whose parts do not fit to those of the plain one.
  if (!headers.has("accept-encoding")) headers.set("Accept-Encoding", "identity");
  if (verify === "required" && !headers.has("want-repr-digest"))
    headers.set("Want-Repr-Digest", "sha-256=10, sha-512=5");
  return {
    url,
    place: placeOf(url),
    path: pathOf(path),
    connections,
    resume,
    verify,
    checksum: checksum === undefined ? undefined : parseChecksum(checksum),
    attempts,
    onProgress,
    signal,
    headers,
    client,
    request: { timeouts: numbers("timeouts", TIMEOUTS, timeouts), redirect },
  };
}

function placeOf(url: string | URL): string {
  targetOf(url);
  const place = new URL(url);
  place.username = "";
  place.password = "";
  place.hash = "";
  return place.href;
}

function pathOf(path: string | URL): string {
  if (path instanceof URL) return fileURLToPath(path);
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw wrongOption("path", path, "a path, or the URL of a file");
  return resolve(path);
}
