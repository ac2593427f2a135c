import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileNameOf, proposedName, safeName } from "../../src/cli/get/file-name.ts";
import { contentDisposition } from "../../src/semantics/content-disposition.ts";

const named = (url: string, disposition?: string): string | undefined =>
  fileNameOf(new URL(url), disposition);

describe("from the URL", () => {
  test.each([
    ["http://a/file.bin", "file.bin"],
    ["http://a/dir/file.bin?x=/y.z#f/g", "file.bin"],
    ["http://a/a%20b%C3%BC.txt", "a bü.txt"],
    ["http://a/%ff.txt", "%ff.txt"],
    ["http://a/..%2f..%2fetc%2fpasswd", "passwd"],
    ["http://a/..%5cevil.exe", "evil.exe"],
    ["http://a/.bashrc", "bashrc"],
    ["http://a/%2e%2e", undefined],
    ["http://a/...", undefined],
    ["http://a/", undefined],
    ["http://a", undefined],
    ["http://a/dir/", undefined],
    ["http://a/x%00y%1b[2J", "x_y_[2J"],
    ["http://a/con.txt", "_con.txt"],
    ["http://a/contact.txt", "contact.txt"],
    ["http://a/a:b*c", "a_b_c"],
  ])("%s", (url, name) => {
    expect(named(url)).toBe(name);
  });
});

describe("from Content-Disposition", () => {
  test.each([
    ['attachment; filename="report.csv"', "report.csv"],
    ["inline; filename=report.csv", "report.csv"],
    ["attachment; filename=\"a.txt\"; filename*=UTF-8''%e2%82%ac.txt", "€.txt"],
    ["attachment; filename*=iso-8859-1'en'%a3.txt", "£.txt"],
    // What can't be decoded leaves the other one.
    ["attachment; filename*=UTF-8''%ff; filename=b.txt", "b.txt"],
    ["attachment; filename*=koi8-r''x; filename=b.txt", "b.txt"],
    ['attachment; filename="\\"q\\".txt"', "_q_.txt"],
    ['attachment; filename="b\xc3\xbc.txt"', "bü.txt"],
    ['attachment; filename="b\xfc.txt"', "bü.txt"],
    ['attachment; filename="../../../etc/cron.d/x"', "x"],
    ['attachment; filename="C:\\\\Windows\\\\x.dll"', "x.dll"],
    ['attachment; filename=".ssh"', "ssh"],
    ['attachment; filename="\xe2\x80\xaegpj.exe"', "_gpj.exe"],
    // No name of its own: the URL's.
    ["attachment", "url.bin"],
    ["attachment; filename=a b.txt", "url.bin"],
    ['attachment; filename=".."', "url.bin"],
    ['attachment; filename="/"', "url.bin"],
    ['attachment; filename=""', "url.bin"],
    [";;;", "url.bin"],
  ])("%s", (disposition, name) => {
    expect(named("http://a/url.bin", disposition)).toBe(name);
  });

  test("what this package's own server proposes is understood", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "B", " ", "ü", "€", "語", "😀"),
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(text, (name) => {
        const safe = /^[. ]*$/.test(name) ? "download" : name;
        expect(proposedName(contentDisposition("attachment", name))).toBe(safe);
      }),
    );
  });
});

test("a name is one segment, not hidden, and short enough to put something behind it, whatever it is made of", () => {
  const unit = fc.constantFrom(
    "/",
    "\\",
    ".",
    " ",
    "~",
    "a",
    "ü",
    "\0",
    "\u202e",
    "\ud800",
    "😀",
    ":",
    "con",
  );
  const text = fc.string({ unit });
  fc.assert(
    fc.property(text, fc.nat(80), (part, times) => {
      const name = safeName(part.repeat(times));
      if (name === undefined) return;
      expect(name).not.toMatch(/[/\\\p{Cc}\p{Cs}]|^[. ]|^$/u);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
    }),
  );
});

test("the longest name, and one that is longer", () => {
  expect(safeName(`${"a".repeat(196)}.bin`)).toBe(`${"a".repeat(196)}.bin`);
  expect(safeName(`${"a".repeat(197)}.bin`)).toBe(`${"a".repeat(196)}.bin`);
  expect(safeName("ü".repeat(101))).toBe("ü".repeat(100));
  expect(safeName(`${"😀".repeat(60)}.tar.gz`)).toBe(`${"😀".repeat(49)}.gz`);
});
