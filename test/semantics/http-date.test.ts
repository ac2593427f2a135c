import * as fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { formatHttpDate, parseHttpDate } from "../../src/semantics/http-date.ts";

const FIRST = Date.parse("0000-01-01T00:00:00.000Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");

afterEach(() => {
  vi.useRealTimers();
});

describe("formatHttpDate", () => {
  test.each([
    [784111777000, "Sun, 06 Nov 1994 08:49:37 GMT"],
    [784111777999, "Sun, 06 Nov 1994 08:49:37 GMT"],
    [0, "Thu, 01 Jan 1970 00:00:00 GMT"],
    // Down, not towards zero.
    [-1, "Wed, 31 Dec 1969 23:59:59 GMT"],
    [FIRST, "Sat, 01 Jan 0000 00:00:00 GMT"],
    [LAST, "Fri, 31 Dec 9999 23:59:59 GMT"],
  ])("%j", (milliseconds, text) => {
    expect(formatHttpDate(milliseconds)).toBe(text);
  });

  test.each([FIRST - 1, LAST + 1, NaN, Infinity, -Infinity])("refuses %j", (milliseconds) => {
    expect(() => formatHttpDate(milliseconds)).toThrow(UsageError);
    expect(() => formatHttpDate(milliseconds)).toThrow(expect.objectContaining({ code: "ERR_SLUICE_DATE" }));
  });
});

describe("parseHttpDate", () => {
  const NOON = Date.parse("1994-11-06T08:49:37Z");

  test.each([
    // The three of RFC 9110 section 5.6.7.
    ["Sun, 06 Nov 1994 08:49:37 GMT", NOON],
    ["Sunday, 06-Nov-94 08:49:37 GMT", NOON],
    ["Sun Nov  6 08:49:37 1994", NOON],
    ["Sun Nov 06 08:49:37 1994", NOON],
    // The name of the day adds nothing.
    ["Mon, 06 Nov 1994 08:49:37 GMT", NOON],
    ["Tue, 29 Feb 2000 23:59:59 GMT", Date.parse("2000-02-29T23:59:59Z")],
    // Leap seconds.
    ["Sat, 31 Dec 2016 23:59:60 GMT", Date.parse("2017-01-01T00:00:00Z")],
    // Not 1999.
    ["Sat, 01 Jan 0099 00:00:00 GMT", Date.parse("0099-01-01T00:00:00Z")],
    ["Sat, 01 Jan 0000 00:00:00 GMT", FIRST],
    ["Fri, 31 Dec 9999 23:59:59 GMT", LAST - 999],
  ])("%j", (text, time) => {
    expect(parseHttpDate(text)).toBe(time);
  });

  test.each([
    "",
    "0",
    "784111777",
    "1994-11-06T08:49:37Z",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 08:49:37 gmt",
    "sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 NOV 1994 08:49:37 GMT",
    "Son, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 06 Nov 01994 08:49:37 GMT",
    "Sun 06 Nov 1994 08:49:37 GMT",
    "Sun,06 Nov 1994 08:49:37 GMT",
    "Sun, 06  Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, 06 Nov 1994 08:49:37.0 GMT",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    "Sun, 06 Nov 1994 08:49:37 GMT\n",
    "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT; length=1",
    // Dates and times that there are not.
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Sun, 32 Dec 1994 08:49:37 GMT",
    "Sun, 29 Feb 1900 08:49:37 GMT",
    "Sun, 30 Feb 2000 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    // The year 10000.
    "Fri, 31 Dec 9999 23:59:60 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06 Nov 94 08:49:37 GMT",
    "Sunday, 31-Feb-94 08:49:37 GMT",
    "Sun Nov 6 08:49:37 1994",
    "Sun Nov  06 08:49:37 1994",
    "Sun Nov  6 08:49:37 94",
    "Sun Nov  6 08:49:37 1994 GMT",
    "Sun, Nov  6 08:49:37 1994",
    "Sun Nov  0 08:49:37 1994",
    "\u0661un, 06 Nov 1994 08:49:37 GMT",
    "Sun, \u0660\u0666 Nov 1994 08:49:37 GMT",
  ])("is not %j", (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });

  test.each([
    // Fifty years from now to the second, and one second more.
    ["Sunday, 22-Nov-76 04:05:06 GMT", "2076-11-22T04:05:06Z"],
    ["Sunday, 22-Nov-76 04:05:07 GMT", "1976-11-22T04:05:07Z"],
    ["Sunday, 22-Nov-75 04:05:07 GMT", "2075-11-22T04:05:07Z"],
    ["Sunday, 22-Nov-99 04:05:07 GMT", "1999-11-22T04:05:07Z"],
    ["Sunday, 22-Nov-00 04:05:07 GMT", "2000-11-22T04:05:07Z"],
    ["Sunday, 29-Feb-00 04:05:07 GMT", "2000-02-29T04:05:07Z"],
  ])("reads two digits of a year within fifty years from now: %j", (text, time) => {
    vi.useFakeTimers({ now: Date.parse("2026-11-22T04:05:06Z") });
    expect(parseHttpDate(text)).toBe(Date.parse(time));
  });

  test("takes back what formatHttpDate says, in each of the forms", () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-22T04:05:06Z") });
    const long = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    fc.assert(
      fc.property(fc.integer({ min: FIRST, max: LAST }), (time) => {
        const second = Math.floor(time / 1000) * 1000;
        const text = formatHttpDate(time);
        expect(parseHttpDate(text)).toBe(second);
        const [name, day, month, year, clock] = text.replace(",", "").split(" ");
        const padded = day.replace(/^0/, " ");
        expect(parseHttpDate(`${name} ${month} ${padded} ${clock} ${year}`)).toBe(second);
        const near = time >= Date.parse("1977-01-01") && time < Date.parse("2076-01-01");
        const weekday = long.find((each) => each.startsWith(name));
        if (near)
          expect(parseHttpDate(`${weekday}, ${day}-${month}-${year.slice(2)} ${clock} GMT`)).toBe(second);
      }),
    );
  });

  test("returns undefined or a time that can be said, whatever the text", () => {
    const words = fc.constantFrom(
      ..."Sun Sunday , 06 31 00 99 Nov Feb 1994 9999 08:49:37 23:59:60 GMT -".split(" "),
      " ",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
        const time = parseHttpDate(parts.join(""));
        if (time !== undefined) formatHttpDate(time);
      }),
    );
  });
});
