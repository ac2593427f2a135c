// Twenty responses that stand for all that a server can send, in each content coding, as octets on the wire.

import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";

export type Coding = "identity" | "gzip" | "br" | "zstd";

export const CODINGS: readonly Coding[] = ["identity", "gzip", "br", "zstd"];

/** How the end of a body is told. */
export type Framing = "none" | "length" | "chunked" | "close";

export interface Reference {
  readonly name: string;
  readonly coding: Coding;
  readonly method: "GET" | "HEAD";
  readonly framing: Framing;
  /** Whether a digest stands in the head, where a body that ends too early can't agree with it. */
  readonly digest: boolean;
  /** Everything on the wire. */
  readonly octets: Buffer;
  /** Where each head begins; the last one is the final response's. */
  readonly heads: readonly number[];
  /** Where the body begins. */
  readonly body: number;
  /** What a reader has to make of it, its coding undone. */
  readonly content: Buffer;
  readonly status: number;
  readonly trailers: Readonly<Record<string, string>>;
}

interface Recipe {
  readonly framing: Framing;
  readonly content?: string;
  readonly method?: "HEAD";
  readonly statusLine?: string;
  readonly fields?: readonly string[];
  /** Responses before it. */
  readonly interim?: readonly string[];
  /** Sizes of the chunks in octets, the last one for the rest. Default one chunk. */
  readonly chunks?: readonly number[];
  readonly extension?: string;
  /** Writes the size of a chunk. Default in lower case. */
  readonly size?: (octets: number) => string;
  readonly trailers?: Readonly<Record<string, string>>;
  /** Where a digest of the coded octets stands. */
  readonly digest?: "head" | "trailer";
}

const TEXT = "A sluice is a gate that lets water through.\n";
const JSON_TEXT = '{"gate":"open","water":[1,2,3],"höher":true}';
const BINARY = "\r\n0\r\n\r\n\0\xff\r\nHTTP/1.1 200 OK\r\n\r\n5\r\n";
const EVENTS = "id: 1\ndata: one\n\nid: 2\ndata: two\ndata: lines\n\n";

const RECIPES: Readonly<Record<string, Recipe>> = {
  "one chunk": { framing: "chunked", content: TEXT },
  "ten chunks": { framing: "chunked", content: TEXT, chunks: [1, 2, 3, 4, 5, 6, 5, 4, 3] },
  "chunks of one octet": { framing: "chunked", content: "tiny chunks", chunks: Array<number>(100).fill(1) },
  "chunk extensions": {
    framing: "chunked",
    content: TEXT,
    chunks: [9, 9],
    extension: ';at=7;note="a \\"b\\"; c"',
  },
  "sizes with zeros and capitals": {
    framing: "chunked",
    content: TEXT,
    chunks: [10, 27],
    size: (octets) => octets.toString(16).toUpperCase().padStart(4, "0"),
  },
  trailers: {
    framing: "chunked",
    content: TEXT,
    fields: ["Trailer: X-Rows, X-Note"],
    trailers: { "X-Rows": "12", "X-Note": "a b" },
  },
  "a digest in the trailers": { framing: "chunked", content: TEXT, digest: "trailer" },
  "events in chunks": {
    framing: "chunked",
    content: EVENTS,
    fields: ["Content-Type: text/event-stream"],
    chunks: [17, 12],
  },
  "octets that look like framing": { framing: "chunked", content: BINARY, chunks: [3, 7, 2] },
  "chunks behind interim responses": {
    framing: "chunked",
    content: TEXT,
    interim: [
      "HTTP/1.1 100 Continue\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
    ],
  },
  "a length": { framing: "length", content: JSON_TEXT, fields: ["Content-Type: application/json"] },
  "a length, and octets that look like framing": { framing: "length", content: BINARY },
  "a length and a digest": { framing: "length", content: TEXT, digest: "head" },
  "a big head, and no reason": {
    framing: "length",
    content: "x",
    statusLine: "HTTP/1.1 404 ",
    fields: Array.from({ length: 8 }, (_, index) => `X-Field-${index}: ${"abcdefgh ".repeat(index).trim()}`),
  },
  "up to the close": { framing: "close", content: TEXT, fields: ["Content-Type: text/plain"] },
  "up to the close, HTTP/1.0": { framing: "close", content: EVENTS, statusLine: "HTTP/1.0 200 OK" },
  "up to the close, with a digest": { framing: "close", content: TEXT, digest: "head" },
  "to HEAD": { framing: "none", method: "HEAD", fields: ["Content-Length: 5000"] },
  "no content": { framing: "none", statusLine: "HTTP/1.1 204 No Content", fields: ["Server: canned"] },
  "not modified": {
    framing: "none",
    statusLine: "HTTP/1.1 304 Not Modified",
    fields: ['ETag: "a"', "Content-Length: 5000"],
  },
};

/** A zstd frame whose one block is stored, as RFC 8878 section 3.1 has it: not every runtime of these tests has zstd. */
function storedInZstd(content: Buffer): Buffer {
  const [singleSegment, lastRawBlock] = [0x20, 1];
  const header = Buffer.alloc(3);
  header.writeUIntLE((content.length << 3) | lastRawBlock, 0, 3);
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, singleSegment, content.length]),
    header,
    content,
  ]);
}

const ENCODE: Readonly<Record<Coding, (content: Buffer) => Buffer>> = {
  identity: (content) => content,
  gzip: (content) => gzipSync(content),
  br: (content) => brotliCompressSync(content),
  zstd: storedInZstd,
};

/** Chunks of the sizes given, the rest in one more, and the trailer section. */
function inChunks(coded: Buffer, recipe: Recipe, trailers: Readonly<Record<string, string>>): Buffer {
  const { chunks = [], extension = "", size = (octets: number) => octets.toString(16) } = recipe;
  const parts: Buffer[] = [];
  let at = 0;
  for (const wanted of [...chunks, Infinity]) {
    const chunk = coded.subarray(at, at + wanted);
    if (chunk.length === 0) break;
    parts.push(Buffer.from(`${size(chunk.length)}${extension}\r\n`), chunk, Buffer.from("\r\n"));
    at += chunk.length;
  }
  const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`);
  parts.push(Buffer.from(`0${extension}\r\n${lines.join("")}\r\n`));
  return Buffer.concat(parts);
}

function cook(name: string, recipe: Recipe, coding: Coding): Reference {
  const { framing, method = "GET", statusLine = "HTTP/1.1 200 OK", interim = [] } = recipe;
  const content = Buffer.from(recipe.content ?? "", recipe.content === BINARY ? "latin1" : "utf8");
  const coded = ENCODE[coding](content);
  const digest = `sha-256=:${createHash("sha256").update(coded).digest("base64")}:`;
  const fields = [...(recipe.fields ?? [])];
  const trailers = { ...recipe.trailers };
  if (coding !== "identity") fields.push(`Content-Encoding: ${coding}`);
  if (recipe.digest === "head") fields.push(`Content-Digest: ${digest}`);
  if (recipe.digest === "trailer") {
    fields.push("Trailer: Content-Digest");
    trailers["Content-Digest"] = digest;
  }
  if (framing === "chunked") fields.push("Transfer-Encoding: chunked");
  if (framing === "length") fields.push(`Content-Length: ${coded.length}`);
  const final = `${[statusLine, ...fields].join("\r\n")}\r\n\r\n`;
  const starts = interim.map((_, index) => interim.slice(0, index).join("").length);
  const before = interim.join("");
  const head = Buffer.from(before + final);
  const body =
    framing === "none" ? Buffer.alloc(0) : framing === "chunked" ? inChunks(coded, recipe, trailers) : coded;
  return {
    name,
    coding,
    method,
    framing,
    digest: recipe.digest === "head",
    octets: Buffer.concat([head, body]),
    heads: [...starts, before.length],
    body: head.length,
    content,
    status: Number(statusLine.slice(9, 12)),
    trailers,
  };
}

/** What has no body has no coding. */
export const REFERENCES: readonly Reference[] = CODINGS.flatMap((coding) =>
  Object.entries(RECIPES)
    .filter(([, { framing }]) => coding === "identity" || framing !== "none")
    .map(([name, recipe]) => cook(name, recipe, coding)),
);
