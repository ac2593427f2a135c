// What the reader sees of a reply.

import assert from "node:assert/strict";
import {
  type Answer,
  content,
  csv,
  html,
  json,
  multipart,
  ndjson,
  page,
  type Reply,
  slot,
  sse,
  stream,
  text,
  zip,
} from "../../../src/index.ts";
import type { Whole } from "../answer.ts";
import type { Behaviour } from "../behaviour.ts";

/** Fields that a host may add as it likes. */
const OF_THE_HOST = ["date", "connection", "keep-alive", "transfer-encoding", "x-powered-by"];

function comparable({ fields }: Whole): Record<string, string> {
  return Object.fromEntries([...fields].filter(([name]) => !OF_THE_HOST.includes(name)));
}

/** A length that only GET has, of a body whose size wasn't known. */
function counted(target: string, { fields }: Whole): Record<string, string> {
  const length = fields.get("content-length");
  const wasKnown = target === "/text" || target === "/content";
  return wasKnown || length === undefined ? {} : { "content-length": length };
}

export const REPLIES: readonly Behaviour[] = [
  {
    name: "HEAD has the fields of GET, and no body",
    async run(site) {
      let begun = 0;
      const resource = content("text/plain", "in memory");
      await site.answer(({ target }) => {
        if (target === "/text") return text("known");
        if (target === "/content") return resource;
        if (target === "/events") return sse(["one"]);
        return stream("text/plain", function* () {
          begun++;
          yield "made";
        });
      });
      for (const target of ["/text", "/content", "/events", "/stream"]) {
        const whole = await site.whole({ target });
        const head = await site.whole({ target, method: "HEAD" });
        assert.deepEqual([head.status, head.octets.length, head.ending], [200, 0, "complete"], target);
        // A host may count what is there already, which it can't for HEAD.
        assert.deepEqual({ ...counted(target, whole), ...comparable(head) }, comparable(whole), target);
      }
      assert.equal(begun, 1, "the source of a body that nobody wants is not begun");
    },
  },
  {
    name: "204, 205 and 304 have no body",
    async run(site) {
      await site.answer(({ target }) => ({
        status: Number(target.slice(1)),
        headers: { "x-a": "1" },
        body: null,
      }));
      for (const status of [204, 205, 304]) {
        const whole = await site.whole({ target: `/${status}` });
        const { octets, ending, fields } = whole;
        assert.deepEqual([whole.status, octets.length, ending], [status, 0, "complete"]);
        assert.deepEqual([fields.get("x-a"), fields.get("content-type")], ["1", undefined]);
        assert.ok(["0", undefined].includes(fields.get("content-length")));
        if (status === 204) assert.equal(fields.get("content-length"), undefined);
      }
    },
  },
  {
    name: "a size that is known is in Content-Length",
    async run(site) {
      await site.answer(({ target }) => {
        if (target === "/text") return text("zwölf");
        if (target === "/bytes") return { status: 200, headers: {}, body: new Uint8Array(1_000) };
        if (target === "/empty") return text("");
        if (target === "/null") return { status: 200, headers: {}, body: null };
        return stream("text/plain", ["12", "345"], { headers: { "Content-Length": 5 as never } });
      });
      for (const [target, length] of [
        ["/text", 6],
        ["/bytes", 1_000],
        ["/empty", 0],
        ["/null", 0],
        ["/announced", 5],
      ] as const) {
        const { fields, octets, ending } = await site.whole({ target });
        assert.deepEqual(
          [fields.get("content-length"), octets.length, ending],
          [String(length), length, "complete"],
          target,
        );
      }
    },
  },
  {
    name: "fields arrive as they were given, each Set-Cookie by itself",
    async run(site) {
      await site.answer(() =>
        text("", {
          status: 418,
          headers: [
            ["Set-Cookie", "a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT"],
            ["X-Twice", "one"],
            ["Set-Cookie", "b=2"],
            ["X-Twice", "two"],
            ["X-Latin", "caf\u00e9"],
            ["Content-Type", "text/x-own"],
            ["Content-Language", "de"],
            ["Content-Language", "en"],
            ["X-Content-Type-Options", "nosniff"],
            ["X-Content-Type-Options", "nosniff"],
          ],
        }),
      );
      const { status, fields, cookies } = await site.whole();
      assert.equal(status, 418);
      assert.deepEqual(cookies, ["a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT", "b=2"]);
      assert.deepEqual(
        [fields.get("x-twice"), fields.get("x-latin"), fields.get("content-type")],
        ["one, two", "caf\u00e9", "text/x-own"],
      );
      assert.deepEqual(
        [fields.get("content-language"), fields.get("x-content-type-options")],
        ["de, en", "nosniff, nosniff"],
      );
    },
  },
  {
    name: "a field that has one value is refused twice",
    async run(site) {
      const names = ["ETag", "Location", "Content-Type", "Retry-After", "Age", "Date", "Host"];
      await site.answer(({ target }) =>
        stream("text/plain", ["not sent"], {
          headers: [
            [target.slice(1), "1"],
            ["x-between", "1"],
            [target.slice(1).toLowerCase(), "2"],
          ],
        }),
      );
      for (const name of names) {
        const { status, fields } = await site.whole({ target: `/${name}` });
        assert.deepEqual([status, fields.get("x-between")], [500, undefined], name);
        assert.equal((await site.takeErrors())[0].code, "ERR_SLUICE_REPEATED_FIELD", name);
      }
    },
  },
  {
    name: "Date is there, once",
    async run(site) {
      const own = new Date(0).toUTCString();
      await site.answer(({ target }) => text("dated", target === "/own" ? { headers: { date: own } } : {}));
      assert.ok(site.where !== undefined, "nobody is there to add it");
      for (const target of ["/", "/own"]) {
        const date = (await site.whole({ target })).fields.get("date") ?? "";
        assert.equal(new Date(date).toUTCString(), date);
      }
    },
  },
  {
    name: "the host alone frames",
    async run(site) {
      const refused: Record<string, Record<string, string>> = {
        "/coding": { "Transfer-Encoding": "chunked" },
        "/upgrade": { Upgrade: "websocket" },
        "/keep-alive": { Connection: "upgrade" },
        "/length": { "Content-Length": "five" },
        "/te": { TE: "trailers" },
        "/settings": { "HTTP2-Settings": "AAMAAABk" },
        "/name": { "x y": "1" },
        "/value": { "x-a": "1\r\nx-b: 2" },
      };
      await site.answer(({ target }) =>
        target === "/"
          ? stream("text/plain", ["fine"], { headers: { Connection: "close" } })
          : stream("text/plain", ["not sent"], { headers: refused[target] }),
      );
      const { text: body, fields } = await site.whole();
      assert.equal(body, "fine");
      if (site.where?.version !== "1.1")
        for (const name of OF_THE_HOST.slice(1)) assert.equal(fields.get(name), undefined, name);
      for (const target of Object.keys(refused)) {
        assert.equal((await site.whole({ target })).status, 500, target);
        assert.match((await site.takeErrors())[0].code, /^ERR_SLUICE_(FRAMING|INVALID)_FIELD$/, target);
      }
    },
  },
  {
    name: "a reply can be returned many times",
    async run(site) {
      const replies: Record<string, Reply> = {
        "/text": text("text"),
        "/stream": stream("text/plain", ["str", "eam"]),
        "/function": stream("text/plain", function* () {
          yield "func";
          yield "tion";
        }),
        "/events": sse(["one"], { headers: { "x-a": "1" } }),
      };
      await site.answer(({ target }) => replies[target]);
      for (const target of Object.keys(replies)) {
        const all = await Promise.all([1, 2, 3].map(() => site.whole({ target })));
        for (const { text: body, ending } of all)
          assert.deepEqual(
            [ending, body],
            ["complete", target === "/events" ? "data: one\n\n" : target.slice(1)],
          );
      }
    },
  },
  {
    name: "every kind of reply arrives whole",
    async run(site) {
      const replies: Record<string, [reply: () => Answer, type: string, holds: string]> = {
        "/json": [() => json({ a: [1] }), "application/json", '{"a":[1]}'],
        "/html": [() => html`<p>${"<&"}</p>`, "text/html; charset=utf-8", "<p>&lt;&amp;</p>"],
        "/page": [
          () => page(html`<p>${slot(() => Promise.resolve(html`late`), { placeholder: "soon" })}</p>`),
          "text/html; charset=utf-8",
          "late",
        ],
        "/ndjson": [() => ndjson([1, "2"]), "application/x-ndjson", '1\n"2"\n'],
        "/csv": [() => csv([["a", "b,"]]), "text/csv; charset=utf-8", 'a,"b,"\r\n'],
        "/parts": [() => multipart([{ type: "text/plain", body: "part" }]), "multipart/", "\r\npart\r\n"],
        "/zip": [() => zip([{ name: "a.txt", source: "zipped" }]), "application/zip", "a.txt"],
      };
      await site.answer(({ target }) => replies[target][0]());
      for (const [target, [, type, holds]] of Object.entries(replies)) {
        const { status, fields, text: all, ending } = await site.whole({ target });
        assert.deepEqual([status, ending], [200, "complete"], target);
        assert.ok(fields.get("content-type")?.startsWith(type), fields.get("content-type"));
        assert.ok(all.includes(holds), all);
      }
    },
  },
  {
    name: "a web Response is a reply",
    async run(site) {
      await site.answer(({ target }) =>
        target === "/stream"
          ? new Response(new Blob(["str", "eam"]).stream(), { status: 201, headers: { "x-a": "1" } })
          : Response.json(
              { a: 1 },
              {
                headers: [
                  ["set-cookie", "a=1"],
                  ["set-cookie", "b=2"],
                ],
              },
            ),
      );
      const made = await site.whole();
      assert.deepEqual(
        [made.status, made.fields.get("content-type"), made.text, made.cookies],
        [200, "application/json", '{"a":1}', ["a=1", "b=2"]],
      );
      const streamed = await site.whole({ target: "/stream" });
      assert.deepEqual([streamed.status, streamed.fields.get("x-a"), streamed.text], [201, "1", "stream"]);
    },
  },
];
