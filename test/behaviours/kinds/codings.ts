// Content codings: which one, and when what is coded leaves.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { content, sse, stream, text } from "../../../src/index.ts";
import { CODINGS as KNOWN, type Whole } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import { gate } from "../waiting.ts";

const LONG = "All work and no play makes Jack a dull boy.\n".repeat(500);

/** Every event is at the reader, decoded, before the next one is made. */
function flushed(coding: string): Behaviour {
  return {
    name: `each event is at the reader when it happens, also in ${coding}`,
    possible: KNOWN.includes(coding),
    async run(site) {
      let gates = [gate(), gate()];
      await site.answer(() =>
        sse(async function* () {
          for (const [at, { opened }] of gates.entries()) {
            yield { data: { number: at } };
            await opened;
          }
          yield "end";
        }),
      );
      gates = [gate(), gate()];
      const answer = site.ask({ fields: { "accept-encoding": coding } });
      assert.equal((await answer.head).fields.get("content-encoding"), coding);
      for (const [at, { open }] of gates.entries()) {
        await answer.until(`data: {"number":${at}}\n\n`);
        open();
      }
      const { ending, text: all } = await answer.whole();
      assert.deepEqual([ending, all.endsWith("data: end\n\n")], ["complete", true]);
    },
  };
}

export const CODINGS: readonly Behaviour[] = [
  ...["gzip", "br", "zstd"].map(flushed),
  {
    name: "a content coding is negotiated",
    async run(site) {
      await site.answer(({ target }) => {
        if (target === "/small") return text("small");
        if (target === "/as-it-is") return text(LONG, { headers: { "cache-control": "no-transform" } });
        if (target === "/stream") return stream("text/plain", LONG.split(/(?<=\n)/));
        return text(LONG);
      });
      const ask = (acceptEncoding: string, target = "/"): Promise<Whole> =>
        site.whole({ target, fields: { "accept-encoding": acceptEncoding } });
      for (const target of ["/", "/stream"]) {
        for (const coding of KNOWN) {
          const { fields, text: all, octets, ending } = await ask(coding, target);
          assert.deepEqual([ending, fields.get("content-encoding"), all], ["complete", coding, LONG]);
          assert.match(fields.get("vary") ?? "", /^accept-encoding$/i, "Vary");
          assert.ok(octets.length < LONG.length / 10);
          // Told exactly, or not at all.
          assert.equal(fields.get("content-length") ?? String(octets.length), String(octets.length));
        }
      }
      for (const [acceptEncoding, coding] of [
        ["identity", undefined],
        ["gzip;q=0", undefined],
        ["gzip;q=0.5, br;q=0.8", "br"],
        ["gzip, identity;q=0", "gzip"],
        ["x-gzip", "gzip"],
        ["unheard-of", undefined],
      ] as const) {
        const { status, fields, text: all } = await ask(acceptEncoding);
        assert.deepEqual([status, fields.get("content-encoding"), all], [200, coding, LONG], acceptEncoding);
        assert.match(fields.get("vary") ?? "", /^accept-encoding$/i, acceptEncoding);
      }
      assert.equal((await ask("identity;q=0, *;q=0")).status, 406);
      for (const target of ["/small", "/as-it-is"])
        assert.equal((await ask("gzip", target)).fields.get("content-encoding"), undefined, target);
    },
  },
  {
    name: "a reply that is not to be coded stays as it is",
    async run(site) {
      await site.answer(() => text(LONG, { compress: false }));
      const { fields, text: all } = await site.whole({ fields: { "accept-encoding": "gzip, br" } });
      assert.deepEqual([fields.get("content-encoding"), all], [undefined, LONG]);
    },
  },
  {
    name: "an entity tag has a name for each coding",
    async run(site) {
      const resource = content("text/plain", LONG);
      await site.answer(() => resource);
      const ask = (acceptEncoding: string, more = {}): Promise<Whole> =>
        site.whole({ fields: { "accept-encoding": acceptEncoding, ...more } });
      const tags = new Map<string, string>();
      for (const coding of ["identity", ...KNOWN]) {
        const { fields, text: all } = await ask(coding);
        assert.equal(all, LONG);
        tags.set(coding, fields.get("etag")!);
      }
      assert.equal(new Set(tags.values()).size, tags.size);
      for (const [coding, tag] of tags) {
        const same = await ask(coding, { "if-none-match": tag });
        assert.deepEqual([same.status, same.fields.get("etag"), same.octets.length], [304, tag, 0]);
      }
    },
  },
  {
    name: "a condition on another coding's tag fails",
    async run(site) {
      const resource = content("text/plain", LONG);
      await site.answer(() => resource);
      const ask = (acceptEncoding: string, more = {}): Promise<Whole> =>
        site.whole({ fields: { "accept-encoding": acceptEncoding, ...more } });
      const [plain, coded] = [await ask("identity"), await ask("gzip")];
      const [tag, codedTag] = [plain, coded].map(({ fields }) => fields.get("etag")!);
      assert.equal((await ask("gzip", { "if-none-match": tag })).status, 200);
      assert.equal((await ask("identity", { "if-none-match": codedTag })).status, 200);
    },
  },
  {
    name: "a digest is of what is sent, whatever its coding",
    async run(site) {
      await site.answer(() => text(LONG, { digest: "sha-256" }));
      for (const coding of ["identity", "gzip"]) {
        const { fields, octets } = await site.whole({ fields: { "accept-encoding": coding } });
        const digest = createHash("sha256").update(octets).digest("base64");
        assert.equal(fields.get("content-digest"), `sha-256=:${digest}:`, coding);
      }
    },
  },
];
