// Our handlers under the runtime's own server, by sluice/fetch.

import { content, text } from "sluice/replies";
import { toFetch } from "sluice/fetch";
import { testBehaviours } from "../suite/behaviours.mjs";
import { equal } from "../suite/expect.mjs";
import { withOwnServer } from "../suite/own-server.mjs";
import { RawClient } from "../suite/raw-client.mjs";
import { test } from "../suite/test.mjs";
import { until } from "../suite/waiting.mjs";

/** Runs a handler of ours under the runtime's own server. */
async function withHandler(handler, use) {
  const errors = [];
  await withOwnServer(toFetch(handler, { onError: (error) => errors.push(error) }), (running) =>
    use({
      ...running,
      async takeErrors(count = 1) {
        await until(
          () => errors.length >= count,
          () => `${count} errors`,
        );
        return errors.splice(0);
      },
    }),
  );
}

// Trailers and closing are the server's affair.
testBehaviours("fetch", withHandler, ["trailers follow the body", "a closing server finishes what runs"]);

test("the runtime's own server sends our replies", () =>
  withHandler(
    async ({ path, body }) => text(`${path} ${await body.text()}`),
    async ({ client, url }) => {
      for (const body of ["body", ["a ", "stream"]]) {
        const response = await client.request(url("/path"), { method: "POST", body });
        equal(
          [response.status, await response.body.text()],
          [200, `/path ${Array.isArray(body) ? body.join("") : body}`],
        );
      }
    },
  ));

test("the runtime's own server answers HEAD, ranges and conditions by us", () => {
  const digits = content("text/plain", "0123456789");
  return withHandler(
    () => digits,
    async ({ port }) => {
      const raw = await RawClient.connect(port);
      raw.write("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
      const head = await raw.response("HEAD");
      equal([head.status, head.headers["content-length"]], [200, "10"]);
      const part = await raw.get("/", "Range: bytes=2-4").response();
      equal([part.status, part.headers["content-range"], part.body], [206, "bytes 2-4/10", "234"]);
      equal((await raw.get("/", `If-None-Match: ${head.headers.etag}`).response()).status, 304);
      raw.destroy();
    },
  );
});
