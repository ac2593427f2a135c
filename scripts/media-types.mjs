// @ts-check
// Writes src/files/media-types-table.ts from the package mime-db: `node scripts/media-types.mjs` after a change here or of its version.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./tools.mjs";

/** What people put into folders that are served. Of the thousand others hardly one is ever asked for. */
const EXTENSIONS = [
  // Pages and what belongs to them.
  "html htm xhtml xht css js mjs cjs map json json5 jsonld webmanifest wasm xml xsl xslt atom rss vtt",
  // Images, fonts, models.
  "svg png apng jpg jpeg jfif gif webp avif heic heif jxl jp2 ico bmp tif tiff psd exr ktx2",
  "woff woff2 ttf otf ttc eot glb gltf obj stl usdz",
  // Sound and films.
  "mp3 mpga m4a m4b aac ogg oga opus wav flac weba mka mid midi aif aiff wma",
  "mp4 m4v mp4v webm mkv mov avi mpg mpeg ogv 3gp 3g2 m2ts wmv flv m3u8 mpd m4s srt",
  // Documents.
  "pdf rtf doc docx dotx xls xlsx ppt pptx ppsx odt ods odp odg epub mobi ics eml ps eps ai",
  // Text and sources.
  "txt text log ini conf md markdown csv tsv yaml yml toml sh sql jsx ipynb tex c h cpp scss less vcf",
  // Data, packages, keys.
  "geojson gpx kml kmz zip gz tar bz2 xz 7z rar jar apk rpm torrent p12 pfx cer crt der bin",
]
  .join(" ")
  .split(" ");

/** Where mime-db has nothing, or something that is out of date, or that the other meaning of the extension is served more often. */
const OVERRIDES = {
  // Media types that are registered without an extension in mime-db.
  "application/cbor": "cbor",
  "application/jsonl": "jsonl",
  "application/pem-certificate-chain": "pem",
  "application/pgp-signature": "asc sig",
  "application/vnd.apache.arrow.file": "arrow",
  "application/vnd.apache.parquet": "parquet",
  "application/vnd.debian.binary-package": "deb",
  "application/vnd.msgpack": "msgpack",
  "application/vnd.sqlite3": "sqlite",
  "application/yaml": "yaml yml",
  "application/zstd": "zst",
  "audio/flac": "flac",
  "audio/matroska": "mka",
  "text/vcard": "vcf",
  "video/matroska": "mkv",
  // Names in use for what nobody has registered.
  "application/x-brotli": "br",
  "application/x-lz4": "lz4",
  "application/x-ndjson": "ndjson",
  "audio/wav": "wav",
  "text/x-diff": "diff patch",
  "text/x-go": "go",
  "text/x-java": "java",
  "text/x-python": "py",
  "text/x-ruby": "rb",
  "text/x-rust": "rs",
  // Of two meanings the one that browsers need.
  "application/gzip": "gz tgz",
  "application/rtf": "rtf",
  "application/xml": "xml",
  "application/xslt+xml": "xsl xslt",
  "image/jpeg": "jpg jpeg jfif",
  "text/javascript": "js mjs cjs",
  "text/typescript": "ts mts cts tsx",
  "video/mp4": "mp4 m4v mp4v",
};

/** The order of trust in what mime-db says. */
const SOURCES = ["iana", "apache", "nginx", undefined];

/** The text of src/files/media-types-table.ts. */
export function mediaTypesTable() {
  /** @type {Map<string, Set<string>>} */
  const types = new Map();
  const add = (/** @type {string} */ type, /** @type {string} */ extension) => {
    types.set(type, (types.get(type) ?? new Set()).add(extension));
  };
  const own = new Map(
    Object.entries(OVERRIDES).flatMap(([type, list]) => list.split(" ").map((each) => [each, type])),
  );
  for (const [extension, type] of own) add(type, extension);
  for (const extension of EXTENSIONS) if (!own.has(extension)) add(typeOf(extension), extension);
  const lines = [...types].map(([type, extensions]) => `${type} ${[...extensions].toSorted().join(" ")}`);
  return `// Written by scripts/media-types.mjs from mime-db: don't change it here.

/** A line for each media type: its name, and the extensions that have it. */
export const MEDIA_TYPES: string = \`
${lines.toSorted().join("\n")}
\`;
`;
}

/**
 * The type that mime-db has for an extension, the most trusted one.
 *
 * @param {string} extension
 */
function typeOf(extension) {
  /** @type {Record<string, { source?: string, extensions?: string[] }>} */
  const db = createRequire(import.meta.url)("mime-db");
  for (const trusted of SOURCES) {
    for (const [type, { source, extensions }] of Object.entries(db)) {
      if (source === trusted && extensions?.includes(extension)) return type;
    }
  }
  throw new Error(`mime-db has no type for .${extension}: give it one in OVERRIDES`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const path = join(root, "src/files/media-types-table.ts");
  const text = mediaTypesTable();
  if (readFileSync(path, { encoding: "utf8", flag: "a+" }) !== text) writeFileSync(path, text);
}
