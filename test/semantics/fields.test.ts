import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { Fields } from "../../src/semantics/fields.ts";

const invalid = expect.objectContaining({ constructor: UsageError, code: "ERR_SLUICE_INVALID_FIELD" });
const thrownBy = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("Fields.from", () => {
  test("pairs, in order and in their spelling", () => {
    expect([
      ...Fields.from([
        ["B", "1"],
        ["a", "2"],
        ["b", "3"],
      ]),
    ]).toEqual([
      ["B", "1"],
      ["a", "2"],
      ["b", "3"],
    ]);
  });

  test("an object, with numbers and lists", () => {
    expect([...Fields.from({ A: "1", B: 2, C: ["3", "4"], D: [] })]).toEqual([
      ["A", "1"],
      ["B", "2"],
      ["C", "3"],
      ["C", "4"],
    ]);
  });

  test("web headers, a Map, other fields", () => {
    expect([...Fields.from(new Headers({ A: "1" }))]).toEqual([["a", "1"]]);
    expect([...Fields.from(new Map([["A", "1"]]))]).toEqual([["A", "1"]]);
    expect([...Fields.from(Fields.from({ A: "1" }))]).toEqual([["A", "1"]]);
  });

  test("an own field called like what every object has", () => {
    const fields = Fields.from(
      JSON.parse('{"__proto__": "1", "constructor": "2"}') as Record<string, string>,
    );
    expect(fields.get("__proto__")).toBe("1");
    expect(fields.get("constructor")).toBe("2");
    expect(fields.get("toString")).toBeUndefined();
    expect(JSON.stringify(fields)).toBe('{"__proto__":"1","constructor":"2"}');
  });

  test("becomes web headers", () => {
    expect([...new Headers([...Fields.from({ B: "1", A: ["2", "3"] })])]).toEqual([
      ["a", "2, 3"],
      ["b", "1"],
    ]);
  });
});

describe("names and values that may not stand on the wire", () => {
  const names = ["", " ", "a b", "a:", "a\r", "a\n", "\0", "é", "\u010a", "\u212a", "(", "a\x7f"];
  const values = ["\r", "\n", "a\r\nb: c", "\0", "\x7f", "\x1f", "\u010a", "\u0100", "\ud800", "\u2028"];
  const make = {
    append: (fields: Fields) => fields.append.bind(fields),
    set: (fields: Fields) => fields.set.bind(fields),
  };

  test.each(Object.entries(make))("%s refuses them, and nothing has changed", (_name, method) => {
    const fields = Fields.from({ a: "1" });
    for (const name of names)
      expect(
        thrownBy(() => method(fields)(name, "x")),
        JSON.stringify(name),
      ).toEqual(invalid);
    for (const value of values)
      expect(
        thrownBy(() => method(fields)("a", value)),
        JSON.stringify(value),
      ).toEqual(invalid);
    expect([...fields]).toEqual([["a", "1"]]);
  });

  test("what may", () => {
    for (const value of ["", "\t", " ", "a b", "\x80\xff", "ÿ"])
      expect(new Fields().append("a", value).get("A")).toBe(value);
  });
});

describe("a section from the wire", () => {
  test("is split when it is asked for, its white space taken away", () => {
    const fields = Fields.fromSection("A: 1\r\nb:\t 2 \t\r\nC:\r\nA:x: y\r\n");
    expect(fields.size).toBe(4);
    expect([...fields]).toEqual([
      ["A", "1"],
      ["b", "2"],
      ["C", ""],
      ["A", "x: y"],
    ]);
  });

  test.each<[string, (fields: Fields) => unknown, unknown]>([
    ["get", (fields) => fields.get("b"), "2"],
    ["getAll", (fields) => fields.getAll("a"), ["1", "3"]],
    ["has", (fields) => fields.has("B"), true],
    ["size", (fields) => fields.size, 3],
    ["append", (fields) => [...fields.append("c", "4")].length, 4],
    ["set", (fields) => fields.set("A", "5").getAll("a"), ["5"]],
    ["delete", (fields) => [fields.delete("a"), fields.size], [true, 1]],
    ["toJSON", (fields) => ({ ...fields.toJSON() }), { a: "1, 3", b: "2" }],
    ["iterate", (fields) => [...fields].length, 3],
  ])("%s is the first call", (_name, call, expected) => {
    expect(call(Fields.fromSection("A: 1\r\nB: 2\r\nA: 3\r\n"))).toEqual(expected);
  });

  test("an empty one", () => {
    expect(Fields.fromSection("").size).toBe(0);
  });
});

test("lines of one name are joined, Set-Cookie's stay apart for who asks", () => {
  const fields = Fields.from([
    ["Set-Cookie", "a=1"],
    ["set-cookie", "b=2"],
  ]);
  expect(fields.getAll("SET-COOKIE")).toEqual(["a=1", "b=2"]);
  expect(fields.get("set-cookie")).toBe("a=1, b=2");
});

test("delete says whether there was anything", () => {
  const fields = Fields.from([
    ["a", "1"],
    ["b", "2"],
    ["A", "3"],
  ]);
  expect(fields.delete("A")).toBe(true);
  expect(fields.delete("A")).toBe(false);
  expect([...fields]).toEqual([["b", "2"]]);
});
