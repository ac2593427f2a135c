import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import { type Handler, stream } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";
import { answerOf, startHttp2 } from "./http2/peers.ts";

/** A handler that tells what it finds, then enters its path, and tells what its body finds. */
function entering(): Handler {
  const storage = new AsyncLocalStorage<string>();
  const found = (): string => storage.getStore() ?? "nothing";
  return ({ path }) => {
    const before = found();
    storage.enterWith(path);
    const reply = stream("text/plain", async (out) => {
      await Promise.resolve();
      await out.write(`${before} ${found()}`);
    });
    return path === "/later" ? Promise.resolve(reply) : reply;
  };
}

test("what a request enters into an AsyncLocalStorage its body finds, and the next request on its connection does not", async () => {
  const client = await (await start(entering())).connect();
  const bodies: string[] = [];
  for (const path of ["/1", "/later", "/3"]) bodies.push((await client.write(request(path)).response()).body);
  // Those that wait behind an answer, too.
  client.write(request("/4") + request("/later") + request("/6"));
  for (let left = 3; left > 0; left--) bodies.push((await client.response()).body);
  expect(bodies).toEqual([
    "nothing /1",
    "nothing /later",
    "nothing /3",
    "nothing /4",
    "nothing /later",
    "nothing /6",
  ]);
});

test("nor does the next stream of its session", async () => {
  const session = (await startHttp2(entering())).session();
  const bodies: string[] = [];
  for (const path of ["/1", "/later", "/3"])
    bodies.push((await answerOf(session.request({ ":path": path }))).body);
  expect(bodies).toEqual(["nothing /1", "nothing /later", "nothing /3"]);
});
