// Connections: kept where they can be, and closed in order.

import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { type Answer, content, sse, stream, text } from "../../../src/index.ts";
import type { Asking } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import { gate } from "../waiting.ts";

const LONG = "x".repeat(100_000);

const ANSWERS: Readonly<Record<string, () => Answer | Promise<Answer>>> = {
  "/text": () => text("text"),
  "/stream": () =>
    stream("text/plain", async function* () {
      yield "one";
      await turn();
      yield "two";
    }),
  "/events": () => sse(["one"]),
  "/long": () => text(LONG),
  "/nothing": () => ({ status: 204, headers: {}, body: null }),
  "/tagged": () => content("text/plain", "tagged", { etag: '"tag"' }),
  "/trailers": () => stream("text/plain", ["body"], { trailers: { "x-a": "1" } }),
  "/error": () => {
    throw new Error("on purpose");
  },
};

const ASKED: readonly Asking[] = [
  ...Object.keys(ANSWERS).map((target) => ({ target, fields: { te: "trailers" } })),
  // Not of a stream: node:http's client closes after a HEAD without a length.
  ...["/text", "/tagged"].map((target) => ({ target, method: "HEAD" })),
  { target: "/tagged", fields: { "if-none-match": '"tag"' } },
  { target: "/tagged", fields: { range: "bytes=1-2" } },
  { target: "/tagged", fields: { range: "bytes=100-" } },
  { target: "/long", fields: { "accept-encoding": "gzip" } },
  { target: "/stream", method: "POST", body: "unread" },
];

export const CONNECTIONS: readonly Behaviour[] = [
  {
    name: "the connection is kept after every kind of answer",
    async run(site) {
      await site.answer(({ target }) => ANSWERS[target]());
      const connections = new Set<unknown>();
      for (const asking of ASKED) {
        const { ending, connection } = await site.whole(asking);
        assert.equal(ending, "complete", asking.target);
        connections.add(connection);
        await turn();
      }
      assert.deepEqual([connections.size, connections.has(undefined)], [1, false]);
      assert.equal((await site.takeErrors()).length, 1);
    },
  },
  {
    name: "many requests at a time, each with its own answer",
    async run(site) {
      await site.answer(async ({ target, body }) => {
        const sent = await body.text();
        return stream("text/plain", async function* () {
          for (const piece of [target, " ", sent]) {
            yield piece;
            await turn();
          }
        });
      });
      const numbers = Array.from({ length: 40 }, (_, number) => number);
      const answers = await Promise.all(
        numbers.map((number) => site.whole({ method: "POST", target: `/${number}`, body: `body ${number}` })),
      );
      assert.deepEqual(
        answers.map(({ text: all }) => all),
        numbers.map((number) => `/${number} body ${number}`),
      );
    },
  },
  {
    name: "an answer under way ends whole while the server closes",
    async run(site) {
      const { opened, open } = gate();
      await site.answer(() =>
        stream("text/plain", async function* () {
          yield "begun ";
          await opened;
          yield "done";
        }),
      );
      const answer = site.ask();
      await answer.until("begun");
      void site.closeServer();
      await turn();
      open();
      const { ending, text: all } = await answer.whole();
      assert.deepEqual([ending, all], ["complete", "begun done"]);
    },
  },
];
