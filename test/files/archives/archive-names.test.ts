import { describe, expect, test } from "vitest";
import { ArchiveNames, linkTarget } from "../../../src/files/archives/archive-names.ts";

const take = (...names: string[]): string[] => {
  const list = new ArchiveNames();
  return names.map((name) => list.take(name, name.endsWith("/")).toString());
};

describe("names that are refused", () => {
  test.each([
    ["nothing", ""],
    ["a slash alone", "/"],
    ["an absolute path", "/etc/passwd"],
    ["a drive", "C:file"],
    ["a drive with a path", "c:/file"],
    ["two dots", ".."],
    ["two dots in front", "../file"],
    ["two dots inside", "a/../../file"],
    ["two dots at the end", "a/.."],
    ["two dots and a slash", "a/../"],
    ["one dot", "./a"],
    ["an empty segment", "a//b"],
    ["two slashes at the end", "a//"],
    ["a backslash", "a\\b"],
    ["two dots for Windows", "..\\a"],
    ["NUL", "a\0b"],
    ["a line feed", "a\nb"],
    ["DEL", "a\x7f"],
    ["a C1 control", "a\x85"],
    ["half a surrogate pair", "a\ud800"],
    ["too many octets", "a".repeat(65_536)],
    ["too many octets of UTF-8", "ü".repeat(32_768)],
    ["too many octets with its slash", `${"a".repeat(65_535)}/`],
  ])("%s", (_, name) => {
    expect(() => take(name)).toThrow(
      expect.objectContaining({ name: "UsageError", code: "ERR_SLUICE_ARCHIVE_NAME" }),
    );
  });

  test("the message shows it", () => {
    expect(() => take("../etc/passwd")).toThrow('found "../etc/passwd"');
  });
});

test.each([
  "a",
  "a/b/c",
  "...",
  "..a",
  "a..",
  "ü/🌊",
  "a b",
  "ab:c",
  "CC:",
  "a".repeat(65_535),
  "ü".repeat(32_767),
  "a/",
])("%.20s is taken as it is", (name) => {
  expect(take(name)).toEqual([name]);
});

test("a directory gets its slash", () => {
  expect(new ArchiveNames().take("a", true).toString()).toBe("a/");
});

describe("names that clash", () => {
  test.each([
    ["the same", ["a", "a"]],
    ["a file and a directory", ["a", "a/"]],
    ["a directory twice", ["a/", "a/"]],
    ["the same letters, composed and not", ["\u00fc", "u\u0308"]],
    ["a file beneath a file", ["a", "a/b"]],
    ["a file far beneath a file", ["a", "a/b/c/d"]],
    ["a file in the place of a folder", ["a/b", "a"]],
    ["a file in the place of a folder further up", ["a/b/c", "a"]],
  ])("%s", (_, names) => {
    expect(() => take(...names)).toThrow(expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_DUPLICATE" }));
  });

  test.each([
    ["a folder behind what is in it", ["a/b", "a/"]],
    ["a folder before what is in it", ["a/", "a/b/", "a/b/c", "a/d"]],
    ["another case", ["a", "A"]],
    ["a common beginning", ["a", "ab", "a.b", "b/a"]],
  ])("but not %s", (_, names) => {
    expect(take(...names)).toEqual(names);
  });
});

describe("the target of a link", () => {
  test.each([
    ["a", "b"],
    ["a", "b/c"],
    ["a/b", "../c"],
    ["a/b/c", "../../d"],
    ["a", "./b"],
    ["a/b", "./../c"],
  ])("%s -> %s stays inside", (name, target) => {
    expect(linkTarget(name, target).toString()).toBe(target);
  });

  test.each([
    ["a", ""],
    ["a", "/etc"],
    ["a", "../b"],
    ["a/b", "../../c"],
    ["a/b", "c/../../.."],
    // Each .. behind the name of another link would lead to the parent of wherever that leads.
    ["q", "a/b/.."],
    ["a", "b//c"],
    ["a", "b\\c"],
    ["a", "C:b"],
    ["a", "b\0"],
  ])("%s -> %s is refused", (name, target) => {
    expect(() => linkTarget(name, target)).toThrow(
      expect.objectContaining({ code: "ERR_SLUICE_ARCHIVE_NAME" }),
    );
  });
});

test("70,000 deep names take no more time than they have segments", () => {
  const names = new ArchiveNames();
  const folder = "d/".repeat(1000);
  const begin = performance.now();
  for (let index = 0; index < 70_000; index++) names.take(`a/b/c/${index}`, false);
  for (let index = 0; index < 1000; index++) names.take(`${folder}${index}`, false);
  expect(performance.now() - begin).toBeLessThan(3000);
});
