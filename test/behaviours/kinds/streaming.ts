// When pieces leave, and what of them arrives.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { type BodySource, sse, stream, text } from "../../../src/index.ts";
import { noise } from "../../content/codings-by-zlib.ts";
import { settled } from "../../support/settled.ts";
import { SOURCES, WHOLE } from "../../support/sources.ts";
import type { Behaviour } from "../behaviour.ts";
import { eventually, gate } from "../waiting.ts";

/** More than any kernel, and all that a host may put by, hold of one answer. */
const HELD = 32 * 1024 * 1024;

const PIECE = new Uint8Array(64 * 1024).fill(97);

let octets: Buffer | undefined;

/** Sources that make their second piece when they are let. */
const GATED: Readonly<Record<string, (opened: Promise<void>) => BodySource>> = {
  generator: (opened) =>
    (async function* () {
      yield "first ";
      await opened;
      yield "second";
    })(),
  writer: (opened) => async (out) => {
    await out.write("first ");
    await opened;
    await out.write("second");
  },
  "web stream": (opened) =>
    new ReadableStream<string>({
      async start(controller) {
        controller.enqueue("first ");
        await opened;
        controller.enqueue("second");
        controller.close();
      },
    }),
};

export const STREAMING: readonly Behaviour[] = [
  {
    name: "a piece arrives before the next is made",
    async run(site) {
      let opened = gate();
      await site.answer(({ target }) =>
        target === "/events"
          ? sse(async function* () {
              yield "first ";
              await opened.opened;
              yield "second";
            })
          : stream("text/plain", GATED[decodeURIComponent(target.slice(1))](opened.opened)),
      );
      for (const kind of [...Object.keys(GATED), "events"]) {
        opened = gate();
        const answer = site.ask({ target: `/${encodeURIComponent(kind)}` });
        await answer.until("first");
        assert.ok(!answer.text.includes("second"));
        opened.open();
        const { ending, text: all } = await answer.whole();
        assert.equal(ending, "complete", kind);
        assert.match(all, /^(data: )?first (\n\ndata: )?second(\n\n)?$/, kind);
      }
    },
  },
  {
    name: "the head arrives before the first piece",
    async run(site) {
      const { opened, open } = gate();
      await site.answer(() =>
        stream("text/plain", async function* () {
          await opened;
          yield "late";
        }),
      );
      const answer = site.ask();
      assert.equal((await answer.head).status, 200);
      open();
      assert.equal((await answer.whole()).text, "late");
    },
  },
  {
    name: "what is flushed leaves at once",
    async run(site) {
      const { opened, open } = gate();
      await site.answer(() =>
        stream("text/plain", async (out) => {
          void out.write("one ");
          void out.write("two ");
          await out.flush();
          await opened;
          void out.write("three");
        }),
      );
      const answer = site.ask({ fields: { "accept-encoding": "gzip" } });
      await answer.until("one two ");
      open();
      assert.equal((await answer.whole()).text, "one two three");
    },
  },
  {
    name: "a thousand small pieces arrive in order",
    async run(site) {
      const pieces = Array.from({ length: 1_000 }, (_, number) => `${number},`);
      await site.answer(({ target }) =>
        stream("text/plain", async function* () {
          for (const piece of pieces) {
            yield piece;
            if (target === "/waiting") await turn();
          }
        }),
      );
      for (const target of ["/", "/waiting"])
        assert.equal((await site.whole({ target })).text, pieces.join(""), target);
    },
  },
  {
    name: "a large body arrives intact",
    async run(site) {
      const data = (octets ??= noise(2 * 1024 * 1024));
      const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
      await site.answer(({ target }) =>
        target === "/whole"
          ? { status: 200, headers: {}, body: data }
          : stream("application/octet-stream", function* () {
              let size = 1;
              for (let at = 0; at < data.length; at += size) {
                size = (size * 7919) % 200_003;
                yield data.subarray(at, at + size);
              }
            }),
      );
      for (const target of ["/", "/whole"]) {
        const { octets: got, ending } = await site.whole({ target });
        assert.deepEqual([ending, got.length, sha256(got)], ["complete", data.length, sha256(data)]);
      }
    },
  },
  {
    name: "empty pieces are nothing, and large ones are whole",
    async run(site) {
      const large = "wörter🌊".repeat(100_000);
      await site.answer(({ target }) =>
        stream("text/plain", target === "/large" ? [large] : ["", "a", new Uint8Array(), "", "b", ""]),
      );
      for (const coding of ["identity", "gzip"]) {
        const fields = { "accept-encoding": coding };
        const { ending, text: all } = await site.whole({ fields });
        assert.deepEqual([ending, all], ["complete", "ab"], coding);
        assert.equal((await site.whole({ target: "/large", fields })).text, large);
      }
    },
  },
  {
    name: "every kind of source arrives whole",
    async run(site) {
      await site.answer(({ target }) => stream("text/plain", SOURCES[decodeURIComponent(target.slice(1))]()));
      for (const kind of Object.keys(SOURCES)) {
        const { ending, text: all } = await site.whole({ target: `/${encodeURIComponent(kind)}` });
        assert.deepEqual([ending, all], ["complete", WHOLE], kind);
      }
    },
  },
  {
    name: "a stopped reader makes the source wait",
    async run(site) {
      let made = 0;
      await site.answer(({ target }) =>
        target === "/generator"
          ? stream("application/octet-stream", function* () {
              for (;;) {
                made++;
                yield PIECE;
              }
            })
          : stream("application/octet-stream", async (out) => {
              for (;;) {
                made++;
                await out.write(PIECE);
              }
            }),
      );
      for (const target of ["/generator", "/writer"]) {
        made = 0;
        const answer = site.ask({ target });
        await answer.take(1);
        const held = await settled(() => made);
        assert.ok(held * PIECE.length < HELD, `${target}: ${held} pieces are held`);
        // What is held comes first.
        await answer.take((held + 1) * PIECE.length);
        await eventually(() => made > held, "the source to go on");
        answer.leave();
      }
    },
  },
  {
    name: "streams don't wait for one another",
    async run(site) {
      const gates = [gate(), gate()];
      await site.answer(({ target }) => {
        if (target === "/text") return text("between");
        const { opened } = gates[Number(target.slice(1))];
        return stream("text/plain", async function* () {
          yield "begun ";
          await opened;
          yield "done";
        });
      });
      const answers = [site.ask({ target: "/0" }), site.ask({ target: "/1" })];
      await Promise.all(answers.map((answer) => answer.until("begun")));
      assert.equal((await site.whole({ target: "/text" })).text, "between");
      for (const at of [1, 0]) {
        gates[at].open();
        assert.equal((await answers[at].whole()).text, "begun done");
      }
    },
  },
  {
    name: "a stream beside one whose reader has stopped goes on",
    async run(site) {
      await site.answer(({ target }) =>
        target === "/text"
          ? text("x".repeat(1_000_000))
          : stream("application/octet-stream", function* () {
              for (;;) yield PIECE;
            }),
      );
      const stopped = site.ask();
      await stopped.take(1);
      assert.equal((await site.whole({ target: "/text" })).octets.length, 1_000_000);
      stopped.leave();
    },
  },
];
