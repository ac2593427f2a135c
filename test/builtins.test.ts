import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { afterMicrotasks, atEndOfTick, builtin } from "../src/builtins.ts";

test("the end of a tick is behind its microtasks, and before the event loop turns", async () => {
  const order: string[] = [];
  setImmediate(() => order.push("turn"));
  atEndOfTick({ tick: () => order.push("end of the tick") });
  process.nextTick(() => order.push("nextTick"));
  void Promise.resolve()
    .then(() => order.push("microtask"))
    .then(() => order.push("its microtask"))
    .then(() => order.push("the last microtask"));
  await turn();
  await turn();
  expect(order.indexOf("end of the tick")).toBeGreaterThan(order.indexOf("the last microtask"));
  expect(order.indexOf("end of the tick")).toBeLessThan(order.indexOf("turn"));
});

test("what is called after the microtasks gets what was given", async () => {
  const given: unknown[] = [];
  void Promise.resolve().then(() => afterMicrotasks((value) => given.push(value), "given"));
  await turn();
  expect(given).toEqual(["given"]);
});

test("what this host hasn't is undefined", () => {
  expect(builtin("node:zlib")).toBe(process.getBuiltinModule("node:zlib"));
  expect(builtin("node:nothing" as never)).toBeUndefined();
});
