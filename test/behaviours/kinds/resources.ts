// Ranges and conditions, of what is in memory and of files.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { content, file, type Resource, resource } from "../../../src/index.ts";
import { noise } from "../../content/codings-by-zlib.ts";
import type { Asking, Whole } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";
import type { Site } from "../site.ts";
import { eventually } from "../waiting.ts";

const SIZE = 1_000_000;
const DATA: Buffer = noise(SIZE);
const CHANGED = new Date("2026-01-02T03:04:05Z");

/** Runs with the same octets as a resource of each kind. */
async function withResources(site: Site, use: (target: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-behaviours-"));
  try {
    const path = join(folder, "data.bin");
    writeFileSync(path, DATA);
    utimesSync(path, CHANGED, CHANGED);
    const resources: Record<string, Resource> = {
      "/content": content("application/octet-stream", DATA, { lastModified: CHANGED }),
      "/file": file(path, { etag: '"file"' }),
    };
    await site.answer(({ target }) => resources[target] ?? file(join(folder, "nothing")));
    for (const target of Object.keys(resources)) await use(target);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const RESOURCES: readonly Behaviour[] = [
  {
    name: "ranges: one, the last octets, several, none that exists",
    run: (site) =>
      withResources(site, async (target) => {
        const ask = (range: string, more = {}): Promise<Whole> =>
          site.whole({ target, fields: { range, ...more } });
        const whole = await site.whole({ target });
        assert.ok(whole.octets.equals(DATA));
        assert.equal(whole.fields.get("accept-ranges"), "bytes");
        for (const [range, start, end] of [
          ["bytes=0-0", 0, 1],
          ["bytes=1000-200999", 1_000, 201_000],
          [`bytes=${SIZE - 5}-`, SIZE - 5, SIZE],
          ["bytes=-1000", SIZE - 1_000, SIZE],
        ] as const) {
          const { status, fields, octets, ending } = await ask(range);
          assert.deepEqual([status, ending], [206, "complete"], range);
          assert.equal(fields.get("content-range"), `bytes ${start}-${end - 1}/${SIZE}`);
          assert.equal(fields.get("content-length"), String(end - start));
          assert.ok(octets.equals(DATA.subarray(start, end)), range);
        }
        const several = await ask("bytes=0-9,200000-200009");
        const told = several.octets.toString("latin1");
        assert.match(several.fields.get("content-type")!, /^multipart\/byteranges; ?boundary=/);
        assert.equal(several.fields.get("content-length"), String(several.octets.length));
        for (const at of [0, 200_000])
          assert.ok(
            told.includes(
              `bytes ${at}-${at + 9}/${SIZE}\r\n\r\n${DATA.toString("latin1", at, at + 10)}\r\n--`,
            ),
          );
        const beyond = await ask(`bytes=${SIZE}-`);
        assert.deepEqual([beyond.status, beyond.fields.get("content-range")], [416, `bytes */${SIZE}`]);
        assert.equal((await ask("lines=1-2")).status, 200);
      }),
  },
  {
    name: "If-Range, and the conditions in front of a range",
    run: (site) =>
      withResources(site, async (target) => {
        const { fields } = await site.whole({ target });
        const etag = fields.get("etag")!;
        const ask = (more: Record<string, string>): Promise<Whole> =>
          site.whole({ target, fields: { range: "bytes=1-2", ...more } });
        assert.equal((await ask({ "if-range": etag })).status, 206);
        const changed = await ask({ "if-range": '"another"' });
        assert.deepEqual([changed.status, changed.octets.length], [200, SIZE]);
        assert.equal((await ask({ "if-match": '"another"' })).status, 412);
        assert.equal((await ask({ "if-none-match": etag })).status, 304);
      }),
  },
  {
    name: "conditions: 304 and 412",
    run: (site) =>
      withResources(site, async (target) => {
        const { fields } = await site.whole({ target });
        const etag = fields.get("etag")!;
        assert.equal(fields.get("last-modified"), CHANGED.toUTCString());
        for (const [condition, value, status] of [
          ["if-none-match", etag, 304],
          ["if-none-match", `"other", W/${etag}`, 304],
          ["if-none-match", '"other"', 200],
          ["if-none-match", "*", 304],
          ["if-match", etag, 200],
          ["if-match", '"other"', 412],
          ["if-modified-since", CHANGED.toUTCString(), 304],
          ["if-modified-since", new Date(0).toUTCString(), 200],
          ["if-unmodified-since", new Date(0).toUTCString(), 412],
        ] as const) {
          const answer = await site.whole({ target, fields: { [condition]: value } });
          assert.deepEqual([answer.status, answer.ending], [status, "complete"], `${condition}: ${value}`);
          if (status !== 304) continue;
          assert.deepEqual([answer.octets.length, answer.fields.get("etag")], [0, etag]);
        }
      }),
  },
  {
    name: "a file is intact for a reader that takes its time",
    run: (site) =>
      withResources(site, async (target) => {
        const answer = site.ask({ target });
        await answer.take(1);
        for (let turns = 0; turns < 100; turns++) await turn();
        assert.ok((await answer.whole()).octets.equals(DATA));
      }),
  },
  {
    name: "what a resource holds open is closed, however its reader leaves",
    async run(site) {
      let [opened, closed] = [0, 0];
      const held = resource(() => {
        opened++;
        return {
          size: DATA.length,
          type: "application/octet-stream",
          etag: '"held"',
          read: async function* (start: number, end: number) {
            yield DATA.subarray(start, end);
            await Promise.resolve();
          },
          close: () => void closed++,
        };
      });
      await site.answer(() => held);
      const asked: Asking[] = [
        {},
        { method: "HEAD" },
        { fields: { range: "bytes=0-1,5-6" } },
        { fields: { range: `bytes=${SIZE}-` } },
        { fields: { "if-none-match": '"held"' } },
        { fields: { "if-match": '"other"' } },
      ];
      for (const asking of asked) await site.whole(asking);
      const answer = site.ask();
      await answer.take(1);
      answer.leave();
      await eventually(() => closed === opened, `${opened} to be closed, not ${closed}`);
      assert.equal(opened, asked.length + 1);
    },
  },
  {
    name: "HEAD of a resource, and one that isn't there",
    run: (site) =>
      withResources(site, async (target) => {
        const head = await site.whole({ target, method: "HEAD", fields: { range: "bytes=0-1" } });
        assert.deepEqual(
          [head.status, head.fields.get("content-length"), head.octets.length],
          [200, String(SIZE), 0],
        );
        assert.equal((await site.whole({ target: "/nothing" })).status, 404);
      }),
  },
];
