import { describe, expect, test } from "vitest";
import { octets } from "../../src/bytes/latin1.ts";
import { ChunkedDecoder } from "../../src/http1/index.ts";
import { codeOf, thrownBy } from "./errors.ts";

// What it makes of octets is in cases/chunked.md and its neighbours; here is what it does with views, calls and its own life.

const ignore = { data: () => undefined };

describe("views", () => {
  const viewsOf = (wire: string, handler: object = {}): { views: Uint8Array[]; bytes: Uint8Array } => {
    const views: Uint8Array[] = [];
    const bytes = octets(wire);
    new ChunkedDecoder({ data: (view) => views.push(view), ...handler }).write(bytes);
    return { views, bytes };
  };
  const small = "1\r\na\r\n1e\r\n".concat("b".repeat(30), "\r\n2\r\ncc\r\n0\r\n\r\n");

  test("small chunks come together in one view", () => {
    const { views } = viewsOf(small);
    expect(views.map((view) => Buffer.from(view).toString())).toEqual([`a${"b".repeat(30)}cc`]);
  });

  test("with extensions too", () => {
    const { views } = viewsOf("1;x\r\na\r\n1;y=z\r\nb\r\n0\r\n\r\n");
    expect(views.map((view) => Buffer.from(view).toString())).toEqual(["ab"]);
  });

  test("each chunk has its own where they are asked for", () => {
    const { views } = viewsOf(small, { chunk: () => undefined });
    expect(views.map((view) => view.length)).toEqual([1, 30, 2]);
  });

  test("big chunks are not moved", () => {
    const big = "x".repeat(1025);
    const { views, bytes } = viewsOf(`1\r\na\r\n401\r\n${big}\r\n0\r\n\r\n`);
    expect(views.map((view) => view.length)).toEqual([1, 1025]);
    expect(views[1].buffer).toBe(bytes.buffer);
    expect(views[1].byteOffset).toBe(11);
  });

  test("none is empty", () => {
    const { views } = viewsOf("0\r\n\r\n");
    expect(views).toEqual([]);
  });
});

describe("payload before an error has been delivered", () => {
  test.each([true, false])("boundaries asked for: %s", (asked) => {
    let body = "";
    const handler = { data: (view: Uint8Array) => (body += Buffer.from(view).toString()) };
    const decoder = new ChunkedDecoder(asked ? { ...handler, chunk: () => undefined } : handler);
    expect(codeOf(() => decoder.write(octets("1\r\na\r\n2\r\nbcX")))).toBe("ERR_SLUICE_CHUNK_DATA_END");
    expect(body).toBe("abc");
  });
});

describe("a handler that throws", () => {
  const problem = new Error("handler");
  const wire = `1\r\na\r\n1\r\nb\r\n800\r\n${"c".repeat(2048)}\r\n0\r\n\r\n`;

  const extended = wire.replaceAll("1\r\n", "1;x\r\n");

  test.each([
    [true, wire],
    [false, wire],
    [true, extended],
    [false, extended],
  ])("gets nothing more, and every call throws the same; boundaries asked for: %s, %j", (asked, encoded) => {
    const calls: number[] = [];
    const handler = {
      data(view: Uint8Array) {
        calls.push(view.length);
        throw problem;
      },
    };
    const decoder = new ChunkedDecoder(asked ? { ...handler, chunk: () => undefined } : handler);
    expect(() => decoder.write(octets(encoded))).toThrow(problem);
    expect(calls).toHaveLength(1);
    expect(() => decoder.write(octets("0\r\n\r\n"))).toThrow(problem);
    expect(() => decoder.end()).toThrow(problem);
    expect(calls).toHaveLength(1);
  });

  test("in chunk", () => {
    const views: number[] = [];
    const decoder = new ChunkedDecoder({
      data: (view) => views.push(view.length),
      chunk(size) {
        if (size === 2048) throw problem;
      },
    });
    expect(() => decoder.write(octets(wire))).toThrow(problem);
    expect(views).toEqual([1, 1]);
  });
});

describe("consumed, done and trailers", () => {
  test("as the body goes by", () => {
    const decoder = new ChunkedDecoder(ignore);
    const steps = ["5\r", "\nhel", "lo\r\n0\r\nA: 1", "\r\n", "\r\nrest"].map((piece) => {
      const read = decoder.write(octets(piece));
      return [read, decoder.consumed, decoder.done, decoder.trailers.size];
    });
    expect(steps).toEqual([
      [2, 2, false, 0],
      [4, 6, false, 0],
      [11, 17, false, 0],
      [2, 19, false, 0],
      [2, 21, true, 1],
    ]);
  });

  test("nothing is read after the end", () => {
    const decoder = new ChunkedDecoder(ignore);
    decoder.write(octets("0\r\n\r\n"));
    expect(decoder.write(octets("1\r\nx"), 1)).toBe(1);
    expect(decoder.consumed).toBe(5);
    decoder.end();
  });

  test("nothing at all may be given", () => {
    const decoder = new ChunkedDecoder(ignore);
    expect(decoder.write(new Uint8Array(0))).toBe(0);
    expect(decoder.write(octets("abc"), 2, 2)).toBe(2);
    expect(thrownBy(() => decoder.end())).toMatchObject({ code: "ERR_SLUICE_TRUNCATED", offset: 0 });
  });
});

describe("reset makes ready for the next body", () => {
  const limits = { extensionBytes: 6, overheadBytes: 16, trailerFields: 1, trailerBytes: 20 };
  // Each of these leaves something behind: a state, a count, a balance, an error.
  test.each([
    "5",
    '5;a="x',
    "5;a=12\r\nhel",
    "5\r\nhello\r",
    "0\r\nA: 1\r\n",
    "0\r\nA: 1\r\n\r\n",
    "0\r\nA",
    `${"0".repeat(30)}1\r\nx\r\n`,
    "1;abcde\r\nx\r\n",
    "x",
    "1;a=",
  ])("after %j", (before) => {
    const seen: unknown[] = [];
    const decoder = new ChunkedDecoder(
      {
        data: (view) => seen.push(Buffer.from(view).toString()),
        chunk: (size, extensions) => seen.push(size, ...extensions),
      },
      limits,
    );
    try {
      decoder.write(octets(before));
    } catch {
      // Some are errors.
    }
    seen.length = 0;
    decoder.reset();
    expect([decoder.done, decoder.consumed, decoder.trailers.size]).toEqual([false, 0, 0]);
    decoder.write(octets(`${"0".repeat(20)}1;b=12\r\nx\r\n0\r\nB: 2\r\n\r\n`));
    expect(decoder.done).toBe(true);
    expect(seen).toEqual([1, { name: "b", value: "12" }, "x", 0]);
    expect([...decoder.trailers]).toEqual([["B", "2"]]);
  });
});
