// What the handler sees of a request.

import assert from "node:assert/strict";
import { json, text } from "../../../src/index.ts";
import type { Behaviour } from "../behaviour.ts";

export const REQUESTS: readonly Behaviour[] = [
  {
    name: "a handler sees what was asked",
    async run(site) {
      await site.answer(({ method, target, path, query, url, headers }) =>
        json({
          method,
          target,
          path,
          query: query.getAll("b"),
          search: url.search,
          field: headers.get("X-Field"),
          cookie: headers.get("cookie"),
        }),
      );
      const target = "/a%20path/%C3%A4?b=1&b=%26#";
      const seen = await site.whole({
        method: "OPTIONS",
        target: target.slice(0, -1),
        fields: { "x-field": "a, b", cookie: "a=1; b=2" },
      });
      assert.deepEqual(JSON.parse(seen.text), {
        method: "OPTIONS",
        target: "/a%20path/%C3%A4?b=1&b=%26",
        path: "/a%20path/%C3%A4",
        query: ["1", "&"],
        search: "?b=1&b=%26",
        field: "a, b",
        cookie: "a=1; b=2",
      });
    },
  },
  {
    name: "methods and targets of all kinds reach the handler",
    async run(site) {
      await site.answer(({ method, target, path }) => text(`${method} ${target} ${path}`));
      for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
        assert.equal((await site.whole({ method })).text, `${method} / /`);
      for (const target of [
        "//a//b",
        "/a;b=c,d",
        "/a?b?c",
        "/?",
        "/a?b=%zz",
        "/%E0%A4%8A",
        "/%2e%2f",
        "/a|b",
      ]) {
        const [path] = target.split("?");
        assert.equal((await site.whole({ target })).text, `GET ${target} ${path}`);
      }
    },
  },
  {
    name: "a handler knows who asks, and by which version",
    async run(site) {
      await site.answer(({ remote, httpVersion, url }) => json([remote.address, httpVersion, url.protocol]));
      const { text: told } = await site.whole();
      assert.ok(site.where !== undefined, "nobody asks over a network");
      const { version, ca } = site.where;
      assert.deepEqual(JSON.parse(told), [
        "127.0.0.1",
        version === "2" ? "2.0" : "1.1",
        ca === undefined ? "http:" : "https:",
      ]);
    },
  },
];
