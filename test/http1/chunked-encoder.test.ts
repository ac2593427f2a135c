import { describe, expect, test } from "vitest";
import { octets } from "../../src/bytes/latin1.ts";
import { ChunkedEncoder, Fields } from "../../src/http1/index.ts";
import { codeOf } from "./errors.ts";

const text = (pieces: Uint8Array[]) => pieces.map((piece) => Buffer.from(piece).toString("latin1")).join("|");

describe("chunk", () => {
  test.each([
    [1, "1"],
    [10, "a"],
    [255, "ff"],
    [4095, "fff"],
    [4096, "1000"],
    [70_000, "11170"],
  ])("of %i octets", (length, size) => {
    const payload = new Uint8Array(length);
    const [before, between, after] = new ChunkedEncoder().chunk(payload);
    expect(text([before])).toBe(`${size}\r\n`);
    expect(between).toBe(payload);
    expect(text([after])).toBe("\r\n");
  });

  test("of nothing is nothing, since it would end the body", () => {
    expect(new ChunkedEncoder().chunk(new Uint8Array(0), [{ name: "a", value: undefined }])).toEqual([]);
  });

  test("with extensions", () => {
    const extensions = [
      { name: "a", value: undefined },
      { name: "b", value: "token" },
      { name: "c", value: "" },
      { name: "d", value: 'say "\\"\t\xff' },
    ];
    expect(text(new ChunkedEncoder().chunk(octets("x"), extensions))).toBe(
      '1;a;b=token;c="";d="say \\"\\\\\\"\t\xff"\r\n|x|\r\n',
    );
  });
});

describe("last", () => {
  test("alone", () => {
    expect(text(new ChunkedEncoder().last())).toBe("0\r\n\r\n");
  });

  test("with trailers and extensions", () => {
    const trailers = Fields.from([
      ["A", "1"],
      ["a", "2"],
    ]);
    expect(text(new ChunkedEncoder().last(trailers, [{ name: "end", value: undefined }]))).toBe(
      "0;end\r\nA: 1\r\na: 2\r\n\r\n",
    );
  });
});

describe("refuses, and may be asked again", () => {
  test.each<[string, (encoder: ChunkedEncoder) => unknown, string]>([
    [
      "an extension without a name",
      (encoder) => encoder.chunk(octets("x"), [{ name: "", value: undefined }]),
      "ERR_SLUICE_INVALID_EXTENSION",
    ],
    [
      "a line ending in an extension's name",
      (encoder) => encoder.chunk(octets("x"), [{ name: "a\r\n", value: undefined }]),
      "ERR_SLUICE_INVALID_EXTENSION",
    ],
    [
      "a line ending in an extension's value",
      (encoder) => encoder.chunk(octets("x"), [{ name: "a", value: "\n" }]),
      "ERR_SLUICE_INVALID_EXTENSION",
    ],
    [
      "a character that latin-1 has not",
      (encoder) => encoder.last(undefined, [{ name: "a", value: "\u010a" }]),
      "ERR_SLUICE_INVALID_EXTENSION",
    ],
    ["a line ending in a trailer", (encoder) => encoder.last({ a: "1\r\nb: 2" }), "ERR_SLUICE_INVALID_FIELD"],
    ["a trailer without a name", (encoder) => encoder.last([["", "1"]]), "ERR_SLUICE_INVALID_FIELD"],
    [
      "a framing field",
      (encoder) => encoder.last({ a: "1", "Content-LENGTH": "5" }),
      "ERR_SLUICE_FORBIDDEN_TRAILER",
    ],
  ])("%s", (_name, call, code) => {
    const encoder = new ChunkedEncoder();
    expect(codeOf(() => call(encoder))).toBe(code);
    expect(text(encoder.last())).toBe("0\r\n\r\n");
  });
});

test("nothing follows the last chunk", () => {
  const encoder = new ChunkedEncoder();
  encoder.last();
  expect(codeOf(() => encoder.chunk(octets("x")))).toBe("ERR_SLUICE_OUT_OF_ORDER");
  expect(codeOf(() => encoder.chunk(new Uint8Array(0)))).toBe("ERR_SLUICE_OUT_OF_ORDER");
  expect(codeOf(() => encoder.last())).toBe("ERR_SLUICE_OUT_OF_ORDER");
});
