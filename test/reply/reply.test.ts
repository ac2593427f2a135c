import { describe, expect, test } from "vitest";
import { json, stream, text } from "../../src/reply/reply.ts";
import type { Reply } from "../../src/reply/reply.ts";
import { asAnswer } from "../../src/reply/response.ts";
import { Fields, type FieldsInit } from "../../src/semantics/fields.ts";

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
