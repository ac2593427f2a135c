import type * as Zlib from "node:zlib";
import { builtin } from "../builtins.ts";

/** A content coding that can be applied and undone here (RFC 9110 section 8.4.1, RFC 7932, RFC 8878). */
export type ContentCoding = "gzip" | "deflate" | "br" | "zstd";

/** How node:zlib is asked for one coding. */
export interface Codec {
  encoder(): Zlib.Gzip;
  decoder(): Zlib.Gunzip;
  /** Encodes all of an input on this thread. */
  whole(input: Uint8Array): Uint8Array;
  /** What to say so that all of the input so far can be decoded. */
  readonly flush: number;
  /** What to say at the end. */
  readonly finish: number;
  /** Whether its decoder takes an input that is cut for a whole one, and says nothing. */
  readonly trusting?: boolean;
}

/** About as dense as gzip's default, in less time; node's own default, 11, takes fifty times as long. */
const BROTLI_QUALITY = 4;
/** 512 KiB: a tenth of the memory of brotli's default for a few percent of density. */
const BROTLI_WINDOW_BITS = 19;
/** 2 MiB, node's default at this level; RFC 9659 allows 8 MiB, which is what decoding allows. */
const ZSTD_WINDOW_LOG = 21;
const ZSTD_LARGEST_WINDOW_LOG = 23;

/** What newer versions of node:zlib have beside what its types know of. */
interface Zstd {
  createZstdCompress?(options: object): Zlib.Gzip;
  createZstdDecompress?(options: object): Zlib.Gunzip;
  zstdCompressSync?(input: Uint8Array, options: object): Uint8Array;
  readonly constants: Readonly<Record<string, number>>;
}

const CHUNK = 64 * 1024;

/** What a node:zlib can do. */
function codecsOf(zlib: typeof Zlib): Partial<Record<ContentCoding, Codec>> {
  const {
    Z_SYNC_FLUSH,
    Z_FINISH,
    BROTLI_OPERATION_FLUSH,
    BROTLI_OPERATION_FINISH,
    BROTLI_PARAM_MODE,
    BROTLI_MODE_TEXT,
    BROTLI_PARAM_QUALITY,
    BROTLI_PARAM_LGWIN,
  } = zlib.constants;
  const brotliParams: Zlib.BrotliOptions["params"] = {
    [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT,
    [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS,
  };

  let brotliTrusts: boolean | undefined;
  const codecs: Partial<Record<ContentCoding, Codec>> = {
    gzip: {
      encoder: () => zlib.createGzip({ chunkSize: CHUNK }),
      decoder: () => zlib.createGunzip({ chunkSize: CHUNK }),
      whole: (input) => zlib.gzipSync(input),
      flush: Z_SYNC_FLUSH,
      finish: Z_FINISH,
    },
    // Which is zlib's format around it (RFC 9110 section 8.4.1.2), whatever the name seems to say.
    deflate: {
      encoder: () => zlib.createDeflate({ chunkSize: CHUNK }),
      decoder: () => zlib.createInflate({ chunkSize: CHUNK }),
      whole: (input) => zlib.deflateSync(input),
      flush: Z_SYNC_FLUSH,
      finish: Z_FINISH,
    },
    br: {
      encoder: () => zlib.createBrotliCompress({ chunkSize: CHUNK, params: brotliParams }),
      decoder: () => zlib.createBrotliDecompress({ chunkSize: CHUNK }),
      whole: (input) => zlib.brotliCompressSync(input, { params: brotliParams }),
      flush: BROTLI_OPERATION_FLUSH,
      finish: BROTLI_OPERATION_FINISH,
      get trusting() {
        return (brotliTrusts ??= trustsBrotli(zlib));
      },
    },
  };

  const zstd: Zstd = zlib;
  if (zstd.createZstdCompress !== undefined) {
    const { constants } = zstd;
    const params = { [constants["ZSTD_c_windowLog"]]: ZSTD_WINDOW_LOG };
    const largest = { [constants["ZSTD_d_windowLogMax"]]: ZSTD_LARGEST_WINDOW_LOG };
    codecs.zstd = {
      encoder: () => zstd.createZstdCompress!({ chunkSize: CHUNK, params }),
      decoder: () => zstd.createZstdDecompress!({ chunkSize: CHUNK, params: largest }),
      whole: (input) => zstd.zstdCompressSync!(input, { params }),
      flush: constants["ZSTD_e_flush"],
      finish: constants["ZSTD_e_end"],
    };
  }
  return codecs;
}

/** Deno's brotli does. Asked of the one that is here, since a later one may not. */
function trustsBrotli(zlib: typeof Zlib): boolean {
  try {
    zlib.brotliDecompressSync(Uint8Array.of(0x8b));
    return true;
  } catch {
    return false;
  }
}

const zlib = builtin("node:zlib");
const codecs: Partial<Record<ContentCoding, Codec>> = zlib === undefined ? {} : codecsOf(zlib);

/** The codings of this runtime, in the order in which they are preferred; zstd needs Node 22.15 or newer, and any of them node:zlib. */
export const CONTENT_CODINGS: readonly ContentCoding[] = (["zstd", "br", "gzip", "deflate"] as const).filter(
  (coding) => coding in codecs,
);

/** The coding of this name, in lower case; undefined where it isn't known here. `x-gzip` is gzip (RFC 9110 section 8.4.1.3). */
export function codingNamed(name: string): ContentCoding | undefined {
  const coding = name === "x-gzip" ? "gzip" : name;
  return CONTENT_CODINGS.find((known) => known === coding);
}

/** How node:zlib is asked for one of {@link CONTENT_CODINGS}. */
export function codecOf(coding: ContentCoding): Codec {
  return codecs[coding]!;
}
