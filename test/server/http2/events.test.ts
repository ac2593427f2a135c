import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, expect, test } from "vitest";
import { type Handler, stream, text } from "../../../src/index.ts";
import * as frames from "../../support/http2-frames.ts";
import { get, headers } from "../../support/http2-frames.ts";
import { ask, startHttp2, takeErrors } from "./peers.ts";

const CHANNELS = [
  "connection:open",
  "connection:close",
  "connection:error",
  "request:start",
  "request:end",
  "chunk:sent",
];

const undo: (() => void)[] = [];

/** What happens, in order. */
function watch(): [string, Record<string, unknown>][] {
  const seen: [string, Record<string, unknown>][] = [];
  for (const name of CHANNELS) {
    const listener = (message: unknown): void => void seen.push([name, message as Record<string, unknown>]);
    subscribe(`sluice:${name}`, listener);
    undo.push(() => unsubscribe(`sluice:${name}`, listener));
  }
  return seen;
}

afterEach(() => {
  for (const one of undo.splice(0)) one();
});

test("what happens is published", async () => {
  const seen = watch();
  const server = await startHttp2(() => text("hello"));
  const peer = await server.peer();
  peer.send(headers(1, get("/")));
  await peer.endOf(1);
  peer.destroy();
  await expect
    .poll(() => seen.map(([name]) => name))
    .toEqual(["connection:open", "request:start", "chunk:sent", "request:end", "connection:close"]);
  expect(seen[2][1]).toMatchObject({ size: 5 });
  expect(seen[3][1]).toMatchObject({ status: 200, error: undefined });
});

test("a rule that a peer breaks is, too: in a request, and in the frames", async () => {
  const seen = watch();
  const server = await startHttp2(() => text("hello"));
  const peer = await server.peer();
  peer.send(headers(1, get("/", [["host", "other"]])));
  await peer.endOf(1);
  const errors = (): unknown[] =>
    seen.filter(([name]) => name === "connection:error").map(([, message]) => message["error"]);
  expect(errors()).toMatchObject([{ code: "ERR_SLUICE_HOST" }]);
  const round = Buffer.concat(Array.from({ length: 30_000 }, () => frames.windowUpdate(0, 1)));
  while (peer.ended === undefined) if (!(await peer.sent(round))) break;
  await expect
    .poll(errors)
    .toMatchObject([{ code: "ERR_SLUICE_HOST" }, { code: "ERR_SLUICE_HTTP2_OVERHEAD" }]);
});

const broken: Handler = () =>
  stream("text/plain", async function* () {
    yield "partial";
    throw new Error("broken");
  });

test("an answer that breaks off ends with its error, and onError gets it once", async () => {
  const seen = watch();
  const server = await startHttp2(broken);
  await ask(server.session());
  const [, ended] = seen.find(([name]) => name === "request:end")!;
  expect(ended).toMatchObject({ status: 200, error: new Error("broken") });
  expect(await takeErrors(server)).toEqual([new Error("broken")]);
});

test("a request that is refused has not begun, so it does not end", async () => {
  const seen = watch();
  const server = await startHttp2(() => text(""), { limits: { targetBytes: 10 } });
  const peer = await server.peer();
  peer.send(headers(1, get("/a/long/target")));
  expect(await peer.endOf(1)).toBe("end");
  peer.send(headers(3, get("/")));
  expect(await peer.endOf(3)).toBe("end");
  const names = seen.map(([name]) => name).filter((name) => name.startsWith("request:"));
  expect(names).toEqual(["request:start", "request:end"]);
});
