// What becomes of errors: nobody may take a body that was cut for a whole one.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type BodySource, stream } from "../../../src/index.ts";
import type { Behaviour } from "../behaviour.ts";
import { endingOfHttp10 } from "../judges.ts";
import type { Site } from "../site.ts";
import { eventually } from "../waiting.ts";

const secret = new Error("the password is 12345");

/** Throws in the place of an expression. */
function fail(): never {
  throw secret;
}

/** Long enough for the first piece to leave by itself, in milliseconds. */
const A_WHILE = 100;

const BEFORE: Readonly<Record<string, () => BodySource>> = {
  generator: () =>
    (function* () {
      yield fail();
    })(),
  "async generator": () =>
    (async function* () {
      yield await Promise.resolve().then(fail);
    })(),
  writer: () => () => fail(),
  "writer that fails": () => (out) => out.fail(secret),
  "web stream": () => new ReadableStream({ start: (controller) => controller.error(secret) }),
  "a first piece that is none": () => [5 as never],
};

const MIDWAY: Readonly<Record<string, () => BodySource>> = {
  generator: () =>
    (async function* () {
      yield "partial";
      await sleep(A_WHILE);
      throw secret;
    })(),
  writer: () => async (out) => {
    await out.write("partial");
    await sleep(A_WHILE);
    throw secret;
  },
  "web stream": () =>
    new ReadableStream<string>({
      async start(controller) {
        controller.enqueue("partial");
        await sleep(A_WHILE);
        controller.error(secret);
      },
    }),
  "Node Readable": () =>
    Readable.from(
      (async function* () {
        yield Buffer.from("partial");
        await sleep(A_WHILE);
        throw secret;
      })(),
    ),
};

/** Whoever reads one of these sees that it was cut, and the application is told once for each. */
async function cutForAll(site: Site, targets: readonly string[], fields = {}): Promise<any[]> {
  const verdicts = await Promise.all(
    targets.flatMap((target) =>
      site.judges.map(async ({ name, verdict }) => [target, name, await verdict(target, fields)]),
    ),
  );
  assert.deepEqual(
    verdicts.filter(([, , ending]) => ending !== "cut"),
    [],
  );
  const errors = await site.takeErrors(verdicts.length);
  assert.equal(errors.length, verdicts.length, `${errors.length} errors for ${verdicts.length} answers`);
  return errors;
}

const named = (target: string): string => decodeURIComponent(target.slice(1));

export const ENDINGS: readonly Behaviour[] = [
  {
    name: "a handler that throws is a 500 without details, told once",
    async run(site) {
      const kinds: Record<string, () => Answer | Promise<Answer>> = {
        "at once": () => fail(),
        later: () => Promise.reject(secret),
        "what is no error": () => {
          throw "the password is 12345";
        },
        "no reply": () => 5 as never,
      };
      await site.answer(({ target }) => kinds[named(target)]());
      for (const kind of Object.keys(kinds)) {
        const target = `/${encodeURIComponent(kind)}`;
        const { status, text: body, ending } = await site.whole({ target });
        assert.deepEqual([status, body, ending], [500, "500 Internal Server Error\n", "complete"], kind);
        assert.deepEqual(
          site.errors.map(({ path }) => path),
          [target],
        );
        await site.takeErrors();
      }
    },
  },
  {
    name: "a source that throws before its first piece is a 500",
    async run(site) {
      await site.answer(({ target }) =>
        stream("text/plain", BEFORE[named(target)](), { headers: { "x-a": "1" } }),
      );
      for (const kind of Object.keys(BEFORE)) {
        const { status, text: body, fields } = await site.whole({ target: `/${encodeURIComponent(kind)}` });
        assert.deepEqual(
          [status, body, fields.get("x-a")],
          [500, "500 Internal Server Error\n", undefined],
          kind,
        );
        assert.equal((await site.takeErrors()).length, 1, kind);
      }
    },
  },
  {
    name: "a source that throws midway is cut for every reader",
    async run(site) {
      await site.answer(({ target }) => stream("text/plain", MIDWAY[named(target)]()));
      const targets = Object.keys(MIDWAY).map((kind) => `/${encodeURIComponent(kind)}`);
      const errors = await cutForAll(site, targets);
      assert.ok(errors.every((error) => error === secret));
    },
  },
  {
    name: "a source that throws right behind a piece is cut for every reader",
    async run(site) {
      await site.answer(() =>
        stream("text/plain", function* () {
          yield "partial";
          throw secret;
        }),
      );
      await cutForAll(site, ["/"]);
    },
  },
  {
    name: "a source that throws midway is cut, also in a coding",
    async run(site) {
      await site.answer(() => stream("text/plain", MIDWAY["generator"]()));
      await cutForAll(site, ["/"], { "accept-encoding": "gzip" });
    },
  },
  {
    name: "a source that throws midway is cut for a reader of HTTP/1.0, too",
    async run(site) {
      await site.answer(({ target }) =>
        stream("text/plain", target === "/whole" ? ["par", "tial"] : MIDWAY["generator"]()),
      );
      const { where } = site;
      assert.ok(where?.version === "1.1", "nobody speaks it");
      assert.equal(await endingOfHttp10(where, "/whole"), "complete");
      assert.equal(await endingOfHttp10(where, "/"), "cut");
      await site.takeErrors();
    },
  },
  {
    name: "a trailer that can't be had cuts",
    async run(site) {
      await site.answer(() =>
        stream("text/plain", ["body"], { trailers: { "x-count": fail }, trailersAlways: true }),
      );
      await cutForAll(site, ["/"]);
    },
  },
  {
    name: "what came before the error arrives",
    async run(site) {
      let thrown: ((error: unknown) => void) | undefined;
      await site.answer(() =>
        stream("text/plain", async function* () {
          yield "partial";
          await new Promise((_, reject) => (thrown = reject));
        }),
      );
      const answer = site.ask();
      await answer.until("partial");
      const rest = answer.whole();
      await eventually(() => thrown !== undefined, "the source to go on");
      thrown!(secret);
      const { ending, text: body } = await rest;
      assert.deepEqual([ending, body], ["cut", "partial"]);
      assert.deepEqual(await site.takeErrors(), [secret]);
    },
  },
  {
    name: "all that came before the error arrives, however long the reader takes",
    async run(site) {
      // More than lies in the buffers of a connection.
      const size = 12 * 1024 * 1024;
      await site.answer(() =>
        stream("text/plain", (out) => {
          void out.write("x".repeat(size));
          out.fail(secret);
        }),
      );
      const answer = site.ask();
      assert.deepEqual(await site.takeErrors(), [secret]);
      await sleep(A_WHILE);
      const { ending, text: body } = await answer.whole();
      assert.deepEqual([ending, body.length], ["cut", size]);
    },
  },
  {
    name: "a writer that fails cuts",
    async run(site) {
      await site.answer(() =>
        stream("text/plain", async (out) => {
          await out.write("partial");
          await sleep(A_WHILE);
          out.fail(secret);
        }),
      );
      const errors = await cutForAll(site, ["/"]);
      assert.ok(errors.every((error) => error === secret));
    },
  },
  {
    name: "a body that isn't as long as Content-Length says is cut",
    async run(site) {
      const bodies: Record<string, string[]> = { "/short": ["1234"], "/long": ["1234", "56"] };
      await site.answer(({ target }) =>
        stream(
          "text/plain",
          async function* () {
            for (const piece of bodies[target]) {
              yield piece;
              await sleep(A_WHILE);
            }
          },
          { headers: { "content-length": "5" } },
        ),
      );
      for (const { code } of await cutForAll(site, Object.keys(bodies)))
        assert.equal(code, "ERR_SLUICE_LENGTH_MISMATCH");
    },
  },
];
