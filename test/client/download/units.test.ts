import { hash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatJournal, type Journal, parseJournal } from "../../../src/client/download/journal.ts";
import { Plan } from "../../../src/client/download/plan.ts";
import { RangeSet } from "../../../src/client/download/range-set.ts";
import { SpeedMeter } from "../../../src/client/download/speed-meter.ts";
import { Tries } from "../../../src/client/download/tries.ts";
import { WholeDigest } from "../../../src/client/download/whole-digest.ts";
import { noise, sha256 } from "./scripted-server.ts";

describe("a range set", () => {
  test("has what a set of numbers would have", () => {
    const step = fc.record({ add: fc.boolean(), start: fc.nat(40), length: fc.nat(12) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const set = new RangeSet();
        const model = new Set<number>();
        for (const { add, start, length } of steps) {
          if (add) set.add(start, start + length);
          else set.remove(start, start + length);
          for (let at = start; at < start + length; at++) {
            if (add) model.add(at);
            else model.delete(at);
          }
        }
        const numbers = [...set].flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, at) => start + at),
        );
        expect(numbers).toEqual([...model].toSorted((a, b) => a - b));
        const bounds = [...set].flatMap(({ start, end }) => [start, end]);
        // In order, and none touches the next.
        expect(bounds.every((bound, at) => at === 0 || bound > bounds[at - 1])).toBe(true);
        expect(set.octets).toBe(model.size);
        expect(set.end).toBe(numbers.length === 0 ? 0 : Math.max(...numbers) + 1);
        const missing = set
          .gaps(60)
          .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at));
        expect(new Set([...missing, ...numbers]).size).toBe(60);
        expect(missing.length + numbers.length).toBe(60);
      }),
    );
  });
});

describe("a journal", () => {
  const position = fc.nat(1_000_000);
  const journal: fc.Arbitrary<Journal> = fc.record({
    url: fc.webUrl(),
    validator: fc.oneof(
      fc.constant({ etag: '"v1"' }),
      fc.constant({ lastModified: "Sun, 06 Nov 1994 08:49:37 GMT" }),
    ),
    size: fc.option(fc.constant(1_000_000), { nil: undefined }),
    coding: fc.constantFrom("", "gzip"),
    digests: fc.constantFrom([], [["sha-256", "AAAA"] as const]),
    done: fc
      .array(fc.tuple(position, position))
      .map((pairs) => [
        ...new RangeSet(pairs.map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }))),
      ]),
  });

  test("is read as it was written", () => {
    fc.assert(
      fc.property(journal, (written) => {
        expect(parseJournal(formatJournal(written))).toEqual(written);
      }),
    );
  });

  test("says nothing wherever it is cut", () => {
    const text = formatJournal({
      url: "http://a/",
      validator: { etag: '"v1"' },
      size: 10,
      coding: "",
      digests: [],
      done: [{ start: 0, end: 10 }],
    });
    for (let end = 0; end < text.length; end++)
      expect(parseJournal(text.slice(0, end))).toHaveProperty("fault");
  });

  test("says nothing of what cannot be, although its sum is right", () => {
    const sound = { version: 1, url: "u", etag: '"v1"', size: 10, coding: "", digests: [], done: [[0, 5]] };
    const read = (fields: object): unknown => {
      const line = JSON.stringify({ ...sound, ...fields });
      return parseJournal(`${line}\n${hash("sha256", line)}\n`);
    };
    expect(read({})).not.toHaveProperty("fault");
    for (const fields of [
      { version: 2 },
      { etag: 'W/"v1"' },
      { etag: undefined },
      { size: -1 },
      { size: "10" },
      { url: 1 },
      { coding: null },
      { digests: [["sha-256"]] },
      { done: [[5, 5]] },
      { done: [[0, 11]] },
      {
        done: [
          [0, 5],
          [5, 6],
        ],
      },
      {
        done: [
          [4, 5],
          [0, 1],
        ],
      },
      { done: [[0, 1.5]] },
      { done: {} },
    ])
      expect(read(fields)).toHaveProperty("fault");
    const line = "null";
    expect(parseJournal(`${line}\n${hash("sha256", line)}\n`)).toHaveProperty("fault");
  });
});

describe("a plan", () => {
  test("gives every octet to exactly one, whatever happens", () => {
    const SIZE = 10_000;
    const step = fc.record({
      kind: fc.constantFrom("take", "share", "get", "get", "get", "drop", "absorb", "revoke"),
      who: fc.nat(10),
      octets: fc.nat(3000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const plan = new Plan(SIZE);
        let now = 0;
        const check = (): void => {
          const owned = [...plan.active].map(({ position, end }) => [position, end]);
          const covered = new RangeSet([...plan.done]);
          let count = covered.octets;
          for (const [position, end] of owned) {
            count += end - position;
            covered.add(position, end);
          }
          // Nobody's octets are another one's, too.
          expect(covered.octets).toBe(count);
        };
        for (const { kind, who, octets: count } of steps) {
          now += 10;
          const segments = [...plan.active];
          const segment = segments[who % Math.max(1, segments.length)];
          if (kind === "take") {
            const taken = plan.take(now);
            if (taken !== undefined) {
              taken.receiving = true;
              taken.reach = SIZE;
            }
          } else if (kind === "share") {
            const shared = plan.share(500, 0, now);
            if (shared !== undefined) {
              shared.receiving = who % 2 === 0;
              expect(shared.end - shared.start).toBeGreaterThanOrEqual(500);
            }
          } else if (kind === "absorb") plan.absorb();
          else if (segment === undefined) continue;
          else if (kind === "get") {
            const end = Math.min(segment.position + count, segment.end);
            plan.done.add(segment.position, end);
            segment.meter.count(end - segment.position, now);
            segment.position = end;
            if (segment.position === segment.end) plan.release(segment);
          } else if (kind === "drop") {
            plan.release(segment);
            plan.release(segment);
          } else plan.revoke(segment.start, segment.position);
          if (kind === "revoke") plan.release(segment);
          check();
        }
        // What is left is exactly what is missing.
        for (const segment of plan.active) plan.release(segment);
        for (let segment = plan.take(now); segment !== undefined; segment = plan.take(now)) {
          plan.done.add(segment.position, segment.end);
          segment.position = segment.end;
          plan.release(segment);
        }
        expect([...plan.done]).toEqual([{ start: 0, end: SIZE }]);
        expect(plan.complete).toBe(true);
      }),
    );
  });

  test("shares what is slowest, by the speeds of both", () => {
    const plan = new Plan(1000);
    const first = plan.take(0)!;
    first.receiving = true;
    const second = plan.share(10, 0, 0)!;
    expect([first.end, second.start, second.end]).toEqual([500, 500, 1000]);
    second.receiving = true;
    first.meter.count(300, 1000);
    first.position = 300;
    second.meter.count(10, 1000);
    second.position = 510;
    const third = plan.share(10, 0, 1000)!;
    // The second needs far longer; it keeps what it gets done while the third, as fast as the mean, gets the rest done.
    expect(third.end).toBe(1000);
    expect(third.start).toBeGreaterThan(510);
    expect(third.start).toBeLessThan(600);
    expect(plan.share(10, 1e9, 1000)).toBeUndefined();
  });

  test("shares nothing that is too small: both sides of the limit", () => {
    for (const [size, shared] of [
      [1999, false],
      [2000, true],
    ] as const) {
      const plan = new Plan(size);
      plan.take(0)!.receiving = true;
      expect(plan.share(1000, 0, 0) !== undefined).toBe(shared);
    }
  });

  test("gives a segment up once: it may be another one's by then", () => {
    const plan = new Plan(100);
    const segment = plan.take(0)!;
    plan.release(segment);
    expect(plan.take(0)).toMatchObject({ start: 0, end: 100 });
    plan.release(segment);
    expect(plan.take(0)).toBeUndefined();
  });

  test("learns how much there is", () => {
    const plan = new Plan(undefined);
    const segment = plan.take(0)!;
    expect([segment.end, plan.size]).toEqual([Infinity, undefined]);
    segment.receiving = true;
    expect(plan.share(1, 0, 0)).toBeUndefined();
    plan.learn(10);
    expect([segment.end, plan.size]).toEqual([10, 10]);
  });
});

test("a steady flow has its speed from the beginning on, and none fades", () => {
  const meter = new SpeedMeter(0);
  for (let now = 100; now <= 10_000; now += 100) {
    meter.count(1000, now);
    if (now >= 500) expect(meter.speed(now)).toBeGreaterThan(9_000);
    if (now >= 500) expect(meter.speed(now)).toBeLessThan(12_000);
  }
  expect(meter.speed(20_000)).toBeLessThan(100);
});

describe("attempts", () => {
  test.each([0, 1, 4])("%i, the first not counted", (attempts) => {
    const tries = new Tries(attempts, 0);
    for (let failures = 0; failures < attempts; failures++) expect(tries.failed()).toBe(true);
    expect(tries.failed()).toBe(false);
  });

  test("are counted anew with progress", () => {
    const tries = new Tries(1, 0);
    expect(tries.failed()).toBe(true);
    tries.progressed();
    expect([tries.failed(), tries.failed()]).toEqual([true, false]);
  });

  test("wait as long as the server wants, up to ten minutes", () => {
    const patient = new Tries(4, 0);
    const now = performance.now();
    expect(patient.failed(600_000)).toBe(true);
    expect(patient.notBefore - now).toBeGreaterThanOrEqual(600_000);
    expect(new Tries(4, 0).failed(600_001)).toBe(false);
  });

  test("after something has arrived do not count, and are waited for less", () => {
    const tries = new Tries(0, 1_000);
    for (let cuts = 0; cuts < 20; cuts++) tries.again();
    expect(tries.notBefore - performance.now()).toBeLessThanOrEqual(200);
    expect(tries.failed()).toBe(false);
  });
});

test("a digest of the whole is right in whatever order octets come", async () => {
  const content = noise(5_000);
  const file = {
    read: (buffer: Uint8Array, position: number) => Promise.resolve(content.copy(buffer, 0, position)),
  };
  for (const order of [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [0, 2, 1, 3, 4], [0, 1, 0, 1, 2], []]) {
    const digest = new WholeDigest();
    digest.start(["sha-256"]);
    for (const at of order) digest.update([content.subarray(at * 1000, at * 1000 + 1000)], at * 1000);
    const computed = await digest.finish(new Set(["sha-256"]), file, content.length, undefined);
    expect(Buffer.from(computed.get("sha-256")!, "base64").toString("hex")).toBe(sha256(content));
  }
});
