import { describe, expect, test } from "vitest";
import { weightedElements } from "../../src/semantics/weights.ts";

describe("weightedElements", () => {
  const read = (value: string) =>
    weightedElements(value).map(
      ({ name, parameters, weight }) =>
        `${[name, ...parameters.map((each) => `${each.name}=${each.value}`)].join(";")} ${weight}`,
    );

  test.each([
    ["", []],
    [",, ,", []],
    ["gzip", ["gzip 1"]],
    ["GZip;Q=0.5", ["gzip 0.5"]],
    ["a ;\tq=0.001 , b;q=0.999", ["a 0.001", "b 0.999"]],
    ["a;q=0,b;q=0.,c;q=0.0,d;q=0.000", ["a 0", "b 0", "c 0", "d 0"]],
    ["a;q=1,b;q=1.,c;q=1.0,d;q=1.000", ["a 1", "b 1", "c 1", "d 1"]],
    ["a;", ["a 1"]],
    ["a;;q=0.1;", ["a 0.1"]],
    // In any place among the parameters.
    ["text/html;q=0.5;level=1", ["text/html;level=1 0.5"]],
    ["text/html;level=1;q=0.5", ["text/html;level=1 0.5"]],
    ['a;b="c,d;q=0.1";q=0.2', ["a;b=c,d;q=0.1 0.2"]],
  ])("%j", (value, elements) => {
    expect(read(value)).toEqual(elements);
  });

  test.each([
    "a;q=",
    "a;q",
    "a;q=.5",
    "a;q=0.1234",
    "a;q=1.001",
    "a;q=1.0000",
    "a;q=2",
    "a;q=10",
    "a;q=00",
    "a;q=-1",
    "a;q=+1",
    "a;q=1e0",
    "a;q=0x1",
    "a;q=NaN",
    "a;q= 0.5",
    "a;q =0.5",
    'a;q="0.5"',
    "a;q=0.5;q=0.5",
    "a;q=0.5 x",
    "a;b",
    ";q=0.5",
    'a;b="c',
  ])("passes over %j, and only over that", (element) => {
    expect(read(`x, y;q=0.3, ${element}`).slice(0, 2)).toEqual(["x 1", "y 0.3"]);
    expect(read(`x, ${element}`).filter((each) => each.startsWith("a"))).toEqual([]);
    if (!element.includes('"c')) expect(read(`${element}, x`).at(-1)).toBe("x 1");
  });

  test.each(["a;q=0.1,".repeat(2e5), `a${";".repeat(1e6)}`, '"'.repeat(1e6), `a${" ".repeat(1e6)};q=1`])(
    "in linear time",
    { timeout: 5000 },
    (value) => {
      weightedElements(value);
    },
  );
});
