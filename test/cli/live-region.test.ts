import { describe, expect, test } from "vitest";
import { LiveRegion } from "../../src/cli/live-region.ts";
import { FakeIo } from "./fake-io.ts";
import { Screen } from "./screen.ts";

const TERMINAL = { columns: 20, rows: 6 };
const line = (): string => "unused";

function onTerminal(): { io: FakeIo; region: LiveRegion; screen: (columns?: number) => Screen } {
  const io = new FakeIo({ terminal: TERMINAL });
  const region = new LiveRegion(io);
  return { io, region, screen: (columns = 20) => new Screen(columns).write(io.err.text) };
}

describe("on a terminal", () => {
  test("a picture is written over, also by a lower one", () => {
    const { io, region, screen } = onTerminal();
    region.update(() => ["one", "two", "three"], line);
    expect(screen().text).toBe("one\ntwo\nthree");
    io.pass(100);
    region.update(() => ["uno"], line);
    expect(screen().text).toBe("uno");
    expect(screen().cursorVisible).toBe(false);
  });

  test("lines that stay stand above it", () => {
    const { region, screen } = onTerminal();
    region.print("first");
    region.update(() => ["picture", "of two"], line);
    region.print("second");
    expect(screen().text).toBe("first\nsecond\npicture\nof two");
  });

  test("the last of many pictures comes when its time has come, and none before", () => {
    const { io, region, screen } = onTerminal();
    region.update(() => ["1"], line);
    for (const each of ["2", "3", "4"]) region.update(() => [each], line);
    expect(io.timers).toBe(1);
    io.pass(99);
    expect(screen().text).toBe("1");
    io.pass(1);
    expect(screen().text).toBe("4");
    expect(io.timers).toBe(0);
  });

  test("closing leaves the last picture, the cursor and no timer", () => {
    const { io, region, screen } = onTerminal();
    region.update(() => ["1"], line);
    region.update(() => ["2"], line);
    region.close();
    region.close();
    region.update(() => ["3"], line);
    region.print("after");
    expect(screen().text).toBe("2\nafter\n");
    expect(screen().cursorVisible).toBe(true);
    expect([io.timers, io.listeners("exit"), io.err.listenerCount("resize")]).toEqual([0, 0, 0]);
  });

  test("the cursor is visible again however the process ends", () => {
    const { io, region, screen } = onTerminal();
    region.update(() => ["1"], line);
    io.send("exit");
    expect(screen().cursorVisible).toBe(true);
  });

  test("an error in a block with `using` closes it", () => {
    const io = new FakeIo({ terminal: TERMINAL });
    expect(() => {
      using region = new LiveRegion(io);
      region.update(() => ["1"], line);
      throw new Error("no");
    }).toThrow("no");
    expect(new Screen(20).write(io.err.text).cursorVisible).toBe(true);
  });

  test("lines are never wider, and the picture never as high, as the terminal", () => {
    const { region, screen } = onTerminal();
    region.update(() => ["x".repeat(21), ..."abcdefgh".split("")], line);
    expect(screen().text).toBe(`${"x".repeat(19)}…\na\nb\nc\nd`);
  });

  test("a terminal that becomes narrower has wrapped what stood there", () => {
    const { io, region } = onTerminal();
    region.print("stays");
    region.update((columns) => ["a".repeat(columns), "b"], line);
    const before = io.err.text;
    io.err.text = "";
    io.err.resize(10);
    // What a terminal makes of the old picture when it is reflowed.
    const reflowed = new Screen(10).write(before).write(io.err.text);
    expect(reflowed.text).toBe(`stays\n${"a".repeat(10)}\nb`);
  });

  test("pictures are left out while the terminal doesn't keep up", () => {
    const { io, region } = onTerminal();
    region.update(() => ["1"], line);
    Object.defineProperty(io.err, "writableNeedDrain", { value: true, configurable: true });
    const before = io.err.text;
    io.pass(100);
    region.update(() => ["2"], line);
    expect(io.err.text).toBe(before);
  });
});

describe("elsewhere", () => {
  test.each([
    ["a pipe", new FakeIo()],
    ["a dumb terminal", new FakeIo({ terminal: TERMINAL, env: { TERM: "dumb" } })],
  ])("%s gets plain lines now and then, and the last one", (_, io) => {
    const region = new LiveRegion(io);
    for (let at = 0; at <= 120; at++) {
      region.update(
        () => ["picture"],
        () => `at ${at}`,
      );
      io.pass(100);
    }
    region.print("between");
    region.close();
    expect(io.err.text).toBe("at 0\nat 49\nat 99\nbetween\nat 120\n");
    expect(io.timers).toBe(0);
  });

  test("what hasn't changed is not said again", () => {
    const io = new FakeIo();
    const region = new LiveRegion(io, { pause: 10 });
    for (let at = 0; at < 5; at++) {
      region.update(
        () => [],
        () => "same",
      );
      io.pass(10);
    }
    region.close();
    expect(io.err.text).toBe("same\n");
  });
});
