// What comes in front of a head, and behind a body.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { stream, text } from "../../../src/index.ts";
import type { Behaviour } from "../behaviour.ts";
import { eventually, gate } from "../waiting.ts";

const TE = { te: "trailers" };

export const TRAILERS: readonly Behaviour[] = [
  {
    name: "trailers reach who asks for them",
    async run(site) {
      await site.answer(({ target }) =>
        target === "/writer"
          ? stream(
              "text/plain",
              async (out) => {
                await out.write("body");
                out.trailer("x-count", "1");
              },
              { trailers: ["x-count", "x-unset"] },
            )
          : stream("text/plain", ["bo", "dy"], { trailers: { "x-count": () => "1" } }),
      );
      for (const target of ["/writer", "/values"]) {
        const { text: body, ending, trailers, fields } = await site.whole({ target, fields: TE });
        assert.deepEqual([body, ending], ["body", "complete"]);
        assert.deepEqual(Object.fromEntries(trailers), { "x-count": "1" });
        assert.match(fields.get("trailer") ?? "", /x-count/);
      }
    },
  },
  {
    name: "trailers reach everybody, where a reply wants that",
    async run(site) {
      const trailers = { "x-count": "1" };
      await site.answer(() => stream("text/plain", ["body"], { trailers, trailersAlways: true }));
      const { text: body, trailers: got } = await site.whole();
      assert.deepEqual([body, Object.fromEntries(got)], ["body", trailers]);
    },
  },
  {
    name: "who doesn't ask for trailers gets none",
    async run(site) {
      await site.answer(() => stream("text/plain", ["body"], { trailers: { "x-count": "1" } }));
      const { text: body, ending, trailers, fields } = await site.whole();
      assert.deepEqual(
        [body, ending, trailers.size, fields.get("trailer")],
        ["body", "complete", 0, undefined],
      );
    },
  },
  {
    name: "a trailer that may not be one is a 500",
    async run(site) {
      const names = ["content-length", "te", "http2-settings", "set-cookie"];
      await site.answer(({ target }) =>
        stream("text/plain", ["not sent"], { trailers: { [target.slice(1)]: "1" }, trailersAlways: true }),
      );
      for (const name of names) {
        assert.equal((await site.whole({ target: `/${name}`, fields: TE })).status, 500, name);
        assert.equal((await site.takeErrors())[0].code, "ERR_SLUICE_FORBIDDEN_TRAILER", name);
      }
    },
  },
  {
    name: "a digest of a stream verifies",
    async run(site) {
      await site.answer(() =>
        stream(
          "text/plain",
          Array.from({ length: 500 }, (_, number) => `line ${number}\n`),
          {
            digest: "sha-256",
            timing: true,
          },
        ),
      );
      for (const coding of ["identity", "gzip"]) {
        const { octets, trailers } = await site.whole({ fields: { ...TE, "accept-encoding": coding } });
        const digest = createHash("sha256").update(octets).digest("base64");
        assert.equal(trailers.get("repr-digest"), `sha-256=:${digest}:`, coding);
        assert.match(trailers.get("server-timing") ?? "", /^first;dur=[\d.]+, total;dur=[\d.]+$/);
      }
    },
  },
  {
    name: "early hints arrive before the head",
    async run(site) {
      const { opened, open } = gate();
      await site.answer(async (request) => {
        request.informational(103, { link: "</a.css>; rel=preload" });
        request.informational(103, { link: "</b.js>; rel=preload" });
        await opened;
        return text("hinted");
      });
      const answer = site.ask();
      await eventually(() => answer.interim.length === 2, "two hints");
      open();
      const { status, interim, text: body } = await answer.whole();
      assert.deepEqual([status, body], [200, "hinted"]);
      assert.deepEqual(
        interim.map((hint) => [hint.status, hint.fields.get("link")]),
        [
          [103, "</a.css>; rel=preload"],
          [103, "</b.js>; rel=preload"],
        ],
      );
    },
  },
  {
    name: "an interim response that would not be one is refused",
    async run(site) {
      const refused: [number, Record<string, string | string[]>, string][] = [
        [101, {}, "ERR_SLUICE_INVALID_START_LINE"],
        [200, {}, "ERR_SLUICE_INVALID_START_LINE"],
        [99, {}, "ERR_SLUICE_INVALID_START_LINE"],
        [102.5, {}, "ERR_SLUICE_INVALID_START_LINE"],
        [103, { "x y": "1" }, "ERR_SLUICE_INVALID_FIELD"],
        [103, { link: "a\r\nb: c" }, "ERR_SLUICE_INVALID_FIELD"],
        [103, { "Content-Length": "5" }, "ERR_SLUICE_FRAMING_FIELD"],
        [103, { "Transfer-Encoding": "chunked" }, "ERR_SLUICE_FRAMING_FIELD"],
        [103, { Connection: "close" }, "ERR_SLUICE_FRAMING_FIELD"],
        [103, { Upgrade: "websocket" }, "ERR_SLUICE_FRAMING_FIELD"],
        [103, { TE: "trailers" }, "ERR_SLUICE_FRAMING_FIELD"],
        [103, { "HTTP2-Settings": "AAMAAABk" }, "ERR_SLUICE_FRAMING_FIELD"],
        [103, { ETag: ["1", "2"] }, "ERR_SLUICE_REPEATED_FIELD"],
      ];
      const thrown: unknown[] = [];
      await site.answer((request) => {
        for (const [status, fields] of refused) {
          try {
            request.informational(status, fields);
            thrown.push(undefined);
          } catch (error) {
            thrown.push((error as { code?: unknown }).code);
          }
        }
        return text("final");
      });
      const { status, text: body, interim } = await site.whole();
      assert.deepEqual([status, body, interim.length], [200, "final", 0]);
      assert.deepEqual(
        thrown,
        refused.map(([, , code]) => code),
      );
    },
  },
  {
    name: "hints are no harm where nobody sends them",
    async run(site) {
      await site.answer((request) => {
        request.informational(103, { link: "</a.css>; rel=preload" });
        return text("hinted");
      });
      assert.equal((await site.whole()).text, "hinted");
    },
  },
];
