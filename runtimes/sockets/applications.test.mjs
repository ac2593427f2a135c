// Applications that others have made the pieces of, on our server: fetch-style ones, whose responses are the runtime's own, and React's pages.

import { createElement, Suspense, use as useValue } from "react";
import { renderToReadableStream } from "react-dom/server.edge";
import { fromFetch, toFetch } from "sluice/fetch";
import { react } from "sluice/react";
import { testBehaviours } from "../suite/behaviours.mjs";
import { equal, ok } from "../suite/expect.mjs";
import { withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { gate } from "../suite/waiting.mjs";

// A response of fetch has no trailers.
testBehaviours(
  "fromFetch",
  (handler, use) => {
    const fetch = toFetch(handler);
    const application = async (request) => {
      const { body, status, headers } = await fetch(request);
      return new Response(body, { status, headers });
    };
    return withServer(fromFetch(application), use);
  },
  ["trailers follow the body"],
);

test("fromFetch: a request and a response of fetch", () =>
  withServer(
    fromFetch(async (request) => {
      const { method, url, headers } = request;
      if (new URL(url).pathname === "/json") return Response.json({ a: 1 }, { status: 201 });
      const answer = new Headers([
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
      ]);
      return new Response(`${method} ${headers.get("x-a")} ${await request.text()}`, { headers: answer });
    }),
    async ({ client, url }) => {
      const post = { method: "POST", body: ["a ", "stream"], headers: { "X-A": "b" } };
      const response = await client.request(url("/"), post);
      equal(response.headers.getAll("set-cookie"), ["a=1", "b=2"]);
      equal(await response.body.text(), "POST b a stream");
      const json = await client.request(url("/json"));
      equal([json.status, await json.body.text()], [201, '{"a":1}']);
    },
  ));

test("React's page leaves with its shell, and what is late follows", () => {
  const shown = gate();
  const late = shown.opened.then(() => "late");
  const Late = () => createElement("b", null, useValue(late));
  const page = createElement(
    "html",
    null,
    createElement("body", null, "shell", createElement(Suspense, { fallback: "wait" }, createElement(Late))),
  );
  return withServer(
    () => react((hooks) => renderToReadableStream(page, hooks)),
    async ({ connect }) => {
      const client = await connect();
      client.get("/");
      await client.until("wait");
      ok(!client.text.includes("<b>late</b>"), "the shell alone");
      shown.open();
      const { status, headers, body, complete } = await client.response();
      equal([status, headers["content-type"], complete], [200, "text/html; charset=utf-8", true]);
      ok(body.includes("<b>late</b>"), "what was late");
    },
  );
});
