import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isServable, readFolderPath } from "../../src/files/folder-path.ts";

const read = (path: string, prefix = "", dotfiles = false): unknown => {
  const place = readFolderPath(path, prefix, dotfiles);
  return "refusal" in place ? place.refusal : [...place.names, ...(place.slash ? ["/"] : [])];
};

describe("a path", () => {
  test.each([
    ["/", ["/"]],
    ["/a", ["a"]],
    ["/a/", ["a", "/"]],
    ["/a/b.c", ["a", "b.c"]],
    ["/a%20b/%C3%A4", ["a b", "ä"]],
    ["/%41", ["A"]],
    // Decoded once.
    ["/%2541", ["%41"]],
    ["/%252e%252e", ["%2e%2e"]],
    ["/...", 404],
    ["/a..b/c.", ["a..b", "c."]],
    ["/a;b=c/d,e@f!$&'()*+", ["a;b=c", "d,e@f!$&'()*+"]],
    ["/%3F%23", ["?#"]],
    ["/~user", ["~user"]],
  ])("%s is %j", (path, names) => {
    expect(read(path)).toEqual(names);
  });

  test.each([
    "//evil.example/%2e",
    "/..",
    "/../",
    "/../a",
    "/a/..",
    "/a/../b",
    "/.",
    "/./a",
    "/a/.",
    "/a/./b",
    "/%2e%2e",
    "/%2E%2e/a",
    "/.%2e/a",
    "/%2e./a",
    "/%2e",
    "/a/%2e%2e/%2e%2e/b",
    "/%",
    "/%4",
    "/%4/",
    "/%zz",
    "/a%",
    "/%u0041",
    "/%-1",
    "/%+1",
    "/% 41",
    // Not UTF-8: alone, cut, overlong, a half of a character, beyond Unicode.
    "/%80",
    "/%C3",
    "/%C0%AE%C0%AE",
    "/%C0%AF",
    "/%E0%80%AF",
    "/%ED%A0%80",
    "/%F4%90%80%80",
    "/%FF",
  ])("%s is refused with 400", (path) => {
    expect(read(path)).toBe(400);
    expect(read(path, "", true)).toBe(400);
  });

  test.each([
    "//",
    "//a",
    "/a//b",
    "/a//",
    "///",
    "//evil.example",
    "/a%2Fb",
    "/%2F",
    "/..%2Fa",
    "/a%2f..%2fb",
    "/a\\b",
    "/..\\..\\a",
    "/a%5Cb",
    "/%5C%5Cserver",
    "/%5c..%5c..",
    "/a%00",
    "/%00",
    "/a%00.html",
    "/a%0Ab",
    "/%0D%0A",
    "/%1F",
    "/%7F",
    "/%C2%80",
    "/a:b",
    "/C:",
    "/C%3A/Windows",
    "/a.txt::$DATA",
    "/a%3a%3a$DATA",
    "/.git",
    "/.git/config",
    "/%2Egit",
    "/a/.env",
    "/..a",
    "/.well-known/x",
  ])("%s is not found", (path) => {
    expect(read(path)).toBe(404);
  });

  test.each(["", "*", "a"])("%j is outside", (path) => {
    expect(read(path)).toBe("outside");
  });

  test("dot files, where they are served", () => {
    expect(read("/.well-known/a", "", true)).toEqual([".well-known", "a"]);
    expect(read("/...", "", true)).toEqual(["..."]);
    expect(read("/..", "", true)).toBe(400);
  });

  test("a prefix is taken off, and is a whole number of segments", () => {
    expect(read("/static/a", "/static")).toEqual(["a"]);
    expect(read("/static/", "/static")).toEqual(["/"]);
    expect(read("/static", "/static")).toEqual([]);
    expect(read("/staticx", "/static")).toBe("outside");
    expect(read("/static%2Fa", "/static")).toBe("outside");
    expect(read("/other/static/a", "/static")).toBe("outside");
    expect(read("/static//a", "/static")).toBe(404);
    expect(read("/static/../a", "/static")).toBe(400);
  });

  test("on Windows: devices, short names, and ends that are dropped", () => {
    for (const name of [
      "con",
      "NUL",
      "aux.txt",
      "COM1",
      "lpt9.html",
      "COM¹",
      "CONIN$",
      "a.",
      "a ",
      "GIT~1",
      "a~1.htm",
    ]) {
      expect([name, isServable(name, false, true)]).toEqual([name, false]);
      expect([name, isServable(name, false, false)]).toEqual([name, true]);
    }
    for (const name of ["console", "com10", "nullable.js", "a.b", "a~b"]) {
      expect([name, isServable(name, false, true)]).toEqual([name, true]);
    }
  });

  test("whatever it is, gives names that can't leave a folder", () => {
    const piece = fc.constantFrom(
      "/",
      ".",
      "..",
      "%2e",
      "%2F",
      "%5c",
      "\\",
      "%",
      "a",
      "%00",
      ":",
      "%C0%AE",
      "%25",
      "2e",
      "ä",
      "~",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 12 }),
        fc.boolean(),
        (pieces, dotfiles) => {
          const place = readFolderPath(`/${pieces.join("")}`, "", dotfiles);
          if ("refusal" in place) return;
          for (const name of place.names) {
            expect(name).not.toMatch(/^\.{0,2}$|[/\\:\p{Cc}]/u);
            if (!dotfiles) expect(name).not.toMatch(/^\./);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
