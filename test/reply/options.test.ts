import { describe, expect, test } from "vitest";
import { csv } from "../../src/reply/csv.ts";
import { html } from "../../src/reply/html/html.ts";
import { page } from "../../src/reply/html/page.ts";
import { progress } from "../../src/reply/html/progress.ts";
import { slot } from "../../src/reply/html/slot.ts";
import { jsonArray, jsonSeq, ndjson } from "../../src/reply/json-streams.ts";
import { multipart } from "../../src/reply/multipart.ts";
import { json, type ReplyOptions, stream, text } from "../../src/reply/reply.ts";
import { rows } from "../../src/reply/rows.ts";
import { sse } from "../../src/reply/sse.ts";
import { Fields } from "../../src/semantics/fields.ts";

describe("the options of a helper", () => {
  const request = { method: "GET", headers: new Fields() };
  const helpers: readonly [string, (options?: object) => unknown][] = [
    ["text", (options) => text("a", options)],
    ["json", (options) => json({}, options)],
    ["stream", (options) => stream("a/b", [], options)],
    ["sse", (options) => sse([], options)],
    ["ndjson", (options) => ndjson([], options)],
    ["jsonSeq", (options) => jsonSeq([], options)],
    ["jsonArray", (options) => jsonArray([], options)],
    ["csv", (options) => csv([], options)],
    ["multipart", (options) => multipart([], options)],
    ["rows", (options) => rows(request, [], options)],
    ["page", (options) => page(html`a`, options)],
  ];

  describe.each(helpers)("%s", (_name, helper) => {
    test.each<[unknown, string]>([
      [{ statusCode: 404 }, 'found "statusCode is no option"; wanted: status'],
      [{ trailer: {} }, 'found "trailer is no option"; wanted: trailers'],
      [{ heartBeat: 1 }, 'found "heartBeat is no option"; wanted: heartbeat'],
      [{ stauts: undefined }, 'found "stauts is no option"; wanted: one of status, headers, trailers,'],
      [404, "404"],
      ["text/html", "text/html"],
      [null, "null"],
      [() => {}, "options"],
    ])("refuses %j", (options, message) => {
      expect(() => helper(options as object)).toThrow(
        expect.objectContaining({ code: "ERR_SLUICE_OPTION", message: expect.stringContaining(message) }),
      );
    });

    test("may have every name that is documented, or be left out", () => {
      const options: Required<ReplyOptions> = {
        status: 201,
        headers: {},
        trailers: [],
        trailersAlways: false,
        compress: false,
        digest: undefined,
        contentMd5: false,
        timing: false,
      };
      expect(helper(options)).toMatchObject({ status: 201, compress: false });
      expect(helper()).toMatchObject({ status: 200 });
      expect(helper(undefined)).toMatchObject({ status: 200 });
    });

    test("count only where they are its own", () => {
      expect(helper(Object.create({ statusCode: 404 }) as object)).toMatchObject({ status: 200 });
    });
  });

  test("beside those of every reply are taken by the helper that documents them", () => {
    sse([], { retry: 1, heartbeat: 1 });
    csv([], { columns: ["a"], formulas: "escape" });
    rows(request, [], { columns: ["a"], formulas: "escape" });
    multipart([], { subtype: "mixed" });
    page(html`a`, { inOrder: true, nonce: "a", links: [], onSlotError: () => {} });
    slot(() => "a", { placeholder: "", error: "", timeout: 1 });
    progress(() => "a", { label: "", max: 1, placeholder: (bar) => bar, error: "", timeout: 1 });
    expect(() => text("a", { heartbeat: 1 } as ReplyOptions)).toThrow("wanted: one of status,");
    expect(() => slot(() => "a", { timeuot: 1 } as never)).toThrow(
      "wanted: one of placeholder, error, timeout",
    );
    expect(() => progress(() => "a", { labl: "a" } as never)).toThrow("wanted: one of label, max,");
  });

  test("a number is taken for the status that it is", () => {
    expect(() => text("a", 404 as never)).toThrow('found "options: 404"; wanted: an object: { status: 404 }');
  });
});
