import { CLIENT_LIMITS, type ClientLimits } from "../client/options.ts";
import { UsageError } from "../errors.ts";
import type { WireLimits } from "../http1/limits.ts";
import type { ContentEnding } from "./verdict.ts";

/** What a reader of a response has to know. */
export interface WireReaderOptions {
  /** The method of the request. Default GET. */
  readonly method?: string | undefined;
  /** Those not given are the client's: `WIRE_LIMITS`, and 32 interim responses. */
  readonly limits?: Partial<Pick<ClientLimits, keyof WireLimits | "interim">> | undefined;
  /** Octets of each chunk or piece that a row shows. Default 256. */
  readonly sampleBytes?: number | undefined;
  /** Whether octets have times: of a response that somebody has captured, the verdict says nothing of them then. Default true. */
  readonly timed?: boolean | undefined;
}

/** The same with the defaults in the places of those not given. */
export interface WireReaderSettings {
  readonly method: string;
  readonly limits: Partial<WireLimits>;
  /** Interim responses at most. */
  readonly interim: number;
  readonly sampleBytes: number;
  readonly timed: boolean;
}

/** @throws UsageError `ERR_SLUICE_OPTION` */
export function readerSettings(options: WireReaderOptions): WireReaderSettings {
  const { method = "GET", limits = {}, sampleBytes = DEFAULT_SAMPLE, timed = true } = options;
  if (!Number.isSafeInteger(sampleBytes) || sampleBytes < 0)
    throw new UsageError("ERR_SLUICE_OPTION", { found: `sampleBytes: ${String(sampleBytes)}` });
  const { interim = CLIENT_LIMITS.interim } = limits;
  if (!(interim >= 0))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `limits.interim: ${String(interim)}` });
  return { method, limits, interim, sampleBytes, timed };
}

/** What such a reader is told at the end beside what has come. */
export interface EndDetails {
  /** What came of the content, where somebody has decoded it. */
  readonly content?: ContentEnding | undefined;
  /** Why this side left, in the place of `Left`. */
  readonly why?: string | undefined;
}

/** Octets of each chunk or piece that a row shows, unless less or more is asked for. */
export const DEFAULT_SAMPLE = 256;
