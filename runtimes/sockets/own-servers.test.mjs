// Our client against the runtime's own server, and the runtime's own client against our server.

import { stream, text } from "sluice";
import { codeOf, equal, failure, ok } from "../suite/expect.mjs";
import { withOwnServer } from "../suite/own-server.mjs";
import { withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { gate, turn, until } from "../suite/waiting.mjs";

const encoder = new TextEncoder();

/** A web stream of these pieces, each of them made when it is asked for. */
function webStream(pieces) {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
    },
    { highWaterMark: 0 },
  );
}

test("our client reads the runtime's own server", () =>
  withOwnServer(
    async (request) =>
      new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`, {
        headers: { "X-A": "b" },
      }),
    async ({ client, url }) => {
      for (const body of ["body", ["a ", "stream"]]) {
        const response = await client.request(url("/path"), { method: "POST", body });
        equal(
          [response.status, response.headers.get("x-a"), await response.body.text()],
          [200, "b", `POST /path ${Array.isArray(body) ? body.join("") : body}`],
        );
        equal((await response.ending).outcome, "complete");
      }
    },
  ));

/** Ten pieces, each made once the one before has been read. */
function paced() {
  let next = gate();
  return {
    async *source() {
      for (let number = 0; number < 10; number++) {
        yield `piece ${number};`;
        await next.opened;
        next = gate();
      }
    },
    async read(body) {
      let number = 0;
      let found = "";
      for await (const piece of body) {
        found += Buffer.from(piece).toString();
        if (!found.endsWith(`piece ${number};`)) continue;
        number++;
        next.open();
      }
      equal(number, 10);
    },
  };
}

test("our client reads each piece of the runtime's own server as it is made", () => {
  const pieces = paced();
  return withOwnServer(
    () => new Response(webStream(pieces.source())),
    async ({ client, url }) => pieces.read((await client.request(url())).body),
  );
});

test("our client takes nothing for whole that the runtime's own server has cut", () =>
  withOwnServer(
    () =>
      new Response(
        webStream(
          (async function* () {
            yield "partial";
            await turn();
            throw new Error("broken");
          })(),
        ),
      ),
    async ({ client, url }) => {
      // A server may see the error before it has sent the head.
      const code = await codeOf(async () => {
        const { status, body } = await client.request(url());
        await body.text();
        if (status === 500) throw Object.assign(new Error("refused"), { code: "ERR_SLUICE_TRUNCATED" });
      });
      ok(["ERR_SLUICE_TRUNCATED", "ERR_SLUICE_CONNECTION_LOST"].includes(code), `an error, not ${code}`);
    },
  ));

test("the runtime's own fetch reads our server", () =>
  withServer(
    async ({ method, body }) => text(`${method} ${await body.text()}`),
    async ({ url }) => {
      equal(await (await fetch(url())).text(), "GET ");
      equal(await (await fetch(url(), { method: "POST", body: "body" })).text(), "POST body");
    },
  ));

test("the runtime's own fetch reads each piece of our server as it is made", () => {
  const pieces = paced();
  return withServer(
    () => stream("text/plain", pieces.source()),
    async ({ url }) => pieces.read((await fetch(url())).body),
  );
});

test("the runtime's own fetch sees that our server has cut", () =>
  withServer(
    () =>
      stream("text/plain", async function* () {
        yield "partial";
        await turn();
        throw new Error("broken");
      }),
    async ({ url, takeErrors }) => {
      await failure(async () => (await fetch(url())).text());
      await takeErrors();
    },
  ));

test("the runtime's own fetch lets our server know when it leaves", () => {
  let left = false;
  return withServer(
    ({ signal }) => {
      signal.addEventListener("abort", () => (left = true));
      return stream("text/plain", async (out) => {
        for (;;) {
          await out.write("again");
          await turn();
        }
      });
    },
    async ({ url }) => {
      const reader = (await fetch(url())).body.getReader();
      await reader.read();
      await reader.cancel();
      await until(() => left);
    },
  );
});
