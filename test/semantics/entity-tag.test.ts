import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  codedEntityTag,
  isEntityTag,
  parseEntityTagList,
  strongMatch,
  weakMatch,
} from "../../src/semantics/entity-tag.ts";

describe("isEntityTag", () => {
  test.each(['""', '"a"', 'W/"a"', 'W/""', '"a,b"', '"a\\"', '"\x80\xff"', '"!#~"', '"\'"'])("%j", (text) => {
    expect(isEntityTag(text)).toBe(true);
  });

  test.each([
    "",
    "a",
    '"',
    '"a',
    'a"',
    '"a"b',
    'w/"a"',
    'W"a"',
    "W/a",
    'W/ "a"',
    ' "a"',
    '"a" ',
    '"a b"',
    '"a\t"',
    '"\x7f"',
    '"\u0100"',
    '"a""',
    '"a"\n',
    '"a", "b"',
    "*",
  ])("not %j", (text) => {
    expect(isEntityTag(text)).toBe(false);
  });
});

// The table of RFC 9110 section 8.8.3.2.
test.each([
  ['W/"1"', 'W/"1"', false, true],
  ['W/"1"', 'W/"2"', false, false],
  ['W/"1"', '"1"', false, true],
  ['"1"', '"1"', true, true],
  ['"1"', '"2"', false, false],
  ['"W/1"', '"1"', false, false],
])("%j and %j: strong %j, weak %j", (a, b, strong, weak) => {
  expect([strongMatch(a, b), strongMatch(b, a)]).toEqual([strong, strong]);
  expect([weakMatch(a, b), weakMatch(b, a)]).toEqual([weak, weak]);
});

describe("parseEntityTagList", () => {
  test.each([
    ["*", "*"],
    ["", []],
    [" , ,\t", []],
    ['"a"', ['"a"']],
    ['"a", W/"b"', ['"a"', 'W/"b"']],
    ['"a","b"', ['"a"', '"b"']],
    [',, "a" ,\t, "b",', ['"a"', '"b"']],
    ['"a,b", "c,"', ['"a,b"', '"c,"']],
    ['"\\", "a"', ['"\\"', '"a"']],
    ['""', ['""']],
    ['"*"', ['"*"']],
  ])("%j", (value, list) => {
    expect(parseEntityTagList(value)).toEqual(list);
  });

  test.each([
    "a",
    '"a" "b"',
    '"a", b',
    '"a',
    '"a", "b',
    '*, "a"',
    '"a", *',
    "**",
    'w/"a"',
    '"a"b',
    '"a" , W/',
    ";",
  ])("not %j", (value) => {
    expect(parseEntityTagList(value)).toBeUndefined();
  });

  test("finds every tag that was put in", () => {
    const etag = fc
      .tuple(
        fc.constantFrom("", "W/"),
        fc.string({ unit: fc.constantFrom(..."a,\\!~\xff".split("")), maxLength: 5 }),
      )
      .map(([weak, opaque]) => `${weak}"${opaque}"`);
    const comma = fc.constantFrom(",", ", ", " ,", ",\t,, ");
    fc.assert(
      fc.property(fc.array(etag), comma, (tags, between) => {
        expect(tags.every(isEntityTag)).toBe(true);
        expect(parseEntityTagList(tags.join(between))).toEqual(tags);
      }),
    );
  });

  test.each([",".repeat(1e6), '"a",'.repeat(2e5), `"${"a".repeat(1e6)}`, `"a"${" ".repeat(1e6)}x`])(
    "is read in linear time",
    { timeout: 5000 },
    (value) => {
      parseEntityTagList(value);
    },
  );
});

test.each([
  ['"abc"', '"abc-gzip"'],
  ['W/"abc"', 'W/"abc-gzip"'],
  ['""', '"-gzip"'],
])("codedEntityTag(%j)", (etag, coded) => {
  expect(codedEntityTag(etag, "gzip")).toBe(coded);
  expect(isEntityTag(coded)).toBe(true);
});
