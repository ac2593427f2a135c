// Readers that leave.

import assert from "node:assert/strict";
import { once } from "node:events";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { type BodySource, type Request, stream, text } from "../../../src/index.ts";
import type { Behaviour } from "../behaviour.ts";
import { eventually, gate } from "../waiting.ts";

/** Sources that say how they were stopped. */
const SOURCES: Readonly<Record<string, (note: (what: unknown) => void, request: Request) => BodySource>> = {
  generator: (note) =>
    (async function* () {
      try {
        for (;;) {
          yield "again";
          await sleep(2);
        }
      } finally {
        note("finally");
      }
    })(),
  "generator that waits for the signal": (note, { signal }) =>
    (async function* () {
      try {
        yield "again";
        await once(signal, "abort");
        yield "too late";
        note("went on");
      } finally {
        note("finally");
      }
    })(),
  writer: (note) => async (out) => {
    try {
      for (;;) {
        await out.write("again");
        await sleep(2);
      }
    } catch (error) {
      note((error as { code: unknown }).code);
      throw error;
    }
  },
  "writer that waits for its signal": (note) => async (out) => {
    void out.write("again");
    await once(out.signal, "abort");
    note((out.signal.reason as { code: unknown }).code);
  },
  "web stream": (note) =>
    new ReadableStream<string>({
      start: (controller) => controller.enqueue("again"),
      cancel: (reason: { code: unknown }) => note(reason.code),
    }),
};

const SIGNS: readonly unknown[] = ["finally", "ERR_SLUICE_READER_LEFT"];

export const LEAVING: readonly Behaviour[] = [
  {
    name: "a reader that leaves stops the source, and is no error",
    async run(site) {
      let signs: unknown[] = [];
      await site.answer((request) => {
        const { target, signal } = request;
        if (target.startsWith("/signal/")) {
          signal.addEventListener("abort", () => signs.push((signal.reason as { code: unknown }).code));
        }
        const kind = decodeURIComponent(target.slice(target.lastIndexOf("/") + 1));
        return stream(
          "text/plain",
          SOURCES[kind]((what) => signs.push(what), request),
        );
      });
      for (const kind of Object.keys(SOURCES)) {
        for (const [place, coding] of [
          ["/", "identity"],
          ["/signal/", "identity"],
          ["/", "gzip"],
        ]) {
          signs = [];
          const fields = { "accept-encoding": coding };
          const answer = site.ask({ target: place + encodeURIComponent(kind), fields });
          await answer.until("again");
          answer.leave();
          const count = place === "/" ? 1 : 2;
          await eventually(() => signs.length >= count, `${count} signs of ${kind}, not ${signs.join()}`);
          await turn();
          assert.equal(signs.length, count, signs.join());
          assert.ok(
            signs.every((sign) => SIGNS.includes(sign)),
            signs.join(),
          );
        }
      }
    },
  },
  {
    name: "a reader that leaves in front of a backlog stops the source",
    async run(site) {
      const { opened, open } = gate();
      let stopped = false;
      await site.answer(() =>
        stream("application/octet-stream", function* () {
          try {
            for (;;) yield new Uint8Array(64 * 1024);
          } finally {
            stopped = true;
            open();
          }
        }),
      );
      const answer = site.ask();
      await answer.take(1);
      assert.ok(!stopped);
      answer.leave();
      await opened;
    },
  },
  {
    name: "a reader that leaves before the head aborts the signal",
    async run(site) {
      const begun = gate();
      let reason: unknown;
      await site.answer(async ({ signal }) => {
        begun.open();
        await once(signal, "abort");
        reason = (signal.reason as { code: unknown }).code;
        return text("nobody reads this");
      });
      const answer = site.ask();
      answer.head.catch(() => {});
      await begun.opened;
      answer.leave();
      await eventually(() => reason !== undefined, "the signal");
      assert.equal(reason, "ERR_SLUICE_READER_LEFT");
    },
  },
  {
    name: "what leaving aborts in the handler is no error",
    async run(site) {
      const begun = gate();
      let over = false;
      await site.answer(async ({ signal }) => {
        begun.open();
        try {
          await sleep(60_000, undefined, { signal });
        } finally {
          over = true;
        }
        return text("");
      });
      const answer = site.ask();
      answer.head.catch(() => {});
      await begun.opened;
      answer.leave();
      await eventually(() => over, "the handler");
      await turn();
    },
  },
  {
    name: "an answer that is complete aborts nothing",
    async run(site) {
      const signals: AbortSignal[] = [];
      await site.answer(({ signal }) => {
        signals.push(signal);
        return stream("text/plain", ["all ", "of it"]);
      });
      for (let times = 0; times < 3; times++) assert.equal((await site.whole()).text, "all of it");
      await turn();
      assert.deepEqual(
        signals.map(({ aborted }) => aborted),
        [false, false, false],
      );
    },
  },
];
