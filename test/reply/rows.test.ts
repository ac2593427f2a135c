import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { EndedError } from "../../src/errors.ts";
import { pump } from "../../src/reply/pump.ts";
import { rows, type RowsOptions } from "../../src/reply/rows.ts";
import type { ValueSource } from "../../src/reply/value-source.ts";
import { Fields } from "../../src/semantics/fields.ts";
import { collected, CollectingSink } from "./collecting-sink.ts";
import { OWN_READERS, VALUE_SOURCES, VALUES } from "./formats.ts";

type Row = Readonly<Record<string, unknown>>;

async function get(
  accept: string | undefined,
  source: ValueSource<Row> = VALUES,
  options?: RowsOptions,
): Promise<CollectingSink> {
  const fields: Record<string, string> = accept === undefined ? {} : { Accept: accept };
  const reply = rows({ method: "GET", headers: Fields.from(fields) }, source, options);
  return collected(reply, { fields, offered: [] });
}

test.each([
  [undefined, "application/x-ndjson"],
  ["*/*", "application/x-ndjson"],
  ["application/json", "application/json"],
  ["application/x-ndjson", "application/x-ndjson"],
  ["application/ndjson", "application/ndjson"],
  ["application/jsonl", "application/jsonl"],
  ["application/json-seq", "application/json-seq"],
  ["text/event-stream", "text/event-stream; charset=utf-8"],
  ["text/csv", "text/csv; charset=utf-8"],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"],
  ["text/csv;q=0.5, application/json;q=0.6", "application/json"],
  ["application/*", "application/x-ndjson"],
  ["application/x-ndjson;q=0, */*", "application/json"],
])("Accept: %s gets %s", async (accept, type) => {
  const { headers, status, ended } = await get(accept);
  expect([status, ended, headers.get("content-type"), headers.get("vary")]).toEqual([
    200,
    true,
    type,
    "Accept",
  ]);
});

test.each([
  ["application/json", "jsonArray"],
  ["application/x-ndjson", "ndjson"],
  ["application/jsonl", "ndjson"],
  ["application/json-seq", "jsonSeq"],
])("%s has the rows, from every source", async (accept, reader) => {
  for (const source of Object.values(VALUE_SOURCES)) {
    expect(OWN_READERS[reader]((await get(accept, source())).body.toString())).toEqual(VALUES);
  }
});

test("text/event-stream has them as the data of events, from every source", async () => {
  for (const source of Object.values(VALUE_SOURCES)) {
    const { body } = await get("text/event-stream", source());
    expect(body.toString()).toBe(VALUES.map((value) => `data: ${JSON.stringify(value)}\n\n`).join(""));
  }
});

test("text/html has them as a table in which nothing is markup", async () => {
  const body = (await get("text/html", [{ "<b>": '<script>&"' }, { "<b>": null }])).body.toString();
  expect(body).toContain("<th>&lt;b&gt;</th>");
  expect(body).toContain("<td>&lt;script&gt;&amp;");
  expect(body).not.toContain("<script>");
  expect(body).toMatch(/<\/table>\s*$/);
  expect((await get("text/html", [])).body.toString()).toMatch(/<table>\s*<\/table>/);
});

test.each([
  ["Cookie", "Cookie, Accept"],
  ["accept", "accept"],
  ["*", "*"],
])("Vary: %s becomes %s", async (vary, merged) => {
  expect((await get("text/csv", VALUES, { headers: { Vary: vary } })).headers.get("vary")).toBe(merged);
});

describe("406", () => {
  test.each(["image/png", "text/plain", "*/*;q=0", "application/json;q=0"])(
    "for %s, with what there is",
    async (accept) => {
      const { status, headers, body } = await get(accept);
      expect([status, headers.get("vary")]).toEqual([406, "Accept"]);
      expect(body.toString()).toContain("application/x-ndjson");
    },
  );

  test("lets the source go, and does not call a function", async () => {
    let cancelled = false;
    let called = false;
    await get("image/png", new ReadableStream<Row>({ cancel: () => void (cancelled = true) }));
    await get("image/png", () => {
      called = true;
      return [];
    });
    expect([cancelled, called]).toEqual([true, false]);
  });
});

test.each([
  "application/x-ndjson",
  "application/json",
  "application/json-seq",
  "text/csv",
  "text/html",
  "text/event-stream",
])("%s: a reader that leaves stops a source that waits, at once", async (accept) => {
  let cancelled = false;
  const source = new ReadableStream<Row>({ cancel: () => void (cancelled = true) });
  const sink = new CollectingSink();
  const request = { method: "GET", headers: Fields.from({ Accept: accept }) };
  void pump(rows(request, source), request, sink, []);
  await turn();
  sink.onleave!(new EndedError("ERR_SLUICE_READER_LEFT"));
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(cancelled).toBe(true);
});
