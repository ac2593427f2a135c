import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ProtocolError, SluiceError } from "../../src/errors.ts";
import { MultipartEncoder } from "../../src/formats/multipart-encoder.ts";
import { type MultipartLimits, MultipartParser } from "../../src/formats/multipart-parser.ts";
import { cuttings } from "../http1/cuts.ts";
import { anyCuts, errorOf, inPieces } from "./feeding.ts";

interface Part {
  headers: [string, string][];
  data: string;
  whole: boolean;
}
type Read = { parts: Part[]; error?: string; offset?: number };

/** Reads pieces whose characters are octets. */
function readPieces(pieces: Iterable<string>, boundary: string, limits?: Partial<MultipartLimits>): Read {
  const parts: Part[] = [];
  const parser = new MultipartParser(
    boundary,
    {
      partBegin: (headers) => parts.push({ headers, data: "", whole: false }),
      partData: (view) => {
        expect(view.length).toBeGreaterThan(0);
        parts.at(-1)!.data += Buffer.from(view).toString("latin1");
        // Views are the handler's to change: nothing of the parser's may be in them.
        view.fill(0);
      },
      partEnd: () => (parts.at(-1)!.whole = true),
    },
    limits,
  );
  try {
    for (const piece of pieces) parser.push(Buffer.from(piece, "latin1"));
    parser.end();
    expect(parser.done).toBe(true);
    return { parts };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    expect(error).toBeInstanceOf(ProtocolError);
    expect(errorOf(() => parser.push(new Uint8Array(1)))).toBe(error);
    return { parts, error: error.code, offset: error.offset! };
  }
}

/** What is read of octets, after each cutting has given the same. */
function read(octets: string, limits?: Partial<MultipartLimits>, boundary = "b"): Read {
  const whole = readPieces([octets], boundary, limits);
  for (const pieces of cuttings(octets)) expect(readPieces(pieces, boundary, limits)).toEqual(whole);
  return whole;
}

/** What is read, without headers: the data of each part, `...` behind what has no end, and the error. */
function sketch(octets: string, limits?: Partial<MultipartLimits>): string[] {
  const { parts, error } = read(octets, limits);
  return [
    ...parts.map(({ data, whole }) => (whole ? data : `${data}...`)),
    ...(error === undefined ? [] : [error]),
  ];
}

const syntax = "ERR_SLUICE_FORMAT_SYNTAX";
const truncated = "ERR_SLUICE_FORMAT_TRUNCATED";
const limit = "ERR_SLUICE_FORMAT_LIMIT";

describe("MultipartEncoder", () => {
  test("writes delimiters and heads", () => {
    const encoder = new MultipartEncoder("b");
    expect(
      encoder.part([
        ["Content-Type", "text/plain"],
        ["A", "é\t1"],
      ]),
    ).toBe("--b\r\nContent-Type: text/plain\r\nA: é\t1\r\n\r\n");
    expect(encoder.part()).toBe("\r\n--b\r\n\r\n");
    expect(encoder.end()).toBe("\r\n--b--\r\n");
  });

  test("writes an empty body", () => {
    expect(new MultipartEncoder("b").end()).toBe("--b--\r\n");
  });

  test("writes the delimiter with its part, for x-mixed-replace", () => {
    const encoder = new MultipartEncoder("b");
    expect(encoder.part()).toBe("--b\r\n\r\n");
    expect(encoder.delimiter()).toBe("\r\n--b");
    expect(errorOf(() => encoder.delimiter()).code).toBe("ERR_SLUICE_OUT_OF_ORDER");
    expect(encoder.part([["A", "1"]])).toBe("\r\nA: 1\r\n\r\n");
    expect(encoder.delimiter()).toBe("\r\n--b");
    expect(encoder.end()).toBe("--\r\n");
  });

  test("keeps to the order", () => {
    const encoder = new MultipartEncoder("b");
    expect(errorOf(() => encoder.delimiter()).code).toBe("ERR_SLUICE_OUT_OF_ORDER");
    encoder.end();
    for (const call of [() => encoder.part(), () => encoder.delimiter(), () => encoder.end()]) {
      expect(errorOf(call)).toMatchObject({ name: "UsageError", code: "ERR_SLUICE_OUT_OF_ORDER" });
    }
  });

  test("gives the Content-Type", () => {
    expect(new MultipartEncoder("b-1").contentType("mixed")).toBe("multipart/mixed; boundary=b-1");
    expect(new MultipartEncoder("a b:/=?").contentType("byteranges")).toBe(
      'multipart/byteranges; boundary="a b:/=?"',
    );
    expect(errorOf(() => new MultipartEncoder("b").contentType("a/b")).code).toBe("ERR_SLUICE_INVALID_PART");
  });

  test.each(["a", "a".repeat(70), "a b", "'()+_,-./:=?"])("takes the boundary %j", (boundary) => {
    expect(read(`--${boundary}\r\n\r\nx\r\n--${boundary}--`, {}, boundary).parts).toHaveLength(1);
    expect(new MultipartEncoder(boundary).boundary).toBe(boundary);
  });

  test.each(["", "a".repeat(71), "a ", 'a"', "a\r\nb", "a\n", "é", "a;b", "a\\b", 5 as unknown as string])(
    "refuses the boundary %j",
    (boundary) => {
      for (const make of [
        () => new MultipartEncoder(boundary),
        () => new MultipartParser(boundary, { partBegin() {} }),
      ]) {
        expect(errorOf(make)).toMatchObject({ name: "UsageError", code: "ERR_SLUICE_INVALID_PART" });
      }
    },
  );

  test.each<[unknown, unknown]>([
    ["", "x"],
    ["A:", "x"],
    ["A B", "x"],
    ["A\r\nB", "x"],
    ["é", "x"],
    ["A", "x\r\nB: y"],
    ["A", "x\r"],
    ["A", "x\n"],
    ["A", "\0"],
    ["A", "\x7f"],
    ["A", 5],
    ["A", Symbol("x")],
    [Symbol("A"), "x"],
  ])("refuses the field %s: %s", (name, value) => {
    const encoder = new MultipartEncoder("b");
    const error = errorOf(() => encoder.part([[name as string, value as string]]));
    expect(error).toMatchObject({ name: "UsageError", code: "ERR_SLUICE_INVALID_PART" });
    expect(encoder.part()).toBe("--b\r\n\r\n");
  });
});

describe("MultipartParser", () => {
  test("reads heads and data", () => {
    expect(
      read("--b\r\nContent-Type:text/plain \r\na: \t1\r\n\r\nx\r\ny\r\n--b\r\nA:\r\n\r\n\r\n--b--\r\n"),
    ).toEqual({
      parts: [
        {
          headers: [
            ["Content-Type", "text/plain"],
            ["a", "1"],
          ],
          data: "x\r\ny",
          whole: true,
        },
        { headers: [["A", ""]], data: "", whole: true },
      ],
    });
  });

  test.each<[string, string, string[]]>([
    ["one part", "--b\r\n\r\nx\r\n--b--", ["x"]],
    ["line ends in the data", "--b\r\n\r\n\r\nx\r\n\r\n--b--", ["\r\nx\r\n"]],
    ["no data, the head's end being the delimiter's line end", "--b\r\n\r\n--b--", [""]],
    ["no part", "--b--\r\n", []],
    ["a preamble and an epilogue", "hello\r\n--b\r\n\r\nx\r\n--b--\r\nbye\r\n--b\r\n", ["x"]],
    ["a preamble of a line end", "\r\n--b\r\n\r\nx\r\n--b--", ["x"]],
    ["padding behind the boundary", "--b \t\r\n\r\nx\r\n--b \r\n\r\ny\r\n--b-- \t\r\n", ["x", "y"]],
    ["beginnings of a delimiter", "--b\r\n\r\n\r\r\n\r\n-\r\n--\r\n-b\r\n--b--", ["\r\r\n\r\n-\r\n--\r\n-b"]],
    ["a beginning of a delimiter right behind the head", "--b\r\n\r\n--\r\n--b--", ["--"]],
    ["a boundary inside a line", "--b\r\n\r\nx--b\r\n--b--", ["x--b"]],
    ["a boundary behind CR alone", "--b\r\n\r\nx\r--b\r\n--b--", ["x\r--b"]],
    ["LF alone in the data", "--b\r\n\r\nx\n\n-\n--\ny\r\n--b--", ["x\n\n-\n--\ny"]],
    ["nothing", "", [truncated]],
    ["a preamble alone", "hello", [truncated]],
    ["no close delimiter", "--b\r\n\r\nx\r\n--b", ["x", truncated]],
    ["half a close delimiter", "--b\r\n\r\nx\r\n--b-", ["x", truncated]],
    ["a CR without LF behind the close delimiter", "--b\r\n\r\nx\r\n--b--\r", ["x", truncated]],
    ["a part that is cut", "--b\r\n\r\nx\r\n--", ["x...", truncated]],
    ["a head that is cut", "--b\r\nA: 1\r\n", [truncated]],
    ["a longer boundary", "--b\r\n\r\nx\r\n--bb\r\n--b--", ["x", syntax]],
    ["one dash behind a boundary", "--b\r\n\r\nx\r\n--b-x", ["x", syntax]],
    ["text behind the close delimiter", "--b\r\n\r\nx\r\n--b--x", ["x", syntax]],
    ["LF alone behind a boundary", "--b\n\r\nx\r\n--b--", [syntax]],
    ["LF alone behind the close delimiter", "--b\r\n\r\nx\r\n--b--\n", ["x", syntax]],
    ["CR alone behind a boundary", "--b\r\r\n\r\nx\r\n--b--", [syntax]],
    ["LF alone before a boundary", "--b\r\n\r\nx\n--b\r\n--b--", ["x...", syntax]],
    ["LF alone before the first boundary", "x\n--b\r\n\r\n--b--", [syntax]],
    ["LF alone behind a field", "--b\r\nA: 1\n\r\nx\r\n--b--", [syntax]],
    ["LF alone behind the head", "--b\r\nA: 1\r\n\nx\r\n--b--", [syntax]],
    ["CR alone in a field", "--b\r\nA: 1\r2\r\n\r\nx\r\n--b--", [syntax]],
    ["a folded field", "--b\r\nA: 1\r\n B: 2\r\n\r\nx\r\n--b--", [syntax]],
    ["space before the colon", "--b\r\nA : 1\r\n\r\nx\r\n--b--", [syntax]],
    ["no colon", "--b\r\nA\r\n\r\nx\r\n--b--", [syntax]],
    ["no name", "--b\r\n: 1\r\n\r\nx\r\n--b--", [syntax]],
    ["NUL in a value", "--b\r\nA: \0\r\n\r\nx\r\n--b--", [syntax]],
    ["a value that is not UTF-8", "--b\r\nA: \xe9\r\n\r\nx\r\n--b--", [syntax]],
    ["a value in overlong UTF-8", "--b\r\nA: \xc0\x80\r\n\r\nx\r\n--b--", [syntax]],
  ])("%s", (_, octets, parts) => {
    expect(sketch(octets)).toEqual(parts);
  });

  test("reads values in UTF-8, a percent sign as it is", () => {
    const head = Buffer.from('A: name="é%41😀"').toString("latin1");
    expect(read(`--b\r\n${head}\r\n\r\n--b--`).parts[0].headers).toEqual([["A", 'name="é%41😀"']]);
  });

  test("passes data on as views of what it was given", () => {
    const bytes = Buffer.from("--b\r\n\r\nsome data\r\n--b--");
    const views: Uint8Array[] = [];
    new MultipartParser("b", { partBegin: () => {}, partData: (view) => views.push(view) }).push(bytes);
    expect(views).toHaveLength(1);
    expect(views[0].buffer).toBe(bytes.buffer);
    expect(views[0].byteOffset).toBe(bytes.byteOffset + 7);
  });

  test("tells that a part is whole with its delimiter, before the next one begins", () => {
    const log: string[] = [];
    const parser = new MultipartParser("b", {
      partBegin: () => log.push("begin"),
      partEnd: () => log.push("end"),
    });
    parser.push(Buffer.from("--b\r\n\r\nx\r\n--"));
    expect(log).toEqual(["begin"]);
    parser.push(Buffer.from("b"));
    expect(log).toEqual(["begin", "end"]);
  });

  test.each<[string, Partial<MultipartLimits>, string, string[]]>([
    ["2 parts", { parts: 2 }, "--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--", ["x", "y"]],
    ["3 parts", { parts: 2 }, "--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b\r\n\r\nz\r\n--b--", ["x", "y", limit]],
    ["a head of 8 octets", { headBytes: 8 }, "--b\r\nA: 1\r\n\r\nx\r\n--b--", ["x"]],
    ["a head of 9 octets", { headBytes: 8 }, "--b\r\nA: 12\r\n\r\nx\r\n--b--", [limit]],
    [
      "a head of 8 octets, twice",
      { headBytes: 8 },
      "--b\r\nA: 1\r\n\r\nx\r\n--b\r\nA: 1\r\n\r\ny\r\n--b--",
      ["x", "y"],
    ],
    ["a head that does not end", { headBytes: 8 }, "--b\r\nA: 123456", [limit]],
    ["padding of 6 octets", { headBytes: 8 }, "--b      \r\n\r\nx\r\n--b--", ["x"]],
    ["padding of 9 octets", { headBytes: 8 }, "--b         \r\n\r\nx\r\n--b--", [limit]],
    ["2 fields", { headFields: 2 }, "--b\r\nA: 1\r\nB: 1\r\n\r\nx\r\n--b--", ["x"]],
    ["3 fields", { headFields: 2 }, "--b\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\nx\r\n--b--", [limit]],
    ["a preamble of 3 octets", { preambleBytes: 3 }, "abc\r\n--b\r\n\r\nx\r\n--b--", ["x"]],
    ["a preamble of 4 octets", { preambleBytes: 3 }, "abcd\r\n--b\r\n\r\nx\r\n--b--", [limit]],
    ["an epilogue of 3 octets", { epilogueBytes: 3 }, "--b\r\n\r\nx\r\n--b--\r\nabc", ["x"]],
    ["an epilogue of 4 octets", { epilogueBytes: 3 }, "--b\r\n\r\nx\r\n--b--\r\nabcd", ["x", limit]],
    ["padding at the end of 4 octets", { epilogueBytes: 3 }, "--b\r\n\r\nx\r\n--b--    ", ["x", limit]],
  ])("limits: %s", (_, limits, octets, parts) => {
    expect(sketch(octets, limits)).toEqual(parts);
  });

  test("has limits where nothing else is said", () => {
    const parts = (count: number) => `${"--b\r\n\r\n\r\n".repeat(count)}--b--`;
    expect(readPieces([parts(1000)], "b").error).toBeUndefined();
    expect(readPieces([parts(1001)], "b").error).toBe(limit);
    const head = (octets: number) => `--b\r\nA: ${"x".repeat(octets - 7)}\r\n\r\n--b--`;
    expect(readPieces([head(16_384)], "b").error).toBeUndefined();
    expect(readPieces([head(16_385)], "b").error).toBe(limit);
    const fields = (count: number) => `--b\r\n${"A: 1\r\n".repeat(count)}\r\n--b--`;
    expect(readPieces([fields(100)], "b").error).toBeUndefined();
    expect(readPieces([fields(101)], "b").error).toBe(limit);
  });

  test("says at which octet, and of which part", () => {
    const octets = "--b\r\n\r\nx\r\n--b\r\nA: 1\r\nB\r\n\r\n--b--";
    expect(read(octets)).toMatchObject({ error: syntax, offset: 21 });
    expect(read("--b\r\n\r\nx\r\n--bx")).toMatchObject({ error: syntax, offset: 13 });
    expect(read("--b\r\n\r\nx")).toMatchObject({ error: truncated, offset: 8 });
    const parser = new MultipartParser("b", { partBegin: () => {} });
    expect(errorOf(() => parser.push(Buffer.from(octets))).message).toContain("part 2: a field B");
  });

  test("reads nothing after the end", () => {
    const parser = new MultipartParser("b", { partBegin: () => {} });
    parser.push(Buffer.from("--b--"));
    parser.end();
    expect(errorOf(() => parser.push(new Uint8Array(1))).code).toBe("ERR_SLUICE_OUT_OF_ORDER");
    expect(errorOf(() => parser.end()).code).toBe("ERR_SLUICE_OUT_OF_ORDER");
  });
});

// Everything that a delimiter is made of, so that data comes as near to one as it can.
const nearDelimiter = fc
  .array(fc.constantFrom("\r", "\n", "\r\n", "-", "--", "b", "\r\n-", "\r\n--", "x"), { maxLength: 12 })
  .map((parts) => parts.join(""));

test("what the encoder writes the parser reads, however it is cut", () => {
  const part = fc.record({
    headers: fc.array(fc.tuple(fc.constantFrom("A", "Content-Type"), fc.constantFrom("", "x", 'a; b="é"')), {
      maxLength: 3,
    }),
    data: nearDelimiter.filter((data) => !/(^|\r?\n)--b/.test(data)),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), fc.boolean(), anyCuts, (parts, early, cuts) => {
      const encoder = new MultipartEncoder("b");
      const text = parts.map(
        ({ headers, data }) => encoder.part(headers) + data + (early ? encoder.delimiter() : ""),
      );
      const octets = Buffer.from(text.join("") + encoder.end()).toString("latin1");
      const expected = { parts: parts.map((each) => ({ ...each, whole: true })) };
      expect(readPieces(inPieces(octets, cuts), "b")).toEqual(expected);
      expect(readPieces(octets, "b")).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test("any octets are read, or refused with an error of ours, alike however they are cut", () => {
  const octets = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: nearDelimiter },
      fc.constantFrom("\r\n--b", "\r\n\r\n", "A: 1\r\n", "--b", " "),
    ),
    {
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(octets, anyCuts, (parts, cuts) => {
      const wire = `--b${parts.join("")}`;
      const whole = readPieces([wire], "b");
      expect(readPieces(inPieces(wire, cuts), "b")).toEqual(whole);
      expect(readPieces(wire, "b")).toEqual(whole);
    }),
    { numRuns: 1000 },
  );
});

test("the platform reads what the encoder writes", async () => {
  const encoder = new MultipartEncoder("a-boundary-of-20-letters");
  const body = [
    encoder.part([["Content-Disposition", 'form-data; name="a"']]),
    "one\r\n--\r\n",
    encoder.part([
      ["Content-Disposition", 'form-data; name="file"; filename="é.txt"'],
      ["Content-Type", "text/plain"],
    ]),
    "zwei",
    encoder.end(),
  ].join("");
  const headers = { "content-type": encoder.contentType("form-data") };
  const form = await new Response(body, { headers }).formData();
  expect(form.get("a")).toBe("one\r\n--\r\n");
  const file = form.get("file") as File;
  expect([file.name, await file.text()]).toEqual(["é.txt", "zwei"]);
});

test("reads what the platform writes", async () => {
  const form = new FormData();
  form.append("a", "one\r\ntwo");
  form.append("é", new File(["data"], "é.txt", { type: "text/plain" }));
  const response = new Response(form);
  const boundary = /boundary=(.*)$/.exec(response.headers.get("content-type")!)![1];
  const octets = Buffer.from(await response.arrayBuffer()).toString("latin1");
  expect(read(octets, {}, boundary).parts).toEqual([
    { headers: [["Content-Disposition", 'form-data; name="a"']], data: "one\r\ntwo", whole: true },
    {
      headers: [
        ["Content-Disposition", 'form-data; name="é"; filename="é.txt"'],
        ["Content-Type", "text/plain"],
      ],
      data: "data",
      whole: true,
    },
  ]);
});
