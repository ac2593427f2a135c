import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeEvent, HEARTBEAT, type ServerEvent } from "../../src/formats/sse-encoder.ts";
import { type ReceivedEvent, SseParser } from "../../src/formats/sse-parser.ts";
import { anyCuts, errorOf, inPieces } from "./feeding.ts";

describe("encodeEvent", () => {
  test.each<[ServerEvent, string]>([
    [{ data: "hello" }, "data: hello\n\n"],
    [{ data: "" }, "data: \n\n"],
    [{ data: " two" }, "data:  two\n\n"],
    [{ data: "a\nb\r\nc\rd\n" }, "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"],
    [{ data: "\n\r" }, "data: \ndata: \ndata: \n\n"],
    [{ data: { a: 1, b: "x\ny" } }, 'data: {"a":1,"b":"x\\ny"}\n\n'],
    [{ data: null }, "data: null\n\n"],
    [{ data: 0 }, "data: 0\n\n"],
    [{ data: false }, "data: false\n\n"],
    [{ data: "\ufeff" }, "data: \ufeff\n\n"],
    [
      { data: 1, event: "tick", id: "7", retry: 500, comment: "c" },
      ": c\nevent: tick\nid: 7\nretry: 500\ndata: 1\n\n",
    ],
    [{ id: "7" }, "id: 7\n\n"],
    [{ id: "" }, "id: \n\n"],
    [{ retry: 0 }, "retry: 0\n\n"],
    [{ retry: -0 }, "retry: 0\n\n"],
    [{ comment: "" }, ": \n\n"],
    [{ comment: "a\r\nb\rc\nid: 1" }, ": a\n: b\n: c\n: id: 1\n\n"],
    [{ data: undefined, event: undefined, id: "1" }, "id: 1\n\n"],
  ])("%j", (event, wire) => {
    expect(encodeEvent(event)).toBe(wire);
  });

  const circle: { self?: unknown } = {};
  circle.self = circle;
  test.each<[string, unknown, string]>([
    ["nothing", {}, "ERR_SLUICE_INVALID_EVENT"],
    ["a name alone, which readers drop", { event: "ping" }, "ERR_SLUICE_INVALID_EVENT"],
    ["a name and an id without data", { event: "ping", id: "1" }, "ERR_SLUICE_INVALID_EVENT"],
    ["LF in the name", { data: 1, event: "a\nb" }, "ERR_SLUICE_INVALID_EVENT"],
    ["CR in the name", { data: 1, event: "a\rb" }, "ERR_SLUICE_INVALID_EVENT"],
    ["LF at the end of the name", { data: 1, event: "a\n" }, "ERR_SLUICE_INVALID_EVENT"],
    ["LF in the id", { data: 1, id: "1\ndata: 2" }, "ERR_SLUICE_INVALID_EVENT"],
    ["CR in the id", { data: 1, id: "1\r" }, "ERR_SLUICE_INVALID_EVENT"],
    ["NUL in the id", { data: 1, id: "1\0" }, "ERR_SLUICE_INVALID_EVENT"],
    ["a number for an id", { data: 1, id: 5 }, "ERR_SLUICE_INVALID_EVENT"],
    ["a symbol for a name", { data: 1, event: Symbol("a") }, "ERR_SLUICE_INVALID_EVENT"],
    ["a number for a comment", { comment: 1 }, "ERR_SLUICE_INVALID_EVENT"],
    ["a negative retry", { retry: -1 }, "ERR_SLUICE_INVALID_EVENT"],
    ["half a millisecond", { retry: 0.5 }, "ERR_SLUICE_INVALID_EVENT"],
    ["an infinite retry", { retry: Infinity }, "ERR_SLUICE_INVALID_EVENT"],
    ["a retry as text", { retry: "5" }, "ERR_SLUICE_INVALID_EVENT"],
    ["a retry that is written with an exponent", { retry: 1e21 }, "ERR_SLUICE_INVALID_EVENT"],
    ["text instead of an event", "hello", "ERR_SLUICE_INVALID_EVENT"],
    ["null instead of an event", null, "ERR_SLUICE_INVALID_EVENT"],
    ["a function as data", { data: () => 1 }, "ERR_SLUICE_NO_JSON"],
    ["a symbol as data", { data: Symbol("a") }, "ERR_SLUICE_NO_JSON"],
    ["a bigint as data", { data: 1n }, "ERR_SLUICE_NO_JSON"],
    ["a circle as data", { data: circle }, "ERR_SLUICE_NO_JSON"],
  ])("refuses %s", (_, event, code) => {
    const error = errorOf(() => encodeEvent(event as ServerEvent));
    expect(error).toMatchObject({ name: "UsageError", code });
  });

  test("a name may have a NUL, which only ids may not", () => {
    expect(encodeEvent({ data: "x", event: "a\0" })).toBe("event: a\0\ndata: x\n\n");
  });

  test("what toJSON throws is the cause", () => {
    const cause = new Error("not now");
    const data = {
      toJSON() {
        throw cause;
      },
    };
    expect(errorOf(() => encodeEvent({ data }))).toMatchObject({ code: "ERR_SLUICE_NO_JSON", cause });
  });
});

test("what the encoder writes the parser reads, however it is cut", () => {
  const text = fc.string({ unit: fc.constantFrom("a", " ", ":", "\n", "\r", "\0", "\ufeff", "é", "😀") });
  const line = text.map((value) => value.replace(/[\r\n\0]/g, ""));
  const event = fc.record({
    data: fc.oneof(text, fc.jsonValue()),
    event: fc.option(line, { nil: undefined }),
    id: fc.option(line, { nil: undefined }),
    comment: fc.option(text, { nil: undefined }),
    retry: fc.option(fc.maxSafeNat(), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), anyCuts, (events, cuts) => {
      const wire = events.map((each) => encodeEvent(each) + HEARTBEAT).join("");
      const received: ReceivedEvent[] = [];
      const retries: number[] = [];
      const parser = new SseParser({
        event: (each) => received.push(each),
        retry: (milliseconds) => retries.push(milliseconds),
      });
      for (const piece of inPieces(wire, cuts)) parser.push(piece);
      expect(parser.end()).toBe(false);
      let last = "";
      expect(received).toEqual(
        events.map(({ data, event: name, id }) => ({
          data: typeof data === "string" ? data.replace(/\r\n?/g, "\n") : JSON.stringify(data),
          event: name === undefined || name === "" ? "message" : name,
          id: (last = id ?? last),
        })),
      );
      expect(retries).toEqual(events.map(({ retry }) => retry).filter((retry) => retry !== undefined));
    }),
    { numRuns: 300 },
  );
});
