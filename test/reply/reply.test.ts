import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { json, stream, text } from "../../src/reply/reply.ts";
import type { Reply } from "../../src/reply/reply.ts";
import { asAnswer } from "../../src/reply/response.ts";
import { Fields, type FieldsInit } from "../../src/semantics/fields.ts";
import { collected } from "./collecting-sink.ts";

const fields = (headers: FieldsInit): [string, string][] => [...Fields.from(headers)];

describe("the media type", () => {
  test.each([
    ["text", text("a"), "text/plain; charset=utf-8"],
    ["json", json({}), "application/json"],
    ["stream of text", stream("text/csv", []), "text/csv; charset=utf-8"],
    ["stream of text with a charset", stream("text/csv; charset=latin1", []), "text/csv; charset=latin1"],
    ["stream of something else", stream("image/png", []), "image/png"],
  ])("of %s", (_name, { headers }, type) => {
    expect(fields(headers)).toEqual([["Content-Type", type]]);
  });

  test.each([
    [{ "content-type": "text/x-own" }],
    [[["CONTENT-TYPE", "text/x-own"]] as [string, string][]],
    [new Headers({ "content-type": "text/x-own" })],
    [Fields.from({ "Content-Type": "text/x-own" })],
  ])("of the caller wins: %s", (headers) => {
    for (const reply of [text("a", { headers }), json({}, { headers }), stream("a/b", [], { headers })]) {
      expect(Fields.from(reply.headers).getAll("content-type")).toEqual(["text/x-own"]);
    }
  });

  test("stands beside other fields, and the caller's object stays as it was", () => {
    const headers = { "X-A": "1" };
    expect(fields(text("a", { headers }).headers)).toEqual([
      ["X-A", "1"],
      ["Content-Type", "text/plain; charset=utf-8"],
    ]);
    expect(headers).toEqual({ "X-A": "1" });
    const own = Fields.from(headers);
    text("a", { headers: own });
    expect(own.has("content-type")).toBe(false);
  });
});

test("json refuses what has no JSON form", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  for (const value of [undefined, () => {}, Symbol("a"), 1n, circle]) {
    expect(() => json(value)).toThrow(expect.objectContaining({ code: "ERR_SLUICE_NO_JSON" }));
  }
});

test("json takes everything that has one", () => {
  expect([null, 0, "", false, [], { toJSON: () => 1 }].map((value) => json(value).body)).toEqual([
    "null",
    "0",
    '""',
    "false",
    "[]",
    "1",
  ]);
});

describe("what a handler returned", () => {
  test("a reply is itself", () => {
    const reply = text("a");
    expect(asAnswer(reply)).toBe(reply);
  });

  test("a web Response becomes one", async () => {
    const reply = asAnswer(new Response("a", { status: 201, headers: { "x-a": "1" } })) as Reply;
    expect(reply.status).toBe(201);
    expect(Fields.from(reply.headers).get("x-a")).toBe("1");
    expect(await new Response(reply.body as ReadableStream).text()).toBe("a");
    expect((asAnswer(new Response(null, { status: 204 })) as Reply).body).toBe(null);
  });

  test.each<[unknown, string]>([
    [undefined, 'found "undefined"'],
    [null, 'found "null"'],
    [5, 'found "a number, without status, headers and body"'],
    [{}, 'found "an object, without status, headers and body"'],
    [{ status: 200 }, 'found "an object, without headers and body"'],
    [{ status: 200, headers: {} }, 'found "an object, without body"'],
    ["a", 'found "a string, without status, headers and body"; wanted: text(…) or html`…`'],
    [undefined, "wanted: a reply: return text(…)"],
    [null, "wanted: a reply: return text(…)"],
    [5, "wanted: a reply, such as text(…), json(…), stream(…)"],
    [{}, "wanted: a reply, such as text(…), json(…), stream(…)"],
    [[], "wanted: json(…), or stream(type, source)"],
    [new Set(), "wanted: stream(type, source)"],
    [(function* () {})(), "wanted: stream(type, source)"],
    [(async function* () {})(), "wanted: stream(type, source)"],
    [Readable.from([]), "wanted: stream(type, source)"],
    [new ReadableStream(), "wanted: stream(type, source)"],
    [Buffer.from("a"), "wanted: content(type, data)"],
    [new Uint8Array(), "wanted: content(type, data)"],
    [() => text("a"), "wanted: its result, or createServer(app) of sluice/node-http"],
    [Response.error(), 'found "Response of type error, without a status"'],
  ])("what is refused is named: %o", (value, found) => {
    expect(() => asAnswer(value)).toThrow(found);
  });

  test.each([[undefined], [null], ["a"], [5], [{}], [{ status: 200, headers: {} }], [() => text("a")], [[]]])(
    "%j is refused",
    (value) => {
      expect(() => asAnswer(value)).toThrow(expect.objectContaining({ code: "ERR_SLUICE_REPLY" }));
    },
  );
});

describe("the error of what cannot be sent says what is wanted", () => {
  const reply = (part: object): Reply => ({ status: 200, headers: {}, body: null, ...part });
  const pieces = (piece: unknown): Reply => stream("a/b", [piece as string]);

  test.each<[string, Reply, string]>([
    ["text(undefined)", text(undefined as never), 'found "undefined"; wanted: null where there is no body'],
    [
      "an object as the body",
      reply({ body: { a: 1 } }),
      'found "an object"; wanted: JSON.stringify(…) or json(…)',
    ],
    ["a number as the body", reply({ body: 5 }), 'found "a number"; wanted: String(…)'],
    [
      "a promise as the body",
      reply({ body: Promise.resolve("") }),
      'found "a promise"; wanted: its result, with await',
    ],
    [
      "a promise as a piece",
      pieces(Promise.resolve("")),
      'found "a promise"; wanted: its result, with await',
    ],
    ["undefined as a piece", pieces(undefined), 'found "undefined"; wanted: no piece, or ""'],
    ["null as a piece", pieces(null), 'found "null"; wanted: no piece, or ""'],
    ["an object as a piece", pieces({}), 'found "an object"; wanted: JSON.stringify(…), or ndjson(source)'],
    ["a function as a piece", pieces(() => ""), 'found "a function"; wanted: its result'],
    ["a number as a piece", pieces(5), 'found "a number"; wanted: String(…)'],
    ["a text as the status", reply({ status: "200" }), `found "status: '200'"; wanted: a number`],
    ["no status", reply({ status: undefined }), 'found "status: undefined"; wanted: a number'],
  ])("%s", async (_name, given, message) => {
    const { failure } = await collected(given);
    expect(failure).toMatchObject({ message: expect.stringContaining(message) as string });
  });

  test("a text as the status lets go of the body", async () => {
    const body = new Readable({ read() {} });
    const { failure } = await collected(reply({ status: "200", body }));
    expect(failure).toMatchObject({ code: "ERR_SLUICE_INVALID_START_LINE" });
    expect(body.destroyed).toBe(true);
  });
});
