import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mediaTypesTable } from "../../scripts/media-types.mjs";
import { mediaTypeOf } from "../../src/files/media-types.ts";
import { withCharset } from "../../src/semantics/media-type.ts";

test("the table is what the generator writes", () => {
  const path = new URL("../../src/files/media-types-table.ts", import.meta.url);
  expect(readFileSync(path, "utf8"), "run node scripts/media-types.mjs").toBe(mediaTypesTable());
});

test("no extension has two types, and every line is type and extensions in lower case", () => {
  const lines = /`\n(.*)\n`/s.exec(mediaTypesTable())![1].split("\n");
  const extensions = lines.flatMap((line) => line.split(" ").slice(1));
  expect(extensions.filter((each, at) => extensions.indexOf(each) !== at)).toEqual([]);
  expect(extensions.length).toBeGreaterThanOrEqual(150);
  for (const line of lines) expect(line).toMatch(/^[a-z]+\/[a-z0-9.+-]+( [a-z0-9]+)+$/);
  expect(lines).toEqual(lines.toSorted());
});

test.each([
  ["index.html", "text/html"],
  ["app.js", "text/javascript"],
  ["app.mjs", "text/javascript"],
  ["app.ts", "text/typescript"],
  ["app.mts", "text/typescript"],
  ["00001.m2ts", "video/mp2t"],
  ["rows.ndjson", "application/x-ndjson"],
  ["rows.jsonl", "application/jsonl"],
  ["a.wasm", "application/wasm"],
  ["a.tar.gz", "application/gzip"],
  ["a.tgz", "application/gzip"],
  ["a.zst", "application/zstd"],
  ["a.br", "application/x-brotli"],
  ["a.webp", "image/webp"],
  ["a.avif", "image/avif"],
  ["a.svg", "image/svg+xml"],
  ["a.flac", "audio/flac"],
  ["a.mp3", "audio/mpeg"],
  ["a.mkv", "video/matroska"],
  ["a.mp4", "video/mp4"],
  ["a.m3u8", "application/vnd.apple.mpegurl"],
  ["a.woff2", "font/woff2"],
  ["a.yaml", "application/yaml"],
  ["A.PDF", "application/pdf"],
  ["/folder.d/file.json", "application/json"],
  ["C:\\folder.d\\file.css", "text/css"],
])("%s is %s", (path, type) => {
  expect(mediaTypeOf(path)).toBe(type);
});

test.each([
  "",
  "README",
  "folder.html/README",
  ".html",
  "a/.html",
  "a.",
  "a.unheardof",
  "constructor",
  "a.__proto__",
])("%j says nothing", (path) => {
  expect(mediaTypeOf(path)).toBe("application/octet-stream");
});

test("text types get a charset, others and those that have one do not", () => {
  expect(withCharset("text/html")).toBe("text/html; charset=utf-8");
  expect(withCharset("Text/html", "iso-8859-1")).toBe("Text/html; charset=iso-8859-1");
  expect(withCharset("text/html;charset=x")).toBe("text/html;charset=x");
  expect(withCharset("application/json")).toBe("application/json");
  expect(withCharset("image/svg+xml")).toBe("image/svg+xml");
});
