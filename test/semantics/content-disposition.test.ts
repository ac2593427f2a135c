import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentDisposition } from "../../src/semantics/content-disposition.ts";
import { checkField } from "../../src/semantics/fields.ts";
import { parseParameters } from "../../src/semantics/parameters.ts";

/** What a reader makes of it: the two names. */
function read(value: string): { plain: string; name: string } {
  const parameters = parseParameters(value, value.indexOf(";"))!;
  const found = new Map(parameters.map((each) => [each.name, each.value]));
  const plain = found.get("filename")!;
  const extended = found.get("filename*");
  if (extended === undefined) return { plain, name: plain };
  // ext-value of RFC 8187, with attr-char alone outside the escapes.
  const octets = /^UTF-8''((?:[A-Za-z0-9!#$&+\-.^_`|~]|%[0-9A-F]{2})*)$/.exec(extended)![1];
  return { plain, name: decodeURIComponent(octets) };
}

describe("contentDisposition", () => {
  test.each([
    ["report.pdf", 'attachment; filename="report.pdf"'],
    ["my report (1).pdf", 'attachment; filename="my report (1).pdf"'],
    ["it's;a,b=c.txt", 'attachment; filename="it\'s;a,b=c.txt"'],
    // The example of RFC 6266 section 5.
    ["€ rates", "attachment; filename=\"_ rates\"; filename*=UTF-8''%E2%82%AC%20rates"],
    ["naïve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"],
    ["🎉.zip", "attachment; filename=\"_.zip\"; filename*=UTF-8''%F0%9F%8E%89.zip"],
    ['say "hi".txt', "attachment; filename=\"say _hi_.txt\"; filename*=UTF-8''say%20%22hi%22.txt"],
    ["50%41.txt", "attachment; filename=\"50_41.txt\"; filename*=UTF-8''50%2541.txt"],
    ["é'()*!.txt", "attachment; filename=\"_'()*!.txt\"; filename*=UTF-8''%C3%A9%27%28%29%2A!.txt"],
    // No paths.
    ["../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'],
    ["C:\\Windows\\x.dll", 'attachment; filename="C:_Windows_x.dll"'],
    ["a\\", 'attachment; filename="a_"'],
    // No control characters, of ASCII or of bidirectional text.
    ["a\r\nSet-Cookie: b=c", 'attachment; filename="a__Set-Cookie: b=c"'],
    ["a\0b\tc\x7fd\x85e", 'attachment; filename="a_b_c_d_e"'],
    ["a\u202egpj.exe", 'attachment; filename="a_gpj.exe"'],
    ["a\u2028b\ud800c\udc00", 'attachment; filename="a_b_c_"'],
    ["", 'attachment; filename="download"'],
    ["..", 'attachment; filename="download"'],
    [" . ", 'attachment; filename="download"'],
    [".profile", 'attachment; filename=".profile"'],
    ['"', "attachment; filename=\"_\"; filename*=UTF-8''%22"],
    [
      '"; filename="evil.exe',
      "attachment; filename=\"_; filename=_evil.exe\"; filename*=UTF-8''%22%3B%20filename%3D%22evil.exe",
    ],
    ["UTF-8''x", "attachment; filename=\"UTF-8''x\""],
  ])("%j", (filename, value) => {
    expect(contentDisposition("attachment", filename)).toBe(value);
    checkField("content-disposition", value);
  });

  test("to be shown", () => {
    expect(contentDisposition("inline", "a.html")).toBe('inline; filename="a.html"');
  });

  test("is valid whatever the name, and read as the name but for what is unsafe", () => {
    const hostile = fc.constantFrom(
      ...Array.from("\"\\/%';=*, \r\n\0\t\x7f\x80.()é€🎉"),
      "\ud83c",
      "\udf89",
      "\u202e",
      "%00",
      "..",
    );
    const filename = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.oneof(hostile, fc.constantFrom("a", "B", "9"))).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(filename, fc.constantFrom("inline" as const, "attachment" as const), (asked, kind) => {
        const value = contentDisposition(kind, asked);
        expect(value).toMatch(/^[\x20-\x7e]+$/);
        expect(value.startsWith(`${kind}; filename="`)).toBe(true);
        const { plain, name } = read(value);
        for (const each of [plain, name]) expect(each).not.toMatch(/[/\\\p{Cc}\p{Cs}\u202a-\u202e]|^[. ]*$/u);
        if (/^[\w .-]*[\w]$/.test(asked)) expect([plain, name]).toEqual([asked, asked]);
        if (!/[/\\\p{C}\u2028\u2029]|^[. ]*$/u.test(asked)) expect(name).toBe(asked);
      }),
      { numRuns: 1000 },
    );
  });
});
