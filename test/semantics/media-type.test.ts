import * as fc from "fast-check";
import Negotiator from "negotiator";
import { describe, expect, test } from "vitest";
import { chooseMediaType, isTextLike, parseMediaType } from "../../src/semantics/media-type.ts";

describe("parseMediaType", () => {
  test.each([
    ["text/html", "text/html", {}],
    ["Text/HTML;Charset=utf-8", "text/html", { charset: "utf-8" }],
    ['text/html; charset="UTF-8"', "text/html", { charset: "UTF-8" }],
    ['multipart/form-data; boundary="a b;c=\\"d\\""', "multipart/form-data", { boundary: 'a b;c="d"' }],
    ["a/b;c=1 ;\td=2;", "a/b", { c: "1", d: "2" }],
    ["a/b;c=1;C=2", "a/b", { c: "1" }],
    ["application/vnd.x+json", "application/vnd.x+json", {}],
    ["a/b;__proto__=c", "a/b", JSON.parse('{"__proto__":"c"}')],
  ])("%j", (text, essence, parameters) => {
    const type = parseMediaType(text)!;
    expect(type.essence).toBe(essence);
    expect([...type.parameters]).toEqual(Object.entries(parameters));
  });

  test.each([
    "",
    "text",
    "text/",
    "/html",
    "text/html/x",
    "text /html",
    "text/ html",
    " text/html",
    "text/html ",
    "text/html,text/plain",
    "text/html; charset",
    "text/html; charset=",
    "text/html; charset = utf-8",
    'text/html; charset="utf-8',
    "text/html charset=utf-8",
    "t\xe9xt/html",
    "text/html\n",
    "*",
  ])("not %j", (text) => {
    expect(parseMediaType(text)).toBeUndefined();
  });
});

describe("isTextLike", () => {
  test.each([
    "text/plain",
    "text/html",
    "text/css",
    "text/csv",
    "text/javascript",
    "text/event-stream",
    "application/json",
    "application/ld+json",
    "application/problem+json",
    "application/geo+json-seq",
    "application/json-seq",
    "application/ndjson",
    "application/x-ndjson",
    "application/jsonl",
    "application/xml",
    "application/xhtml+xml",
    "application/atom+xml",
    "application/yaml",
    "application/openapi+yaml",
    "application/javascript",
    "application/wasm",
    "application/dash+xml",
    "application/vnd.apple.mpegurl",
    "image/svg+xml",
    "font/ttf",
    "font/otf",
  ])("%s", (essence) => {
    expect(isTextLike(essence)).toBe(true);
  });

  test.each([
    "",
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/avif",
    "video/mp4",
    "video/mp2t",
    "audio/mpeg",
    "audio/flac",
    "application/zip",
    "application/gzip",
    "application/zstd",
    "application/x-7z-compressed",
    "application/epub+zip",
    "application/pdf",
    "application/octet-stream",
    "multipart/byteranges",
    "font/woff",
    "font/woff2",
    "application/cbor",
    "application/jsonx",
    "application/x+jsonp",
    "textual/plain",
  ])("not %j", (essence) => {
    expect(isTextLike(essence)).toBe(false);
  });
});

describe("chooseMediaType", () => {
  const OFFERED = ["text/html", "application/json", "text/event-stream"];

  test.each([
    [undefined, "text/html"],
    ["*/*", "text/html"],
    ["application/json", "application/json"],
    ["APPLICATION/Json", "application/json"],
    ["text/*", "text/html"],
    ["text/*;q=0.5, application/*", "application/json"],
    // A named type counts before a range, even with less.
    ["text/html;q=0.1, */*;q=0.5", "application/json"],
    ["text/html;q=0, text/*;q=0.5, */*;q=0.1", "text/event-stream"],
    ["text/html;q=0, */*", "application/json"],
    // Among equals the one that is named.
    ["text/event-stream, */*", "text/event-stream"],
    ["application/json, text/html", "text/html"],
    ["application/json;q=0.9, text/html;q=0.900", "text/html"],
    ["text/html;q=0.2, text/html;q=0.8, application/json;q=0.5", "text/html"],
    ["image/png", undefined],
    ["text/html;q=0", undefined],
    ["*/*;q=0", undefined],
    ["image/*, audio/*", undefined],
    // A browser's.
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "text/html"],
    // Parameters narrow a range down.
    ["text/html;level=1", undefined],
    // What cannot be read is passed over; where nothing can be, it is as if nobody had asked.
    ["text/html;q=2, application/json;q=0.1", "application/json"],
    ["*;q=0.2, application/json", "application/json"],
    ["", "text/html"],
    [",,", "text/html"],
    ["*", "text/html"],
    ["text", "text/html"],
    ["text/html;q=x", "text/html"],
    ['text/html;a="b, application/json', "text/html"],
    ["*/html", undefined],
  ])("%j: %j", (accept, type) => {
    expect(chooseMediaType(accept, OFFERED)).toBe(type);
  });

  // The example of RFC 9110 section 12.5.1.
  test.each([
    ["text/plain;format=flowed", 1],
    ["text/plain", 0.7],
    ["text/html", 0.3],
    ["image/jpeg", 0.5],
    ["text/plain;format=fixed", 0.4],
    ["text/html;level=3", 0.7],
  ])("the weight of %s is between those around %s", (type, weight) => {
    const accept =
      "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5";
    const html = type === "text/html;level=3" ? ", text/html;level=3;q=0.7" : "";
    const beside = (q: string) => chooseMediaType(`${accept}${html}, a/b;q=${q}`, [type, "a/b"]);
    expect(beside((weight - 0.001).toFixed(3))).toBe(type);
    if (weight < 1) expect(beside((weight + 0.001).toFixed(3))).toBe("a/b");
  });

  test("parameters on offer", () => {
    const offered = ["text/plain; charset=utf-8", 'text/plain; charset="iso-8859-1"'];
    expect(chooseMediaType("text/plain", offered)).toBe(offered[0]);
    expect(chooseMediaType("text/plain;charset=ISO-8859-1", offered)).toBe(offered[1]);
    expect(chooseMediaType("text/plain;charset=UTF-8;q=0.1, text/plain;q=0.2", offered)).toBe(offered[1]);
    expect(chooseMediaType("text/plain;charset=utf-16", offered)).toBeUndefined();
  });

  test("nothing on offer", () => {
    expect(chooseMediaType(undefined, [])).toBeUndefined();
    expect(chooseMediaType("*/*", ["no media type"])).toBeUndefined();
  });

  test("agrees with negotiator", () => {
    const range = fc.constantFrom(
      "*/*",
      "text/*",
      "image/*",
      "text/html",
      "text/plain",
      "TEXT/CSV",
      "image/png",
      "a/b",
    );
    const offered = fc.shuffledSubarray([
      "text/html",
      "text/plain",
      "text/csv",
      "image/png",
      "image/gif",
      "c/d",
    ]);
    const weights = fc.shuffledSubarray([0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.8, 0.999, 1], { minLength: 8 });
    const ranges = fc.uniqueArray(range, { minLength: 1, selector: (each) => each.toLowerCase() });
    fc.assert(
      fc.property(ranges, weights, offered, (names, qs, types) => {
        // Weights that differ: among equals negotiator follows the client's order, which means nothing.
        const accept = names.map((name, at) => `${name};q=${qs[at]}`).join(", ");
        const [theirs] = new Negotiator({ headers: { accept } }).mediaTypes(types);
        expect(chooseMediaType(accept, types)).toBe(theirs);
      }),
      { numRuns: 2000 },
    );
  });
});
