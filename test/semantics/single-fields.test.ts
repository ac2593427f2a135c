import { expect, test } from "vitest";
import { sortedFields } from "../../src/semantics/framing-fields.ts";
import { refuseRepeated, singleBit } from "../../src/semantics/single-fields.ts";
import { checkedTrailers } from "../../src/semantics/trailers.ts";

const REPEATED = expect.objectContaining({ code: "ERR_SLUICE_REPEATED_FIELD" });

const NAMES =
  "content-type content-range content-location content-md5 etag last-modified expires date age location retry-after authorization proxy-authorization from host max-forwards range referer user-agent if-modified-since if-unmodified-since if-range".split(
    " ",
  );

test("each field that has one value has a bit of its own", () => {
  const bits = NAMES.map(singleBit);
  expect(bits.every((bit) => bit > 0)).toBe(true);
  expect(new Set(bits).size).toBe(NAMES.length);
});

test.each(["vary", "set-cookie", "content-language", "link", "x-own", "toString", "__proto__", ""])(
  "%j may be there many times",
  (name) => expect(singleBit(name)).toBe(0),
);

test.each(NAMES)("%s is refused twice, in whatever case", (name) => {
  expect(sortedFields([[name, "1"]]).kept).toEqual([[name, "1"]]);
  expect(() =>
    sortedFields([
      [name.toUpperCase(), "1"],
      ["x-between", "1"],
      [name, "1"],
    ]),
  ).toThrow(REPEATED);
});

test.each(NAMES)("%s is refused twice where it has a place of its own", (name) => {
  expect(() => sortedFields({ [name]: ["1", "2"] }, () => true)).toThrow(REPEATED);
});

test("they are found in any fields", () => {
  const pairs: [string, string][] = [
    ["ETag", "1"],
    ["x-own", "1"],
    ["X-Own", "2"],
  ];
  expect(() => refuseRepeated(pairs)).not.toThrow();
  expect(() => refuseRepeated([...pairs, ["etag", "1"]])).toThrow(REPEATED);
});

test("so it is in trailers", () => {
  expect(() => checkedTrailers({ etag: ["1", "2"] })).toThrow(REPEATED);
  expect(checkedTrailers({ etag: "1", "x-sum": ["1", "2"] }).size).toBe(3);
});
