import { describe, expect, test } from "vitest";
import { EndedError } from "../../src/errors.ts";
import { StreamWriter } from "../../src/reply/stream-writer.ts";
import { RecordingSink, type RecordingSinkOptions } from "./recording-sink.ts";

function open(
  options?: RecordingSinkOptions,
  declared: string[] = [],
): { sink: RecordingSink; out: StreamWriter } {
  const sink = new RecordingSink(options);
  return { sink, out: new StreamWriter(sink, declared) };
}

const left = (): EndedError => new EndedError("ERR_SLUICE_READER_LEFT");

describe("write", () => {
  test("returns nothing while there is room, then a promise that resolves when there is again", async () => {
    const { sink, out } = open({ room: 2 });
    expect(out.write("a")).toBe(undefined);
    const full = out.write("b");
    expect(full).toBeInstanceOf(Promise);
    sink.drain();
    await full;
    expect(out.write("c")).toBe(undefined);
    expect(sink.log).toEqual(["write a", "write b", "wait", "write c"]);
  });

  test("rejects where the reader leaves while it waits, and throws from then on", async () => {
    const { sink, out } = open({ room: 1 });
    const waiting = out.write("a");
    const reason = left();
    sink.leave(reason);
    out.leave(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(() => out.write("b")).toThrow(reason);
    expect(() => out.flush()).toThrow(reason);
  });

  test("takes text and all kinds of bytes, and nothing else", () => {
    const { sink, out } = open();
    void out.write("a");
    void out.write(new Uint8Array([0x62]));
    void out.write(new DataView(new Uint8Array([0x63]).buffer) as never);
    void out.write(new Uint8Array([0x64]).buffer as never);
    void out.write(new Uint8Array([0, 0x65, 0]).subarray(1, 2));
    void out.write(new Uint16Array([0x6666]) as never);
    expect(sink.log).toEqual(["write a", "write b", "write c", "write d", "write e", "write ff"]);
    for (const bad of [undefined, null, 1, {}, [1]]) {
      expect(() => out.write(bad as never)).toThrow(
        expect.objectContaining({ code: "ERR_SLUICE_BODY_PIECE" }),
      );
    }
  });

  test("after the end is out of order", () => {
    const { out } = open();
    out.close();
    expect(() => out.write("a")).toThrow(expect.objectContaining({ code: "ERR_SLUICE_OUT_OF_ORDER" }));
    expect(() => out.flush()).toThrow(expect.objectContaining({ code: "ERR_SLUICE_OUT_OF_ORDER" }));
  });
});

describe("flush", () => {
  test("flushes, and resolves when there is room", async () => {
    const { sink, out } = open({ room: 1 });
    const flushed = out.flush();
    expect(sink.log).toEqual(["flush", "wait"]);
    sink.drain();
    await flushed;
  });
});

describe("trailer", () => {
  const { out } = open({}, ["x-count", "content-digest"]);

  test("sets a declared one, in any spelling, the last word winning", () => {
    out.trailer("X-Count", "1");
    out.trailer("x-COUNT", "2");
    expect(out.trailers!.toJSON()).toEqual({ "x-count": "2" });
  });

  test.each([
    ["x-other", "1", "ERR_SLUICE_UNDECLARED_TRAILER"],
    ["Content-Length", "1", "ERR_SLUICE_FORBIDDEN_TRAILER"],
    ["Transfer-Encoding", "chunked", "ERR_SLUICE_FORBIDDEN_TRAILER"],
    ["x-count", "1\r\nx: y", "ERR_SLUICE_INVALID_FIELD"],
    ["x-count", "\0", "ERR_SLUICE_INVALID_FIELD"],
    ["x-count", "\u0100", "ERR_SLUICE_INVALID_FIELD"],
  ])("refuses %s: %j", (name, value, code) => {
    expect(() => out.trailer(name, value)).toThrow(expect.objectContaining({ code }));
  });
});

describe("fail and the signal", () => {
  test("fail tells the sink once, aborts the signal, and is what later writes throw", () => {
    const { sink, out } = open();
    const { signal } = out;
    const reason = new Error("gave up");
    out.fail(reason);
    out.fail(new Error("again"));
    expect(sink.failures).toEqual([reason]);
    expect(signal.reason).toBe(reason);
    expect(() => out.write("a")).toThrow(reason);
    expect(out.ended).toBe(true);
  });

  test("fail after the reader has left tells nobody", () => {
    const { sink, out } = open();
    out.leave(left());
    out.fail(new Error("late"));
    expect(sink.failures).toEqual([]);
  });

  test("fail with undefined fails all the same", () => {
    const { sink, out } = open();
    out.fail(undefined);
    expect(sink.log).toEqual(["fail"]);
    expect(out.ended).toBe(true);
  });

  test("a signal that is asked for late is aborted already", () => {
    const { out } = open();
    const reason = left();
    out.leave(reason);
    expect(out.signal.aborted).toBe(true);
    expect(out.signal.reason).toMatchObject({ code: "ERR_SLUICE_READER_LEFT" });
  });

  test("a signal of a complete body is not aborted", () => {
    const { out } = open();
    const { signal } = out;
    out.close();
    expect(signal.aborted).toBe(false);
  });
});
