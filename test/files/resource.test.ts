import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Representation } from "../../src/files/representation.ts";
import { resource } from "../../src/files/resource.ts";
import type { ReplyOptions } from "../../src/reply/reply.ts";
import { MultipartParser } from "../../src/formats/multipart-parser.ts";
import type { Pieces } from "../../src/reply/body.ts";
import { text } from "../../src/reply/reply.ts";
import { Fields } from "../../src/semantics/fields.ts";
import { noise, unpack } from "../content/codings-by-zlib.ts";
import { collected, CollectingSink } from "../reply/collecting-sink.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";

const SIZE = 10_000;
const DATA = noise(SIZE);
const TEXT = Buffer.from(DATA.toString("base64").slice(0, SIZE));
const LONG_AGO = Date.UTC(1994, 10, 6, 8, 49, 37);
const LONG_AGO_DATE = "Sun, 06 Nov 1994 08:49:37 GMT";

/** How often each representation was read, and closed. */
let opened: { reads: [number, number][]; closes: number }[] = [];

afterEach(() => {
  // Closed once, however it went.
  const closes = opened.map((each) => each.closes);
  const once = opened.map(() => 1);
  opened = [];
  expect(closes).toEqual(once);
});

function representation(
  more: Partial<Representation> = {},
  pieces?: (start: number, end: number) => Pieces,
): Representation {
  const log = { reads: [] as [number, number][], closes: 0 };
  opened.push(log);
  return {
    size: SIZE,
    type: "application/octet-stream",
    etag: '"x"',
    lastModified: LONG_AGO + 250,
    read(start, end) {
      log.reads.push([start, end]);
      return pieces?.(start, end) ?? [DATA.subarray(start, end)];
    },
    close() {
      log.closes++;
    },
    ...more,
  };
}

interface Asking {
  readonly method?: string;
  readonly more?: Partial<Representation>;
  readonly options?: ReplyOptions;
  readonly pieces?: (start: number, end: number) => Pieces;
}

async function ask(fields: Readonly<Record<string, string>>, how: Asking = {}): Promise<CollectingSink> {
  const { method = "GET", more, options, pieces } = how;
  const request = { method, headers: Fields.from(fields) };
  try {
    const reply = await resource(() => representation(more, pieces), options).respond(request);
    return await collected(reply, { method, fields });
  } catch (failure) {
    // What is small is read before there is a reply.
    const sink = new CollectingSink();
    sink.fail(failure);
    return sink;
  }
}

const range = (value: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  Range: value,
  ...more,
});

/** The parts of a multipart body, by our own parser. */
function partsOf(sink: CollectingSink): { fields: Record<string, string>; data: Buffer }[] {
  const boundary = /^multipart\/byteranges; ?boundary="?([^"]+)"?$/.exec(
    sink.headers.get("content-type")!,
  )![1];
  const parts: { fields: Record<string, string>; data: Buffer }[] = [];
  const parser = new MultipartParser(boundary, {
    partBegin: (headers) => void parts.push({ fields: Object.fromEntries(headers), data: Buffer.alloc(0) }),
    partData: (view) => void (parts.at(-1)!.data = Buffer.concat([parts.at(-1)!.data, view])),
  });
  parser.push(sink.body);
  parser.end();
  return parts;
}

describe("a single range", () => {
  test.each([
    ["bytes=0-0", 0, 1],
    ["bytes=0-99", 0, 100],
    ["bytes=9999-9999", 9999, SIZE],
    ["bytes=100-", 100, SIZE],
    ["bytes=0-", 0, SIZE],
    ["bytes=-1", SIZE - 1, SIZE],
    ["bytes=-10000", 0, SIZE],
    ["bytes=-99999", 0, SIZE],
    ["bytes=9990-99999999999999999999", 9990, SIZE],
    ["BYTES=5-6", 5, 7],
    ["bytes= 5-6", 5, 7],
    ["bytes=,5-6,", 5, 7],
    ["bytes=20000-, 5-6", 5, 7],
  ])("%s", async (value, start, end) => {
    const sink = await ask(range(value));
    expect([sink.status, sink.headers.get("content-range")]).toEqual([
      206,
      `bytes ${start}-${end - 1}/${SIZE}`,
    ]);
    expect([sink.headers.get("content-length"), sink.headers.get("accept-ranges")]).toEqual([
      String(end - start),
      "bytes",
    ]);
    expect([sink.headers.get("etag"), sink.headers.get("last-modified")]).toEqual(['"x"', LONG_AGO_DATE]);
    expect(sink.body.equals(DATA.subarray(start, end))).toBe(true);
    expect(opened[0].reads).toEqual([[start, end]]);
  });

  test("ten thousand at random are slices", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: SIZE * 2 }),
        fc.nat({ max: SIZE * 2 }),
        fc.nat({ max: 2 }),
        async (a, b, kind) => {
          const start = Math.min(a, b);
          const end = Math.max(a, b);
          const value = [`${start}-${end}`, `${start}-`, `-${start}`][kind];
          const sink = await ask(range(`bytes=${value}`));
          const slice =
            kind === 2
              ? DATA.subarray(Math.max(0, SIZE - start))
              : DATA.subarray(start, kind === 1 ? SIZE : end + 1);
          if (slice.length === 0) {
            if (sink.status !== 416 || sink.headers.get("content-range") !== `bytes */${SIZE}`)
              throw new Error(value);
          } else if (sink.status !== 206 || !sink.body.equals(slice)) throw new Error(value);
        },
      ),
      { numRuns: 10_000, endOnFailure: true },
    );
  }, 20_000);
});

describe("several ranges", () => {
  test.each<[string, [number, number][]]>([
    [
      "bytes=0-99, 500-599",
      [
        [0, 100],
        [500, 600],
      ],
    ],
    [
      "bytes=500-599,0-99",
      [
        [500, 600],
        [0, 100],
      ],
    ],
    [
      "bytes=0-99,-100",
      [
        [0, 100],
        [9900, SIZE],
      ],
    ],
    [
      "bytes=0-99,9000-,20000-",
      [
        [0, 100],
        [9000, SIZE],
      ],
    ],
    [
      "bytes=0-199, 100-299, 5000-5099",
      [
        [0, 300],
        [5000, 5100],
      ],
    ],
  ])("%s come in parts", async (value, expected) => {
    const sink = await ask(range(value), { more: { type: "text/x; a=b" } });
    expect(sink.status).toBe(206);
    expect(sink.headers.get("content-length")).toBe(String(sink.body.length));
    expect(sink.headers.has("content-range")).toBe(false);
    const parts = partsOf(sink);
    expect(parts.map(({ fields }) => fields)).toEqual(
      expected.map(([start, end]) => ({
        "Content-Type": "text/x; a=b",
        "Content-Range": `bytes ${start}-${end - 1}/${SIZE}`,
      })),
    );
    for (const [at, [start, end]] of expected.entries())
      expect(parts[at].data.equals(DATA.subarray(start, end))).toBe(true);
  });

  test.each<[string, number, number]>([
    ["bytes=0-99,100-199", 0, 200],
    ["bytes=0-99,150-199", 0, 200],
    ["bytes=100-199,0-99", 0, 200],
    ["bytes=0-99,0-99", 0, 100],
  ])("%s are merged to one", async (value, start, end) => {
    const sink = await ask(range(value));
    expect([sink.status, sink.headers.get("content-range")]).toEqual([
      206,
      `bytes ${start}-${end - 1}/${SIZE}`,
    ]);
    expect(sink.body.equals(DATA.subarray(start, end))).toBe(true);
  });

  const many = (count: number, step: number, length: number): string =>
    `bytes=${Array.from({ length: count }, (_, at) => `${at * step}-${at * step + length - 1}`).join()}`;

  test("sixteen are sent, seventeen are the whole", async () => {
    const sixteen = await ask(range(many(16, 300, 100)));
    expect([sixteen.status, partsOf(sixteen).length]).toEqual([206, 16]);
    const seventeen = await ask(range(many(17, 300, 100)));
    expect([seventeen.status, seventeen.body.equals(DATA)]).toEqual([200, true]);
  });

  test.each([
    ["sixty that overlap (starred: flood)", many(60, 0, 5000)],
    ["three that overlap", "bytes=0-500,100-600,200-700"],
    ["tiny ones", many(9, 200, 1)],
    ["a hundred thousand", many(100_000, 1, 1)],
  ])("%s are the whole", async (_name, value) => {
    const sink = await ask(range(value));
    expect([sink.status, sink.body.equals(DATA)]).toEqual([200, true]);
  });

  test.skipIf(lacks("python3"))("python's email reads the parts as well as we do", async () => {
    const sink = await ask(range("bytes=0-99,500-599"), {
      pieces: (start, end) => [TEXT.subarray(start, end)],
    });
    const script =
      "import sys,email,json;m=email.message_from_bytes(sys.stdin.buffer.read());" +
      "print(json.dumps([[p['content-range'],p.get_payload()] for p in m.get_payload()]))";
    const message = `Content-Type: ${sink.headers.get("content-type")}\r\n\r\n${sink.body.toString()}`;
    const outcome = await run(pathOf("python3"), ["-c", script], message);
    expect(JSON.parse(outcome.stdout)).toEqual([
      [`bytes 0-99/${SIZE}`, TEXT.subarray(0, 100).toString()],
      [`bytes 500-599/${SIZE}`, TEXT.subarray(500, 600).toString()],
    ]);
  });
});

describe("a Range that is ignored", () => {
  test.each([
    "lines=0-9",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=9-5",
    "bytes=5-6-7",
    "bytes 0-5",
    "bytes=0-5;a",
    "0-5",
    "bytes=0x1-5",
    "bytes=+1-5",
    "bytes=1.5-2",
    "bytes=0-5, x",
    "bytes=--5",
    "bytes=0 - 5",
    "bytes=,",
    "octets=0-5",
    "bytes=0-5 6-7",
    "bytes=\xb9-5",
    "none",
    "bytes==0-5",
    "bytes=*",
    "",
  ])("%j: unknown unit or against the grammar", async (value) => {
    const sink = await ask(range(value));
    expect([sink.status, sink.headers.has("content-range"), sink.body.equals(DATA)]).toEqual([
      200,
      false,
      true,
    ]);
  });

  test.each(["POST", "PUT", "DELETE"])("%s has no ranges", async (method) => {
    const sink = await ask(range("bytes=0-5"), { method });
    expect([sink.status, sink.body.equals(DATA)]).toEqual([200, true]);
  });

  test("HEAD has no ranges (starred: four of six answer 206)", async () => {
    for (const value of ["bytes=0-5", "bytes=99999-"]) {
      const sink = await ask(range(value), { method: "HEAD" });
      expect([sink.status, sink.headers.get("content-length"), sink.pieces]).toEqual([200, String(SIZE), []]);
      expect(sink.headers.get("accept-ranges")).toBe("bytes");
    }
    expect(opened.map(({ reads }) => reads)).toEqual([[], []]);
  });

  test.each<[string, Asking]>([
    ["the size isn't known", { more: { size: undefined } }],
    ["the status is another", { options: { status: 203 } }],
    ["ranges are refused", { options: { headers: { "Accept-Ranges": "none" } } }],
  ])("%s", async (_name, how) => {
    for (const value of ["bytes=0-5", "bytes=99999-"]) {
      const sink = await ask(range(value), { ...how, pieces: () => [DATA] });
      expect([sink.status, sink.body.equals(DATA)]).toEqual([how.options?.status ?? 200, true]);
    }
  });
});

describe("416", () => {
  test.each(["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=20000-,-0"])(
    "%s says the size",
    async (value) => {
      const sink = await ask(range(value), {
        options: { headers: { "Content-Disposition": "attachment", "X-Own": "1" } },
      });
      expect([sink.status, sink.headers.get("content-range"), sink.headers.get("x-own")]).toEqual([
        416,
        `bytes */${SIZE}`,
        "1",
      ]);
      for (const name of ["etag", "last-modified", "content-disposition", "content-length"])
        expect([name, sink.headers.has(name)]).toEqual([name, false]);
      expect(opened[0].reads).toEqual([]);
    },
  );

  test("of nothing there is no range", async () => {
    const empty = { more: { size: 0 } };
    expect((await ask(range("bytes=0-"), empty)).headers.get("content-range")).toBe("bytes */0");
    expect([
      (await ask(range("bytes=-5"), empty)).status,
      (await ask({}, empty)).headers.get("content-length"),
    ]).toEqual([200, "0"]);
  });
});

describe("conditions", () => {
  const r = range("bytes=0-9");
  const unsatisfiable = range("bytes=99999-");
  const later = "Sun, 06 Nov 1994 08:49:38 GMT";
  const earlier = "Sun, 06 Nov 1994 08:49:36 GMT";

  test.each<[string, Record<string, string>, number]>([
    ["If-None-Match", { "If-None-Match": '"x"' }, 304],
    ["If-None-Match with another", { "If-None-Match": '"y"' }, 200],
    ["If-None-Match *", { "If-None-Match": "*" }, 304],
    ["If-Match", { "If-Match": '"x"' }, 200],
    ["If-Match with another", { "If-Match": '"y"' }, 412],
    ["If-Match, weak", { "If-Match": 'W/"x"' }, 412],
    ["If-Modified-Since", { "If-Modified-Since": LONG_AGO_DATE }, 304],
    ["If-Modified-Since earlier", { "If-Modified-Since": earlier }, 200],
    [
      "If-None-Match before If-Modified-Since",
      { "If-None-Match": '"y"', "If-Modified-Since": LONG_AGO_DATE },
      200,
    ],
    ["If-Unmodified-Since", { "If-Unmodified-Since": LONG_AGO_DATE }, 200],
    ["If-Unmodified-Since earlier", { "If-Unmodified-Since": earlier }, 412],
    ["a range, and If-None-Match", { ...r, "If-None-Match": '"x"' }, 304],
    ["a range, and If-Match with another", { ...r, "If-Match": '"y"' }, 412],
    ["a range, and If-Match", { ...r, "If-Match": '"x"' }, 206],
    ["a range, and If-Unmodified-Since earlier", { ...r, "If-Unmodified-Since": earlier }, 412],
    ["an unsatisfiable range, and If-None-Match", { ...unsatisfiable, "If-None-Match": '"x"' }, 304],
    ["an unsatisfiable range, and If-Match with another", { ...unsatisfiable, "If-Match": '"y"' }, 412],
    ["an unsatisfiable range, and If-Range with another", { ...unsatisfiable, "If-Range": '"y"' }, 200],
    ["an unsatisfiable range, and If-Range", { ...unsatisfiable, "If-Range": '"x"' }, 416],
    ["If-Range", { ...r, "If-Range": '"x"' }, 206],
    ["If-Range with another", { ...r, "If-Range": '"y"' }, 200],
    ["If-Range, weak (starred: send#111)", { ...r, "If-Range": 'W/"x"' }, 200],
    ["If-Range with the date", { ...r, "If-Range": LONG_AGO_DATE }, 206],
    ["If-Range with a later date (starred: send#111)", { ...r, "If-Range": later }, 200],
    ["If-Range with an earlier date", { ...r, "If-Range": earlier }, 200],
    ["If-Range with neither", { ...r, "If-Range": "x" }, 200],
    ["If-Range without a range", { "If-Range": '"y"' }, 200],
  ])("%s", async (_name, fields, status) => {
    const sink = await ask(fields);
    expect(sink.status).toBe(status);
    if (status === 200) expect(sink.body.equals(DATA)).toBe(true);
    if (status === 206) expect(sink.body.equals(DATA.subarray(0, 10))).toBe(true);
    if (status === 304 || status === 416) expect(opened[0].reads).toEqual([]);
  });

  test("If-Range never holds for a weak tag, nor for one that is not there", async () => {
    const weak = { more: { etag: 'W/"x"' } };
    expect((await ask({ ...r, "If-Range": 'W/"x"' }, weak)).status).toBe(200);
    expect((await ask({ ...r, "If-Range": '"x"' }, { more: { etag: undefined } })).status).toBe(200);
    expect(
      (await ask({ ...r, "If-Range": LONG_AGO_DATE }, { more: { lastModified: undefined } })).status,
    ).toBe(200);
  });

  test("fields of the options win, as validators too", async () => {
    const own = {
      options: { headers: { ETag: '"own"', "Content-Type": "text/own", "Last-Modified": later } },
    };
    expect((await ask({ "If-None-Match": '"own"' }, own)).status).toBe(304);
    expect((await ask({ ...r, "If-Range": '"own"' }, own)).status).toBe(206);
    expect((await ask({ ...r, "If-Range": '"x"' }, own)).status).toBe(200);
    expect((await ask({}, own)).headers.get("content-type")).toBe("text/own");
  });
});

describe("with Accept-Encoding", () => {
  const prose = {
    more: { type: "text/plain" },
    pieces: (start: number, end: number) => [TEXT.subarray(start, end)],
  };
  const gzip = { "Accept-Encoding": "gzip" };

  test("the whole is coded, and a range is not", async () => {
    const whole = await ask(gzip, prose);
    expect([
      whole.headers.get("content-encoding"),
      whole.headers.get("etag"),
      whole.headers.has("accept-ranges"),
    ]).toEqual(["gzip", '"x-gzip"', false]);
    expect([whole.headers.has("content-length"), whole.headers.get("vary")]).toEqual([
      false,
      "Accept-Encoding",
    ]);
    expect(unpack("gzip", whole.body).equals(TEXT)).toBe(true);
    const part = await ask(range("bytes=5-9", gzip), prose);
    expect([part.status, part.headers.has("content-encoding"), part.headers.get("etag")]).toEqual([
      206,
      false,
      '"x"',
    ]);
    expect([part.headers.get("vary"), part.body.toString()]).toEqual([
      "Accept-Encoding",
      TEXT.toString("latin1", 5, 10),
    ]);
  });

  test("the tag of the coded whole is not good for a range of the other", async () => {
    expect((await ask(range("bytes=5-9", { ...gzip, "If-Range": '"x-gzip"' }), prose)).status).toBe(200);
    expect((await ask(range("bytes=5-9", { ...gzip, "If-Range": '"x"' }), prose)).status).toBe(206);
  });

  test("a Vary of the application's own is kept, and says so too", async () => {
    const own = { ...prose, options: { headers: { Vary: "Origin" } } };
    for (const fields of [gzip, range("bytes=5-9", gzip)]) {
      const { headers } = await ask(fields, own);
      expect(headers.get("vary")).toBe("Origin, Accept-Encoding");
    }
  });

  test("what is small is not coded", async () => {
    const small = (size: number): Asking => ({ ...prose, more: { type: "text/plain", size } });
    expect((await ask(gzip, small(1023))).headers.get("content-encoding")).toBe(undefined);
    expect((await ask(gzip, small(1024))).headers.get("content-encoding")).toBe("gzip");
  });
});

// What is small is read before its head leaves, what is big while it is sent.
describe.each([2000, 200_000])("a source of %i octets that does not keep its word", (size) => {
  const data = noise(size);
  const more = { size };

  test.each<[string, (start: number, end: number) => Pieces]>([
    ["is short", (start, end) => [data.subarray(start, end - 1)]],
    ["has nothing", () => []],
    ["is long by a piece", (start, end) => [data.subarray(start, end), data.subarray(0, 1)]],
    [
      "is long within a piece",
      (start, end) => [Buffer.concat([data.subarray(start, end), Buffer.from("x")])],
    ],
  ])("%s", async (_name, pieces) => {
    const half = size / 2;
    for (const fields of [{}, range(`bytes=5-${half}`), range(`bytes=0-${half},${half + 500}-`)]) {
      const sink = await ask(fields, { more, pieces });
      expect([sink.ended, (sink.failure as { code: string }).code]).toEqual([
        false,
        "ERR_SLUICE_LENGTH_MISMATCH",
      ]);
    }
  });

  test.each<[string, () => Pieces]>([
    [
      "throws when it is read",
      () => {
        throw new Error("on purpose");
      },
    ],
    [
      "throws later",
      () =>
        (function* () {
          yield data.subarray(0, 5);
          throw new Error("on purpose");
        })(),
    ],
  ])("%s", async (_name, pieces) => {
    const sink = await ask({}, { more, pieces });
    expect([sink.ended, sink.failure]).toEqual([false, new Error("on purpose")]);
  });
});

test("without a size it is sent whole", async () => {
  const sink = await ask({}, { more: { size: undefined }, pieces: () => [DATA, DATA] });
  expect([
    sink.status,
    sink.headers.has("content-length"),
    sink.headers.has("accept-ranges"),
    sink.body.length,
  ]).toEqual([200, false, false, SIZE * 2]);
  expect(opened[0].reads).toEqual([[0, Infinity]]);
});

test("a reply in the place of a representation is the reply", async () => {
  const reply = text("gone", { status: 410 });
  const request = { method: "GET", headers: Fields.from({ Range: "bytes=0-1" }) };
  expect(await resource(() => reply).respond(request)).toBe(reply);
});

test("headers that are none close the representation", async () => {
  const wrong = resource(() => representation(), { headers: { "X:Y": "1" } });
  const request = { method: "GET", headers: new Fields() };
  const outcome = await Promise.resolve(wrong.respond(request))
    .then((reply) => collected(reply))
    .catch((error: unknown) => error);
  expect(outcome).toMatchObject({ code: "ERR_SLUICE_INVALID_FIELD" });
});

test("a close that throws is nobody's business", async () => {
  const reply = await resource(() => ({
    ...representation(),
    close: () => {
      opened.at(-1)!.closes++;
      throw new Error("close");
    },
  })).respond({ method: "GET", headers: new Fields() });
  expect((await collected(reply)).failure).toBe(undefined);
});

describe("what a refusal says", () => {
  const options: ReplyOptions = {
    headers: {
      "Cache-Control": "public, max-age=31536000, immutable",
      Expires: LONG_AGO_DATE,
      "X-Kept": "1",
    },
  };

  test.each([
    [416, range("bytes=99999-")],
    [412, { "If-Match": '"other"' }],
  ] as const)("%i may not be kept by a cache", async (status, fields) => {
    const { status: answered, headers } = await ask(fields, { options });
    expect([answered, headers.get("cache-control"), headers.get("expires"), headers.get("x-kept")]).toEqual([
      status,
      undefined,
      undefined,
      "1",
    ]);
  });
});

test("a Last-Modified of the application's own is the one that counts", async () => {
  const later = "Sun, 06 Nov 2011 08:49:37 GMT";
  const options: ReplyOptions = { headers: { "Last-Modified": later } };
  const status = async (date: string): Promise<number> =>
    (await ask(range("bytes=0-9", { "If-Range": date }), { options, more: { etag: undefined } })).status;
  expect([await status(later), await status(LONG_AGO_DATE)]).toEqual([206, 200]);
});
