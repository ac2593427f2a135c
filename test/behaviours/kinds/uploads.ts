// Bodies of requests.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { json, type Request, stream, text } from "../../../src/index.ts";
import { noise } from "../../content/codings-by-zlib.ts";
import { contextOf } from "../../../src/exchange/request.ts";
import { settled } from "../../support/settled.ts";
import type { Asking } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import { eventually, gate } from "../waiting.ts";

const HELD = 32 * 1024 * 1024;
const PIECE = new Uint8Array(64 * 1024).fill(97);

const digestOf = (octets: Uint8Array): string =>
  `sha-256=:${createHash("sha256").update(octets).digest("base64")}:`;

async function* endless(sent: () => void): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield await Promise.resolve(PIECE);
    sent();
  }
}

export const UPLOADS: readonly Behaviour[] = [
  {
    name: "a body is gathered: bytes(), text(), json()",
    async run(site) {
      const data = noise(700_000);
      await site.answer(async ({ target, body }) => {
        if (target === "/json") return json(((await body.json()) as { a: unknown }).a);
        if (target === "/text") return text(`<${await body.text()}>`);
        return text(
          createHash("sha256")
            .update(await body.bytes())
            .digest("hex"),
        );
      });
      const post = async (target: string, body?: string | Uint8Array): Promise<string> =>
        (await site.whole({ method: "POST", target, ...(body === undefined ? {} : { body }) })).text;
      assert.equal(await post("/json", '{"a":[1,"ä"]}'), '[1,"ä"]');
      assert.equal(await post("/text", "wörter"), "<wörter>");
      assert.equal(await post("/text"), "<>");
      assert.equal(await post("/bytes", data), createHash("sha256").update(data).digest("hex"));
    },
  },
  {
    name: "an upload is answered while it arrives",
    async run(site) {
      await site.answer(({ body }) => stream("application/octet-stream", body));
      let next = gate();
      async function* pieces(): AsyncGenerator<string> {
        for (const piece of ["one", "two", "three"]) {
          yield piece;
          await next.opened;
          next = gate();
        }
      }
      const answer = site.ask({ method: "POST", body: pieces() });
      for (const piece of ["one", "two", "three"]) {
        await answer.until(piece);
        next.open();
      }
      const { ending, text: all } = await answer.whole();
      assert.deepEqual([ending, all], ["complete", "onetwothree"]);
    },
  },
  {
    name: "a handler that stops reading makes the sender wait",
    async run(site) {
      const { opened, open } = gate();
      let sent = 0;
      await site.answer(async ({ body }) => {
        let pieces = 0;
        for await (const _ of body) {
          if (pieces++ === 0) await opened;
          if (pieces > 2 * (HELD / PIECE.length)) break;
        }
        return text("enough");
      });
      const answer = site.ask({ method: "POST", body: endless(() => sent++) });
      answer.head.catch(() => {});
      const held = await settled(() => sent);
      assert.ok(held * PIECE.length < HELD, `${held} pieces are held`);
      open();
      await eventually(() => sent > held, "the sender to go on");
      answer.leave();
    },
  },
  {
    name: "a body over the limit is a 413",
    async run(site) {
      await site.answer(async ({ body }) => text(await body.text(10)));
      assert.equal((await site.whole({ method: "POST", body: "0123456789" })).text, "0123456789");
      const { status, text: told } = await site.whole({ method: "POST", body: "0123456789a" });
      assert.equal(status, 413);
      assert.match(told, /ERR_SLUICE_BODY_TOO_LARGE/);
    },
  },
  {
    name: "what is gathered has a limit of 1 MiB where nobody gives another",
    async run(site) {
      await site.answer(async ({ body }) => text(String((await body.bytes()).length)));
      const post = (size: number): Promise<{ status: number; text: string }> =>
        site.whole({ method: "POST", body: new Uint8Array(size) });
      assert.equal((await post(1024 * 1024)).text, "1048576");
      assert.equal((await post(1024 * 1024 + 1)).status, 413);
    },
  },
  {
    name: "whether a body follows is known from the head",
    async run(site) {
      await site.answer((request) => text(contextOf(request).hasBody ? "a body" : "none"));
      const askedBy = async (asking: Asking): Promise<string> => (await site.whole(asking)).text;
      assert.equal(await askedBy({}), "none");
      assert.equal(await askedBy({ method: "HEAD" }), "");
      assert.equal(await askedBy({ method: "DELETE" }), "none");
      assert.equal(await askedBy({ method: "POST" }), "none");
      assert.equal(await askedBy({ method: "POST", body: "octets" }), "a body");
      async function* pieces(): AsyncGenerator<string> {
        yield "octets";
      }
      assert.equal(await askedBy({ method: "PUT", body: pieces() }), "a body");
    },
  },
  {
    name: "a body is decoded, and checked against its digest",
    async run(site) {
      await site.answer(async ({ body }) => text(await body.verified().decoded().text()));
      const coded = gzipSync("wörter");
      const post = (digest: string): Promise<{ status: number; text: string }> =>
        site.whole({
          method: "POST",
          body: coded,
          fields: { "content-encoding": "gzip", "repr-digest": digest },
        });
      assert.equal((await post(digestOf(coded))).text, "wörter");
      assert.equal((await post(digestOf(Buffer.from("wörter")))).status, 400);
    },
  },
  {
    name: "a body that nobody reads is no harm",
    async run(site) {
      await site.answer(({ method }) => text(`unread ${method}`));
      for (const size of [1, 100_000]) {
        const { status, text: all } = await site.whole({ method: "POST", body: new Uint8Array(size) });
        assert.deepEqual([status, all], [200, "unread POST"]);
      }
    },
  },
  {
    name: "a body that is read late is whole",
    async run(site) {
      const data = noise(300_000);
      await site.answer(async ({ body }) => {
        for (let turns = 0; turns < 20; turns++) await turn();
        return { status: 200, headers: {}, body: body.stream() };
      });
      const { ending, octets } = await site.whole({ method: "POST", body: data });
      assert.deepEqual([ending, octets.equals(data)], ["complete", true]);
    },
  },
  {
    name: "an upload that is refused at once gets its answer",
    async run(site) {
      await site.answer(() => text("no", { status: 403 }));
      const {
        status,
        text: told,
        ending,
      } = await site.whole({ method: "POST", body: new Uint8Array(4_000_000) });
      assert.deepEqual([status, told, ending], [403, "no", "complete"]);
    },
  },
  {
    name: "a sender that leaves is an error of reading, and no other",
    async run(site) {
      let thrown: unknown;
      const begun = gate();
      await site.answer(async ({ body }: Request) => {
        try {
          for await (const _ of body) begun.open();
        } catch (error) {
          thrown = error;
          throw error;
        }
        return text("whole?");
      });
      async function* stuck(): AsyncGenerator<string> {
        yield "partial";
        await new Promise(() => {});
      }
      const answer = site.ask({ method: "POST", body: stuck() });
      answer.head.catch(() => {});
      await begun.opened;
      answer.leave();
      await eventually(() => thrown !== undefined, "reading to throw");
    },
  },
  {
    name: "a sender that waits for 100 (Continue) gets it",
    async run(site) {
      await site.answer(async ({ body }) => text(`<${await body.text()}>`));
      async function* patient(): AsyncGenerator<string> {
        // Not before there is an answer to look at.
        await turn();
        await eventually(() => answer.interim.some(({ status }) => status === 100), "100 (Continue)");
        yield "body";
      }
      const answer = site.ask({ method: "POST", body: patient(), fields: { expect: "100-continue" } });
      assert.equal((await answer.whole()).text, "<body>");
    },
  },
  {
    name: "trailers of a request",
    async run(site) {
      await site.answer(async ({ body }) => {
        const all = await body.text();
        return json([all, (await body.trailers).fields.get("x-count")]);
      });
      const { text: told } = await site.whole({ method: "POST", body: "body", trailers: { "x-count": "1" } });
      assert.deepEqual(JSON.parse(told), ["body", "1"]);
    },
  },
];
