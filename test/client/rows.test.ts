import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { rows, type RowStream, type RowStreamOptions } from "../../src/client/rows.ts";
import { AbortedError, StatusError, TruncatedError } from "../../src/errors.ts";
import { csv, jsonArray, jsonSeq, ndjson, rows as rowsReply, stream } from "../../src/index.ts";
import { settled } from "../support/settled.ts";
import { start, takeErrors } from "../support/servers.ts";
import { chunk, CHUNKED, head, scripted, whole } from "./items/scripted-server.ts";

const READINGS = [
  { id: 1, name: "größe" },
  { id: 2, name: "\u{1f30a}" },
  { id: 3, name: "a\nb" },
];

/** What reading gives, and how it ends. */
async function outcome(read: AsyncIterable<unknown>): Promise<{ items: unknown[]; error: unknown }> {
  const items: unknown[] = [];
  try {
    for await (const item of read) items.push(item);
    return { items, error: undefined };
  } catch (error) {
    return { items, error };
  }
}

/** Reads one answer that is written by hand. */
async function reading(
  answer: string | Buffer,
  options?: RowStreamOptions,
): Promise<{ items: unknown[]; error: unknown }> {
  const url = await scripted(({ socket }) => void socket.end(answer));
  return outcome(rows(url, options));
}

describe("each format of our own server", () => {
  test.each([
    ["NDJSON", ndjson(READINGS)],
    ["a JSON text sequence", jsonSeq(READINGS)],
    ["a JSON array", jsonArray(READINGS)],
  ])("%s", async (_, reply) => {
    const { port } = await start(() => reply);
    const read = rows<(typeof READINGS)[0]>(`http://127.0.0.1:${port}/`);
    const ids: number[] = [];
    for await (const { id, name } of read) {
      expect(name).toBe(READINGS[id - 1].name);
      ids.push(id);
    }
    expect(ids).toEqual([1, 2, 3]);
    const response = await read.response;
    expect(response.status).toBe(200);
    expect(await response.ending).toEqual({ outcome: "complete" });
  });

  test("CSV, as lists of texts", async () => {
    const { port } = await start(() => csv(READINGS));
    expect(await outcome(rows(`http://127.0.0.1:${port}/`))).toEqual({
      items: [
        ["id", "name"],
        ["1", "größe"],
        ["2", "\u{1f30a}"],
        ["3", "a\nb"],
      ],
      error: undefined,
    });
  });

  test.each([
    [undefined, "application/x-ndjson"],
    ["ndjson", "application/x-ndjson"],
    ["json-seq", "application/json-seq"],
    ["json-array", "application/json"],
    ["csv", "text/csv; charset=utf-8"],
  ] as const)("is asked for: %s", async (format, type) => {
    const { port } = await start((request) => rowsReply(request, READINGS));
    const read = rows(`http://127.0.0.1:${port}/`, { format });
    expect((await read.response).headers.get("content-type")).toBe(type);
    const { items, error } = await outcome(read);
    expect(error).toBeUndefined();
    if (format !== "csv") expect(items).toEqual(READINGS);
  });

  test("no row is in one of none", async () => {
    for (const reply of [ndjson([]), jsonSeq([]), jsonArray([]), { status: 204, headers: {}, body: null }]) {
      const { port } = await start(() => reply);
      expect(await outcome(rows(`http://127.0.0.1:${port}/`))).toEqual({ items: [], error: undefined });
    }
  });
});

describe("Content-Type", () => {
  test.each([
    ["application/x-ndjson", "1\n2\n"],
    ["application/jsonl; charset=utf-8", "1\n2\n"],
    ["Application/NDJSON", "1\n2\n"],
    ["application/x-jsonlines", "1\n2\n"],
    ["application/json", "[1,2]"],
    ["application/hal+json", " [ 1 , 2 ] "],
    ["application/json-seq", "\x1e1\n\x1e2\n"],
    ["application/geo+json-seq", "\x1e1\n\x1e2\n"],
  ])("%s", async (type, body) => {
    expect(await reading(whole(type, body))).toEqual({ items: [1, 2], error: undefined });
  });

  test.each(["text/html", "application/octet-stream", "", "json", "text/event-stream"])(
    "%j is none of them",
    async (type) => {
      const { items, error } = await reading(whole(type, "1\n2\n"));
      expect(items).toEqual([]);
      expect(error).toMatchObject({ code: "ERR_SLUICE_MEDIA_TYPE" });
    },
  );

  test("does not count where `format` says what it is", async () => {
    expect((await reading(whole("text/plain", "1\n2\n"), { format: "ndjson" })).items).toEqual([1, 2]);
  });
});

describe("a body that is not complete throws, behind its whole rows", () => {
  const bodies = {
    "application/x-ndjson": "1\n2\n",
    "application/json-seq": "\x1e1\n\x1e2\n",
    "application/json": "[1,2]",
  };

  test.each(Object.entries(bodies))("%s, cut at every octet, on the wire", async (type, body) => {
    for (let end = 0; end <= body.length; end++) {
      const { items, error } = await reading(
        head(type, "200 OK", `Content-Length: ${body.length + 1}`) + body.slice(0, end),
      );
      expect(error).toBeInstanceOf(TruncatedError);
      expect(error).toMatchObject({ code: "ERR_SLUICE_TRUNCATED", layer: "length", offset: end });
      expect([1, 2].slice(0, items.length)).toEqual(items);
    }
  });

  test.each([
    ["application/x-ndjson", "1\n23", "ndjson"],
    ["application/json-seq", "\x1e1\n\x1e23", "json-seq"],
    ["application/json", "[1,23", "json-array"],
    ["application/json", "[1,", "json-array"],
    ["application/json", "", "json-array"],
    ["text/csv", 'x\n"y', "csv"],
  ])("%s %j, though the wire is", async (type, body, layer) => {
    const { items, error } = await reading(whole(type, body));
    expect(items).toHaveLength(layer === "csv" || body.includes("1") ? 1 : 0);
    expect(error).toBeInstanceOf(TruncatedError);
    expect(error).toMatchObject({ code: "ERR_SLUICE_FORMAT_TRUNCATED", layer });
  });

  test("inside a character, too", async () => {
    const body = Buffer.from("a,b\nc,ü").subarray(0, -1);
    const { error } = await reading(Buffer.concat([Buffer.from(head("text/csv")), body]));
    expect(error).toMatchObject({ code: "ERR_SLUICE_FORMAT_TRUNCATED", layer: "csv" });
  });

  test("by our own server, whose source has failed", async () => {
    const server = await start(() =>
      ndjson(async function* () {
        yield 1;
        await nextTurn();
        throw new Error("the database has gone away");
      }),
    );
    const { items, error } = await outcome(rows(`http://127.0.0.1:${server.port}/`, { decode: false }));
    expect(items).toEqual([1]);
    expect(error).toBeInstanceOf(TruncatedError);
    await takeErrors(server);
  });

  test("but for a last line without LF, where that is said to be right", async () => {
    expect(await reading(whole("application/jsonl", "1\n2"), { unfinishedLine: true })).toEqual({
      items: [1, 2],
      error: undefined,
    });
  });
});

describe("what is wrong is named", () => {
  test.each([
    ["application/x-ndjson", "1\n2\n{]\n4\n", "line 3"],
    ["application/json", "[1,2,{]},4]", "element 2"],
    ["application/json-seq", "\x1e1\n\x1e2\n\x1e{]\n\x1e4\n", "element 2"],
    ["application/json", '{"rows":[]}', "where the array begins"],
  ])("%s %j", async (type, body, place) => {
    const { items, error } = await reading(whole(type, body));
    expect(items).toEqual(place.includes("begins") ? [] : [1, 2]);
    expect(error).toMatchObject({
      code: "ERR_SLUICE_FORMAT_SYNTAX",
      message: expect.stringContaining(place),
    });
  });

  test("octets that are not UTF-8, by their offset, and the rows before them are read", async () => {
    const body = Buffer.from('"ü"\n"x"\n"\xff"\n', "latin1");
    const text = Buffer.concat([Buffer.from('"ü"\n'), body.subarray(4)]);
    const { items, error } = await reading(Buffer.concat([Buffer.from(head("application/x-ndjson")), text]));
    expect(items).toEqual(["ü", "x"]);
    expect(error).toMatchObject({ code: "ERR_SLUICE_FORMAT_SYNTAX", offset: 10 });
  });

  test("a row over the limit, on both sides of it", async () => {
    for (const [type, body] of [
      ["application/x-ndjson", "1\n123\n"],
      ["application/json", "[1,123]"],
      ["text/csv", "1\n123\n"],
    ]) {
      expect((await reading(whole(type, body), { rowLength: 3 })).error).toBeUndefined();
      const { items, error } = await reading(whole(type, body), { rowLength: 2 });
      expect(items).toHaveLength(1);
      expect(error).toMatchObject({ code: "ERR_SLUICE_FORMAT_LIMIT" });
    }
    expect((await reading(whole("application/json", "[[[1]]]"), { depth: 2 })).error).toBeUndefined();
    expect((await reading(whole("application/json", "[[[1]]]"), { depth: 1 })).error).toMatchObject({
      code: "ERR_SLUICE_FORMAT_LIMIT",
    });
  });

  test("rows that are none are passed over where somebody is told", async () => {
    const told: [number, string][] = [];
    const { items, error } = await reading(whole("application/json-seq", "\x1e1\n\x1e{]\n\x1e3\n\x1e4"), {
      onMalformed: (malformed, index) => told.push([index, malformed.code]),
    });
    expect(items).toEqual([1, 3]);
    expect(error).toBeUndefined();
    expect(told).toEqual([
      [1, "ERR_SLUICE_FORMAT_SYNTAX"],
      [3, "ERR_SLUICE_FORMAT_TRUNCATED"],
    ]);
  });
});

describe("another status", () => {
  test("is an error with the beginning of the body", async () => {
    const { error } = await reading(whole("text/plain", `no such table${"!".repeat(2000)}`, "404 Not Found"));
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ responseStatus: 404, excerpt: `no such table${"!".repeat(987)}` });
  });

  test.each([
    ["image/png", "x".repeat(50)],
    ["text/plain", ""],
  ])("has no excerpt of %s %j", async (type, body) => {
    const { error } = await reading(whole(type, body, "500 Internal Server Error"));
    expect(error).toMatchObject({ responseStatus: 500 });
    expect(error).not.toHaveProperty("excerpt");
  });

  test("does not wait long for its body", async () => {
    const url = await scripted(
      ({ socket }) => void socket.write(head("text/plain", "500 Oh", CHUNKED) + chunk("well")),
    );
    expect((await outcome(rows(url))).error).toMatchObject({ excerpt: "well" });
  });

  test("of a coding that nobody knows is still the error of its status", async () => {
    const url = await scripted(
      ({ socket }) =>
        void socket.end(whole("text/plain\r\nContent-Encoding: rot13", "bire", "503 Service Unavailable")),
    );
    expect((await outcome(rows(url))).error).toMatchObject({ responseStatus: 503 });
  });

  test("nor is a part taken for the whole, unless it was asked for", async () => {
    const part = whole("application/x-ndjson", "2\n", "206 Partial Content", "Content-Range: bytes 2-3/4");
    expect((await reading(part)).error).toMatchObject({ responseStatus: 206 });
    expect((await reading(part, { headers: { range: "bytes=2-" } })).items).toEqual([2]);
  });

  test("rejects the response, which nobody need handle", async () => {
    const url = await scripted(({ socket }) => void socket.end(whole("text/plain", "", "404 Not Found")));
    const read = rows(url);
    void read.response;
    await expect(read.response).rejects.toBeInstanceOf(StatusError);
    expect((await outcome(read)).error).toBeInstanceOf(StatusError);
  });
});

describe("leaving", () => {
  async function endless(): Promise<{ url: string; closed: Promise<unknown> }> {
    let onClosed!: (closed: unknown) => void;
    const closed = new Promise((resolve) => {
      onClosed = resolve;
    });
    const url = await scripted(({ socket }) => {
      socket.write(`${head("application/x-ndjson")}1\n2\n3\n`);
      void once(socket, "close").then(onClosed);
    });
    return { url, closed };
  }

  test("the loop closes the connection", async () => {
    const { url, closed } = await endless();
    for await (const row of rows(url)) if (row === 2) break;
    await closed;
  });

  test("by close(), where the response alone was asked for", async () => {
    const { url, closed } = await endless();
    const read = rows(url);
    await read.response;
    read.close();
    await closed;
    expect(await outcome(read)).toEqual({ items: [], error: undefined });
  });

  test("by the signal, while a row is waited for and before anything is read", async () => {
    for (const before of [false, true]) {
      const { url, closed } = await endless();
      const controller = new AbortController();
      const read: RowStream = rows(url, { signal: controller.signal });
      if (before) {
        await read.response;
        controller.abort();
      } else void read.response.then(() => setImmediate(() => controller.abort()));
      expect((await outcome(read)).error).toBeInstanceOf(AbortedError);
      await closed;
    }
  });

  test("by the signal, where the response alone is waited for", async () => {
    const controller = new AbortController();
    const url = await scripted(() => setImmediate(() => controller.abort()));
    const read = rows(url, { signal: controller.signal });
    await expect(read.response).rejects.toBeInstanceOf(AbortedError);
    expect((await outcome(read)).error).toBeInstanceOf(AbortedError);
  });

  test("a reader that is slow makes the server wait", async () => {
    let made = 0;
    const { port } = await start(() =>
      stream("application/x-ndjson", function* () {
        for (; made < 4000; made++) yield `"${"x".repeat(8000)}"\n`;
      }),
    );
    const read = rows(`http://127.0.0.1:${port}/`, { headers: { "accept-encoding": "identity" } });
    await read[Symbol.asyncIterator]().next();
    // What the kernel takes on both sides, and no more: of 32 MB.
    expect(await settled(() => made)).toBeLessThan(2000);
    read.close();
  });
});

test.each<[string, object]>([
  ["onMalformd is no option", { onMalformd: () => {} }],
  [`found "format: 'xml'"; wanted: one of ndjson, json-seq, json-array, csv`, { format: "xml" }],
  ["format", { format: "toString" }],
  ['found "onMalformed: true"; wanted: a function', { onMalformed: true }],
  ["lineLength", { rowLength: -1 }],
  ["depth", { depth: "2" }],
])("a mistake is thrown by the call itself: %s", (found, options) => {
  const call = (): unknown => rows("http://127.0.0.1/", options as RowStreamOptions);
  expect(call).toThrow(
    expect.objectContaining({ code: "ERR_SLUICE_OPTION", message: expect.stringContaining(found) }),
  );
});
