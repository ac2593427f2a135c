import { describe, expect, test } from "vitest";
import { padToColumns, printable, wrapToColumns } from "../../src/cli/columns.ts";
import { plain, styleFor, usesColours } from "../../src/cli/style.ts";
import { nearest } from "../../src/cli/suggestion.ts";
import { Recorder } from "./fake-io.ts";

describe("columns", () => {
  test("padding counts columns", () => {
    expect(padToColumns("漢", 4)).toBe("漢  ");
    expect(padToColumns("abc", 2)).toBe("abc");
  });

  test("words are wrapped", () => {
    expect(wrapToColumns("aa bb cc", 5)).toEqual(["aa bb", "cc"]);
    expect(wrapToColumns("a toolongword b", 5)).toEqual(["a", "toolongword", "b"]);
  });

  test("nothing from outside steers the terminal", () => {
    expect(printable("a\x1b[2J\r\n\x9b\u202eb\ud800")).toBe(
      "a\\u{1b}[2J\\u{d}\\u{a}\\u{9b}\\u{202e}b\\u{d800}",
    );
    expect(printable("漢字 ä")).toBe("漢字 ä");
  });

  test("nor hides in a name", () => {
    expect(printable("a\u200b\u2060\u00ad\ufeff\u{e0041}b")).toBe(
      "a\\u{200b}\\u{2060}\\u{ad}\\u{feff}\\u{e0041}b",
    );
  });
});

describe("colours", () => {
  const terminal = new Recorder({ columns: 80, rows: 24 });
  const pipe = new Recorder();

  test.each([
    [terminal, {}, true],
    [pipe, {}, false],
    [terminal, { NO_COLOR: "1" }, false],
    [terminal, { NO_COLOR: "" }, true],
    [terminal, { TERM: "dumb" }, false],
    [pipe, { FORCE_COLOR: "1" }, true],
    [pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
    [terminal, { FORCE_COLOR: "0" }, false],
    [terminal, { FORCE_COLOR: "false" }, false],
    [terminal, { FORCE_COLOR: "", NO_COLOR: "1" }, false],
    [pipe, { FORCE_COLOR: "" }, false],
  ])("%#", (stream, env, coloured) => {
    expect(usesColours(stream, env)).toBe(coloured);
    expect(styleFor(stream, env)("bad", "x")).toBe(coloured ? "\x1b[31mx\x1b[39m" : "x");
    expect(plain("bad", "x")).toBe("x");
  });
});

test("the word that was meant", () => {
  const words = ["port", "host", "throttle", "help", "json"];
  expect(nearest("prot", words)).toBe("port");
  expect(nearest("prt", words)).toBe("port");
  expect(nearest("thr", words)).toBe("throttle");
  expect(nearest("throtle", words)).toBe("throttle");
  expect(nearest("xyz", words)).toBeUndefined();
  expect(nearest("p", words)).toBeUndefined();
  expect(nearest("x".repeat(100_000), words)).toBeUndefined();
});
