// What holds wherever a handler answers a client: written once, and run over each transport and host.

import { sse, stream, text } from "sluice/replies";
import { codeOf, equal, ok } from "./expect.mjs";
import { test } from "./test.mjs";
import { gate, settled, turn, until } from "./waiting.mjs";

/** No system has as much room in the buffers of one loopback connection. */
const KERNEL = 48 * 1024 * 1024;

const identity = { headers: { "Accept-Encoding": "identity" } };

/**
 * A server for one test.
 * @typedef {(handler: Function, use: (running: Running) => Promise<void>) => Promise<void>} Run
 * @typedef {object} Running
 * @property {import("sluice/client").Client} client
 * @property {(path?: string) => string} url
 * @property {(count?: number) => Promise<unknown[]>} takeErrors what `onError` got, once there are as many
 * @property {{ close(): Promise<void> }} [server]
 */

/**
 * Registers a test for each behaviour.
 *
 * @param {string} over what the names of the tests begin with
 * @param {Run} run
 * @param {string[]} [without] behaviours that have no meaning there
 */
export function testBehaviours(over, run, without = []) {
  for (const [name, behaviour] of Object.entries(BEHAVIOURS))
    if (!without.includes(name)) test(`${over}: ${name}`, () => behaviour(run));
}

/** @type {Record<string, (run: Run) => Promise<void>>} */
const BEHAVIOURS = {
  "each piece arrives as it is made"(run) {
    let next = gate();
    const handler = () =>
      stream("text/plain", async (out) => {
        for (let number = 0; number < 10; number++) {
          await out.write(`piece ${number};`);
          await next.opened;
          next = gate();
        }
      });
    return run(handler, async ({ client, url }) => {
      const { body } = await client.request(url(), identity);
      equal(
        await readInSteps(
          body,
          (number) => `piece ${number};`,
          () => next.open(),
        ),
        10,
      );
    });
  },

  "events are flushed with gzip"(run) {
    let next = gate();
    const events = async function* () {
      for (let number = 0; number < 5; number++) {
        yield { data: `event ${number}` };
        await next.opened;
        next = gate();
      }
    };
    return run(
      () => sse(events()),
      async ({ client, url }) => {
        const { body, headers } = await client.request(url(), { headers: { "Accept-Encoding": "gzip" } });
        equal(headers.get("content-encoding"), "gzip");
        equal(
          await readInSteps(
            body,
            (number) => `event ${number}\n\n`,
            () => next.open(),
          ),
          5,
        );
      },
    );
  },

  "trailers follow the body": (run) =>
    run(
      () =>
        stream(
          "text/plain",
          async (out) => {
            await out.write("body");
            await turn();
            out.trailer("x-count", "1");
          },
          { trailers: ["x-count"] },
        ),
      async ({ client, url }) => {
        const { body, trailers } = await client.request(url());
        equal(await body.text(), "body");
        equal((await trailers).fields.get("x-count"), "1");
      },
    ),

  "a source that throws midway is not taken for complete, and the next request is answered"(run) {
    const arrived = gate();
    const handler = ({ path }) =>
      path === "/whole"
        ? text("whole")
        : stream("text/plain", async function* () {
            yield "partial";
            await arrived.opened;
            throw new Error("broken");
          });
    return run(handler, async ({ client, url, takeErrors }) => {
      const response = await client.request(url(), identity);
      let found = "";
      const reading = async () => {
        for await (const piece of response.body) {
          found += Buffer.from(piece).toString();
          arrived.open();
        }
      };
      equal([await codeOf(reading()), found], ["ERR_SLUICE_TRUNCATED", "partial"]);
      equal((await response.ending).outcome, "truncated");
      equal(await (await client.request(url("/whole"))).body.text(), "whole");
      equal((await takeErrors()).map(String), ["Error: broken"]);
    });
  },

  "a reader that leaves stops the source, and the handler learns of it"(run) {
    const seen = [];
    const handler = ({ path, signal }) => {
      if (path === "/text") return text("text");
      signal.addEventListener("abort", () => seen.push(signal.reason.code));
      return stream("text/plain", async function* () {
        try {
          for (;;) {
            yield "again";
            await turn();
          }
        } finally {
          seen.push("stopped");
        }
      });
    };
    return run(handler, async ({ client, url }) => {
      const { body } = await client.request(url(), identity);
      for await (const _ of body) break;
      await until(
        () => seen.length === 2,
        () => `two signs, not ${seen.length}`,
      );
      equal(new Set(seen), new Set(["ERR_SLUICE_READER_LEFT", "stopped"]));
      equal(await (await client.request(url("/text"))).body.text(), "text");
    });
  },

  "a reader that stops makes the source wait, and nobody else"(run) {
    const piece = new Uint8Array(64 * 1024).fill(97);
    let pieces = 0;
    const handler = ({ path }) =>
      path === "/text"
        ? text("text")
        : stream("application/octet-stream", function* () {
            for (;;) {
              pieces++;
              yield piece;
            }
          });
    return run(handler, async ({ client, url }) => {
      const { body } = await client.request(url(), identity);
      const first = await settled(() => {
        ok(pieces * piece.length < KERNEL, `a bounded backlog, not ${pieces} pieces`);
        return pieces;
      });
      equal(await (await client.request(url("/text"))).body.text(), "text");
      for await (const _ of body) if (pieces > first + 100) break;
    });
  },

  "many megabytes arrive as they were sent, in both directions"(run) {
    const piece = Uint8Array.from({ length: 1_000_003 }, (_, at) => (at * 31) % 251);
    return run(
      ({ body }) => stream("application/octet-stream", body),
      async ({ client, url }) => {
        const sent = Array.from({ length: 8 }, () => piece);
        const { body } = await client.request(url(), { method: "POST", body: sent });
        const bytes = await body.bytes();
        equal(bytes.length, 8 * piece.length);
        for (let at = 0; at < bytes.length; at += piece.length)
          ok(Buffer.compare(bytes.subarray(at, at + piece.length), piece) === 0, `piece at ${at} as it was`);
      },
    );
  },

  "a request body is read while it is made, and answered before its end"(run) {
    const answered = gate();
    const handler = ({ body }) =>
      stream("text/plain", async function* () {
        for await (const piece of body) yield Buffer.from(piece).toString().toUpperCase();
      });
    return run(handler, async ({ client, url }) => {
      const source = async function* () {
        yield "one ";
        await answered.opened;
        yield "two";
      };
      const response = await client.request(url(), { method: "POST", body: source() });
      let found = "";
      for await (const piece of response.body) {
        found += Buffer.from(piece).toString();
        answered.open();
      }
      equal(found, "ONE TWO");
    });
  },

  "a request body whose source throws is not taken for complete"(run) {
    const seen = [];
    const begun = gate();
    const handler = async ({ body }) => {
      begun.open();
      seen.push(
        await body.text().then(
          () => "complete",
          ({ name }) => name,
        ),
      );
      return text("no");
    };
    return run(handler, async ({ client, url }) => {
      const source = async function* () {
        yield "half";
        await begun.opened;
        throw new Error("broken");
      };
      const error = await client.request(url(), { method: "POST", body: source() }).then(
        ({ status }) => status,
        ({ message }) => message,
      );
      equal(error, "broken");
      await until(() => seen.length === 1);
      ok(seen[0] !== "complete", "an error");
    });
  },

  "a closing server finishes what runs"(run) {
    const rest = gate();
    const handler = () =>
      stream("text/plain", async (out) => {
        await out.write("first ");
        await rest.opened;
        await out.write("second");
      });
    return run(handler, async ({ client, server, url }) => {
      const { body } = await client.request(url(), identity);
      const closed = server.close();
      rest.open();
      equal(await body.text(), "first second");
      await closed;
    });
  },
};

/** Reads a body whose source goes on when each step has arrived, and counts the steps. */
async function readInSteps(body, step, goOn) {
  let [number, found] = [0, ""];
  for await (const piece of body) {
    found += Buffer.from(piece).toString();
    if (!found.endsWith(step(number))) continue;
    number++;
    goOn();
  }
  return number;
}
