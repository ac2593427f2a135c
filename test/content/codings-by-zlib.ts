// The content codings as node:zlib and the RFCs have them, knowing nothing of the code that applies them.

import * as zlib from "node:zlib";
import type { ContentCoding } from "../../src/content/codings.ts";
import { CONTENT_CODINGS } from "../../src/content/codings.ts";

type Unpack = (bytes: Uint8Array, options?: object) => Buffer;

const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
const newer = zlib as unknown as { zstdDecompressSync?: Unpack; zstdCompressSync?: Unpack };
const constants = zlib.constants as unknown as Record<string, number>;

const UNPACK: Readonly<Record<ContentCoding, [whole: Unpack, flush: number]>> = {
  gzip: [zlib.gunzipSync, Z_SYNC_FLUSH],
  deflate: [zlib.inflateSync, Z_SYNC_FLUSH],
  br: [zlib.brotliDecompressSync, BROTLI_OPERATION_FLUSH],
  zstd: [newer.zstdDecompressSync!, constants["ZSTD_e_flush"]],
};

// Of its qualities brotli's default takes seconds for what these tests send.
const PACK: Readonly<Record<ContentCoding, Unpack>> = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (bytes) => zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: newer.zstdCompressSync!,
};

/** For `test.each`. */
export const EACH_CODING: readonly ContentCoding[] = CONTENT_CODINGS;

/** Octets, where text stands for one octet a character. */
export function octets(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** A whole body, decoded. Throws where it isn't whole. */
export function unpack(coding: ContentCoding, bytes: Uint8Array): Buffer {
  return UNPACK[coding][0](bytes);
}

/** What can be read of the beginning of a body. */
export function unpackSoFar(coding: ContentCoding, bytes: Uint8Array): Buffer {
  const [whole, finishFlush] = UNPACK[coding];
  return whole(bytes, { finishFlush });
}

/** A body in a coding. */
export function pack(coding: ContentCoding, bytes: string | Uint8Array): Buffer {
  return PACK[coding](Buffer.from(bytes as Uint8Array));
}

/**
 * Tens of megabytes in a few octets of `gzip, br`, though neither coding is at more than a hundred to one behind its first MiB: gzip in
 * many members, all the same.
 */
export function bombOfTwoCodings(): Buffer {
  const member = zlib.gzipSync(Buffer.alloc(2000));
  return pack("br", Buffer.concat(Array.from({ length: 30_000 }, () => member)));
}

/** Text that compresses as prose does, to about a third, and is the same every time. */
export function prose(length: number): string {
  const words = "the of stream chunk trailer field reader writer piece before after octet whole never".split(
    " ",
  );
  let seed = 12_345;
  let text = "";
  while (text.length < length) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    text += `${words[(seed >> 8) % words.length]}${seed % 97} `;
  }
  return text.slice(0, length);
}

/** Bytes that do not compress, the same every time. */
export function noise(length: number, from = 1): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(length);
  let seed = from >>> 0 || 1;
  for (let at = 0; at < length; at++) {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    bytes[at] = seed & 0xff;
  }
  return bytes;
}
