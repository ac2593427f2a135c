// Content codings of our server and our client: what is flushed when, and how a coded body ends.

import zlib from "node:zlib";
import { ndjson, sse, stream, text } from "sluice";
import { codeOf, equal, ok } from "../suite/expect.mjs";
import { octets } from "../suite/octets.mjs";
import { withRawServer, withServer } from "../suite/servers.mjs";
import { test } from "../suite/test.mjs";
import { gate, turn } from "../suite/waiting.mjs";

const CODINGS = ["gzip", "deflate", "br", "zstd"];

for (const coding of CODINGS) {
  test(`every event is flushed with ${coding}`, async () => {
    let next = gate();
    const events = async function* () {
      for (let number = 0; number < 5; number++) {
        yield { data: `event ${number}` };
        await next.opened;
        next = gate();
      }
    };
    await withServer(
      () => sse(events()),
      async ({ client, url }) => {
        const { headers, body } = await client.request(url(), { headers: { "Accept-Encoding": coding } });
        equal(headers.get("content-encoding"), coding);
        let arrived = "";
        let number = 0;
        for await (const piece of body) {
          arrived += Buffer.from(piece).toString();
          if (!arrived.includes(`event ${number}\n\n`)) continue;
          number++;
          next.open();
        }
        equal(number, 5);
      },
    );
  });

  test(`a long body survives ${coding}`, () => {
    const line = (number) => `{"number":${number},"text":"${"abc".repeat(number % 50)}"}`;
    return withServer(
      () =>
        ndjson(
          (function* () {
            for (let number = 0; number < 20_000; number++) yield JSON.parse(line(number));
          })(),
        ),
      async ({ client, url }) => {
        const { body, headers } = await client.request(url(), { headers: { "Accept-Encoding": coding } });
        equal(headers.get("content-encoding"), coding);
        equal(
          (await body.text())
            .split("\n")
            .slice(0, -1)
            .findIndex((found, number) => found !== line(number)),
          -1,
        );
      },
    );
  });

  test(`a body whose ${coding} is cut is truncated, though the framing is whole`, async () => {
    const coded = compress(coding, "hello ".repeat(2_000));
    const cut = coded.subarray(0, coded.length - 3);
    await withRawServer(
      (socket) => {
        socket.write(
          `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${cut.length}\r\n\r\n`,
        );
        socket.write(cut);
      },
      async ({ client, url }) => {
        const response = await client.request(url());
        equal(await codeOf(response.body.text()), "ERR_SLUICE_CODED_TRUNCATED");
        const { outcome, layer } = await response.ending;
        equal([outcome, layer], ["truncated", coding]);
      },
    );
  });
}

function compress(coding, content) {
  if (coding === "gzip") return zlib.gzipSync(content);
  if (coding === "deflate") return zlib.deflateSync(content);
  return coding === "br" ? zlib.brotliCompressSync(content) : zlib.zstdCompressSync(content);
}

test("a known body is coded with its length", () =>
  withServer(
    () => text("hello ".repeat(1_000)),
    async ({ connect }) => {
      const { headers, body, complete } = await (
        await connect()
      )
        .get("/", "Accept-Encoding: gzip")
        .response();
      equal(
        [headers["content-encoding"], headers["content-length"], headers.vary],
        ["gzip", String(body.length), "Accept-Encoding"],
      );
      ok(complete, "all of the body");
      equal(zlib.gunzipSync(octets(body)).toString(), "hello ".repeat(1_000));
    },
  ));

test("a coded body whose source throws has neither an end of the coding nor a last chunk", () =>
  withServer(
    () =>
      stream("text/plain", async function* () {
        yield "partial ".repeat(100);
        await turn();
        throw new Error("broken");
      }),
    async ({ client, connect, url, takeErrors }) => {
      const raw = await connect();
      raw.get("/", "Accept-Encoding: gzip");
      ok(!(await raw.whole()).includes("\r\n0\r\n"), "no last chunk");
      const { body } = await client.request(url(), { headers: { "Accept-Encoding": "gzip" } });
      equal(await codeOf(body.text()), "ERR_SLUICE_TRUNCATED");
      await takeErrors(2);
    },
  ));

test("digests of a coded stream are sent as trailers, and checked", () =>
  withServer(
    () => stream("text/plain", () => ["one ", "two"], { digest: "sha-256" }),
    async ({ client, url }) => {
      const response = await client.request(url(), {
        headers: { "Accept-Encoding": "gzip" },
        verify: "required",
      });
      equal(await response.body.text(), "one two");
      ok((await response.trailers).fields.has("repr-digest"), "a digest");
    },
  ));
