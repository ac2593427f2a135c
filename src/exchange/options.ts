import { CONTENT_CODINGS, type ContentCoding } from "../content/codings.ts";
import { numbers, wrongOption } from "../options.ts";
import { offeredCodings } from "../reply/terms.ts";
import { type ErrorListener, printError } from "./handler.ts";

/** How much one exchange may hold, in octets. `Infinity` turns a limit off. */
export interface ExchangeLimits {
  /** What `text()`, `json()` and `bytes()` of a body gather. Default 1 MiB (nginx 1 MiB), since they hold it all. Over it: 413. */
  readonly gatheredBytes: number;
  /** How far a StreamWriter that does not wait may be ahead of its reader. Default 16 MiB; over it, the write throws. */
  readonly backlogBytes: number;
}

export const EXCHANGE_LIMITS: ExchangeLimits = {
  gatheredBytes: 1024 * 1024,
  backlogBytes: 16 * 1024 * 1024,
};

/** What everything takes that answers requests. */
export interface ExchangeOptions {
  /**
   * The content codings that replies may have, in the order of preference where the reader has none. Default true: all that the host
   * has by node:zlib: zstd (Node 22.15 or newer), br, gzip, deflate. False: none, where something else codes.
   */
  readonly compress?: boolean | readonly ContentCoding[] | undefined;
  /** Those not given have the defaults of {@link ExchangeLimits}. */
  readonly limits?: Partial<ExchangeLimits> | undefined;
  /**
   * Gets what went wrong on this side: what a handler or a body has thrown, and replies that cannot be sent. What it throws itself
   * is printed and forgotten. Default: prints the error.
   */
  readonly onError?: ErrorListener | undefined;
}

/** What exchanges are told once for all. */
export interface ExchangeSettings {
  readonly limits: ExchangeLimits;
  /** The content codings that replies may have, in the order of preference. */
  readonly codings: readonly ContentCoding[];
  readonly onError: ErrorListener;
}

/** The names of {@link ExchangeOptions}. */
export const EXCHANGE_OPTIONS: readonly string[] = [
  "compress",
  "limits",
  "onError",
] satisfies (keyof ExchangeOptions)[];

/** What holds where nothing else is said. */
export const EXCHANGE_DEFAULTS: ExchangeSettings = {
  limits: EXCHANGE_LIMITS,
  codings: CONTENT_CODINGS,
  onError: printError,
};

/**
 * Options with every default in its place. That there are no others is checked by whoever knows all of them.
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function settleExchange({
  compress = true,
  limits,
  onError = printError,
}: ExchangeOptions): ExchangeSettings {
  if (typeof compress !== "boolean" && !(Array.isArray(compress) && compress.every(isCoding)))
    throw wrongOption("compress", compress, `true, false, or a list of ${CODINGS.join(", ")}`);
  if (typeof onError !== "function") throw wrongOption("onError", onError, "a function");
  return {
    limits: numbers("limits", EXCHANGE_LIMITS, limits),
    codings: offeredCodings(compress),
    onError,
  };
}

/** Every coding, whether this host knows it or not: a setting is not to break with an older Node. */
const CODINGS: readonly unknown[] = ["zstd", "br", "gzip", "deflate"] satisfies ContentCoding[];
const isCoding = (value: unknown): boolean => CODINGS.includes(value);
