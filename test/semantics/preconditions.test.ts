import { describe, expect, test } from "vitest";
import { Fields } from "../../src/semantics/fields.ts";
import { formatHttpDate } from "../../src/semantics/http-date.ts";
import { evaluatePreconditions, ifRangeHolds, type Validators } from "../../src/semantics/preconditions.ts";

const CHANGED = Date.parse("2026-05-01T10:00:00Z");
const SAME = formatHttpDate(CHANGED);
const EARLIER = formatHttpDate(CHANGED - 1000);
const LATER = formatHttpDate(CHANGED + 1000);
const BOTH: Validators = { etag: '"a"', lastModified: CHANGED };
const WEAK: Validators = { etag: 'W/"a"', lastModified: CHANGED };

type Case = [
  method: string,
  headers: Record<string, string | string[]>,
  current: Validators | undefined,
  304 | 412 | undefined,
];

const INVALID_DATES = [
  "",
  "0",
  "now",
  "2026-05-01T10:00:00Z",
  `${SAME}, ${SAME}`,
  SAME.replace("GMT", "UTC"),
  SAME.toLowerCase(),
];

describe("evaluatePreconditions", () => {
  const cases: Record<string, Case[]> = {
    "If-Match": [
      ["PUT", { "if-match": '"a"' }, BOTH, undefined],
      ["PUT", { "if-match": '"x", "a"' }, BOTH, undefined],
      ["PUT", { "if-match": ['"x"', '"a"'] }, BOTH, undefined],
      ["PUT", { "if-match": '"x"' }, BOTH, 412],
      ["PUT", { "if-match": 'W/"a"' }, BOTH, 412],
      // Strong comparison: neither may be weak.
      ["PUT", { "if-match": '"a"' }, WEAK, 412],
      ["PUT", { "if-match": 'W/"a"' }, WEAK, 412],
      ["PUT", { "if-match": "*" }, BOTH, undefined],
      ["PUT", { "if-match": "*" }, {}, undefined],
      ["PUT", { "if-match": "*" }, undefined, 412],
      ["PUT", { "if-match": '"a"' }, undefined, 412],
      ["PUT", { "if-match": '"a"' }, {}, 412],
      ["GET", { "if-match": '"x"' }, BOTH, 412],
      ["PUT", { "if-match": "" }, BOTH, 412],
      ["PUT", { "if-match": "a" }, BOTH, 412],
      ["PUT", { "if-match": '"a", b' }, BOTH, 412],
      ["PUT", { "if-match": '*, "a"' }, BOTH, 412],
      ["PUT", { "if-match": ["*", '"a"'] }, BOTH, 412],
    ],
    "If-None-Match": [
      ["GET", { "if-none-match": '"a"' }, BOTH, 304],
      ["HEAD", { "if-none-match": '"a"' }, BOTH, 304],
      ["GET", { "if-none-match": 'W/"a"' }, BOTH, 304],
      ["GET", { "if-none-match": '"a"' }, WEAK, 304],
      ["GET", { "if-none-match": '"x", "a"' }, BOTH, 304],
      ["GET", { "if-none-match": '"x"' }, BOTH, undefined],
      ["GET", { "if-none-match": "*" }, BOTH, 304],
      ["GET", { "if-none-match": "*" }, {}, 304],
      ["GET", { "if-none-match": "*" }, undefined, undefined],
      ["GET", { "if-none-match": '"a"' }, undefined, undefined],
      ["GET", { "if-none-match": '"a"' }, {}, undefined],
      ["PUT", { "if-none-match": '"a"' }, BOTH, 412],
      ["PUT", { "if-none-match": "*" }, BOTH, 412],
      ["PUT", { "if-none-match": "*" }, undefined, undefined],
      ["POST", { "if-none-match": "*" }, BOTH, 412],
      ["QUERY", { "if-none-match": "*" }, BOTH, 412],
      // Methods are case-sensitive.
      ["get", { "if-none-match": "*" }, BOTH, 412],
      ["GET", { "if-none-match": "" }, BOTH, undefined],
      ["GET", { "if-none-match": "a" }, BOTH, undefined],
      ["GET", { "if-none-match": '"a" "b"' }, BOTH, undefined],
      ["GET", { "if-none-match": '"a' }, BOTH, undefined],
    ],
    "If-Modified-Since": [
      ["GET", { "if-modified-since": SAME }, BOTH, 304],
      ["HEAD", { "if-modified-since": SAME }, BOTH, 304],
      ["GET", { "if-modified-since": LATER }, BOTH, 304],
      ["GET", { "if-modified-since": EARLIER }, BOTH, undefined],
      // A date knows no fractions of a second.
      ["GET", { "if-modified-since": SAME }, { lastModified: CHANGED + 999 }, 304],
      ["GET", { "if-modified-since": SAME }, { lastModified: CHANGED + 1000 }, undefined],
      ["GET", { "if-modified-since": SAME }, {}, undefined],
      ["GET", { "if-modified-since": SAME }, { etag: '"a"' }, undefined],
      ["GET", { "if-modified-since": SAME }, undefined, undefined],
      ["POST", { "if-modified-since": SAME }, BOTH, undefined],
      ["PUT", { "if-modified-since": SAME }, BOTH, undefined],
      ["GET", { "if-modified-since": [SAME, SAME] }, BOTH, undefined],
      // Two lines that together look like one date.
      ["GET", { "if-modified-since": SAME.split(", ") }, BOTH, undefined],
      ...INVALID_DATES.map((date): Case => ["GET", { "if-modified-since": date }, BOTH, undefined]),
    ],
    "If-Unmodified-Since": [
      ["PUT", { "if-unmodified-since": SAME }, BOTH, undefined],
      ["PUT", { "if-unmodified-since": LATER }, BOTH, undefined],
      ["PUT", { "if-unmodified-since": EARLIER }, BOTH, 412],
      ["GET", { "if-unmodified-since": EARLIER }, BOTH, 412],
      ["PUT", { "if-unmodified-since": SAME }, { lastModified: CHANGED + 999 }, undefined],
      ["PUT", { "if-unmodified-since": SAME }, { lastModified: CHANGED + 1000 }, 412],
      ["PUT", { "if-unmodified-since": EARLIER }, { etag: '"a"' }, undefined],
      ["PUT", { "if-unmodified-since": EARLIER }, undefined, undefined],
      ["PUT", { "if-unmodified-since": [EARLIER, EARLIER] }, BOTH, undefined],
      ["PUT", { "if-unmodified-since": EARLIER.split(", ") }, BOTH, undefined],
      ...INVALID_DATES.map((date): Case => ["PUT", { "if-unmodified-since": date }, BOTH, undefined]),
    ],
    "several, in the order of section 13.2.2": [
      ["GET", {}, BOTH, undefined],
      ["GET", {}, undefined, undefined],
      // If-Match hides If-Unmodified-Since, both ways.
      ["PUT", { "if-match": '"a"', "if-unmodified-since": EARLIER }, BOTH, undefined],
      ["PUT", { "if-match": '"x"', "if-unmodified-since": SAME }, BOTH, 412],
      // If-None-Match hides If-Modified-Since, both ways, and also where it can't be read.
      ["GET", { "if-none-match": '"x"', "if-modified-since": SAME }, BOTH, undefined],
      ["GET", { "if-none-match": "x", "if-modified-since": SAME }, BOTH, undefined],
      ["GET", { "if-none-match": '"a"', "if-modified-since": EARLIER }, BOTH, 304],
      // The first two come before the other two.
      ["GET", { "if-match": '"x"', "if-none-match": '"a"' }, BOTH, 412],
      ["GET", { "if-match": '"a"', "if-none-match": '"a"' }, BOTH, 304],
      ["GET", { "if-unmodified-since": EARLIER, "if-none-match": '"a"' }, BOTH, 412],
      ["GET", { "if-unmodified-since": SAME, "if-none-match": '"a"' }, BOTH, 304],
      ["GET", { "if-unmodified-since": SAME, "if-modified-since": SAME }, BOTH, 304],
      ["GET", { "if-match": '"a"', "if-modified-since": SAME }, BOTH, 304],
      ["PUT", { "if-match": '"a"', "if-none-match": '"a"' }, BOTH, 412],
    ],
    "methods that select nothing": ["OPTIONS", "CONNECT", "TRACE"].map((method): Case => [
      method,
      { "if-match": '"x"', "if-none-match": "*", "if-unmodified-since": EARLIER },
      BOTH,
      undefined,
    ]),
  };

  describe.each(Object.entries(cases))("%s", (_fields, rows) => {
    test.each(rows)("%s %j of %j: %j", (method, headers, current, status) => {
      expect(evaluatePreconditions(method, Fields.from(headers), current)).toBe(status);
    });
  });
});

describe("ifRangeHolds", () => {
  const NOW = CHANGED + 1000;

  const cases: [string | string[] | undefined, Validators, boolean, number?][] = [
    [undefined, BOTH, true],
    [undefined, {}, true],
    ['"a"', BOTH, true],
    ['"b"', BOTH, false],
    ['W/"a"', BOTH, false],
    ['"a"', WEAK, false],
    ['W/"a"', WEAK, false],
    ['"a"', { lastModified: CHANGED }, false],
    ['"a"', {}, false],
    [['"a"', '"a"'], BOTH, false],
    ['"a", "a"', BOTH, false],
    ["*", BOTH, false],
    ["", BOTH, false],
    ["a", BOTH, false],
    ['"a', BOTH, false],
    [SAME, BOTH, true],
    // Exactly, not "no earlier than".
    [LATER, BOTH, false],
    [EARLIER, BOTH, false],
    [SAME, { lastModified: CHANGED + 999 }, true],
    [SAME, { lastModified: CHANGED - 1 }, false],
    [SAME, { etag: '"a"' }, false],
    // In the second of the change another one may follow.
    [SAME, BOTH, false, CHANGED],
    [SAME, BOTH, false, CHANGED + 999],
    [SAME, BOTH, true, CHANGED + 1000],
    // A file from the future.
    [SAME, BOTH, false, CHANGED - 5000],
    // A tag has no clock.
    ['"a"', BOTH, true, CHANGED],
    [SAME.split(", "), BOTH, false],
    ...INVALID_DATES.map((date): [string, Validators, boolean] => [date, BOTH, false]),
  ];
  test.each(cases)("%j of %j: %j (at %j)", (value, current, holds, now = NOW) => {
    const headers = Fields.from(value === undefined ? {} : { "If-Range": value });
    expect(ifRangeHolds(headers, current, now)).toBe(holds);
  });

  test("takes the clock's time by default", () => {
    const at = (lastModified: number) =>
      ifRangeHolds(Fields.from({ "if-range": formatHttpDate(lastModified) }), { lastModified });
    expect(at(Date.now() - 2000)).toBe(true);
    expect(at(Date.now() + 60_000)).toBe(false);
  });
});
