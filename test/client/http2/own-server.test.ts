// Our own two ends, with each other.

import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { json, stream, text } from "../../../src/index.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { lacks } from "../../support/programs.ts";
import { start, takeErrors } from "../../support/servers.ts";
import { codeOf, open, read } from "../clients.ts";

describe.skipIf(lacks("openssl"))("our server over TLS", () => {
  const certificate = makeCertificate();
  const client = () => open({ tls: { ca: certificate.cert } });

  test("speaks HTTP/2, with bodies, trailers and digests both ways", async () => {
    const { port, server } = await start(
      async ({ body, httpVersion }) => {
        const sent = await body.verified().bytes(10_000_000);
        const rows = (await body.trailers).fields.get("x-rows");
        return stream(
          "text/plain",
          async (out) => {
            for (let count = 0; count < 10; count++) {
              await out.write(`${count} `);
              await turn();
            }
            await out.write(`${httpVersion} ${sent.length} ${rows}`);
            out.trailer("x-end", "yes");
          },
          { trailers: ["x-end"], digest: "sha-256" },
        );
      },
      { tls: certificate },
    );
    const http = client();
    for (let count = 0; count < 3; count++) {
      const response = await http.request(`https://localhost:${port}/`, {
        body: ["x".repeat(50_000), "y".repeat(500_000)],
        trailers: { "x-rows": "7" },
        digest: "sha-256",
        verify: "required",
      });
      expect(response.httpVersion).toBe("2.0");
      expect(await response.body.text()).toBe("0 1 2 3 4 5 6 7 8 9 2.0 550000 7");
      expect((await response.trailers).fields.get("x-end")).toBe("yes");
      expect(await response.ending).toEqual({ outcome: "complete" });
    }
    expect(server.stats.connections).toBe(1);
  });

  test("tells of an answer that breaks off, and of one that is refused", async () => {
    const served = await start(
      ({ path }) =>
        path === "/cut"
          ? stream("text/plain", async function* () {
              yield "some";
              await turn();
              throw new Error("no more");
            })
          : text("no", { status: 403 }),
      { tls: certificate },
    );
    const http = client();
    const cut = await http.request(`https://localhost:${served.port}/cut`, { decode: false });
    expect(await codeOf(cut.body.text())).toBe("ERR_SLUICE_TRUNCATED");
    expect(await cut.ending).toMatchObject({ outcome: "truncated", layer: "http2", offset: 4 });
    await takeErrors(served);
    const refused = await http.request(`https://localhost:${served.port}/`, { body: ["a"] });
    expect([refused.status, await refused.body.text()]).toEqual([403, "no"]);
  });

  test("is told of a reader that leaves, and of an upload that fails", async () => {
    const told: unknown[] = [];
    const { port } = await start(
      ({ path, signal, body }) => {
        if (path === "/up")
          return body.text().then(text, (error: unknown) => {
            told.push((error as { code: string }).code);
            throw error;
          });
        signal.addEventListener("abort", () => told.push(signal.reason.code));
        return stream("text/plain", async (out) => {
          for (;;) await out.write("x".repeat(1_000));
        });
      },
      { tls: certificate },
    );
    const http = client();
    for await (const _ of (await http.request(`https://localhost:${port}/`)).body) break;
    await expect.poll(() => told).toEqual(["ERR_SLUICE_READER_LEFT"]);
    const failing = http.request(`https://localhost:${port}/up`, {
      body: async function* () {
        yield "some";
        await turn();
        throw new Error("source");
      } as never,
    });
    await expect(failing).rejects.toThrow("source");
    await expect.poll(() => told.length).toBe(2);
    expect((await read(http.request(`https://localhost:${port}/up`, { body: "all" }))).text).toBe("all");
  });

  test("carries many at a time on one connection", async () => {
    const { port, server } = await start(async ({ path }) => (await turn(), json(path)), {
      tls: certificate,
    });
    const http = client();
    const all = Array.from({ length: 300 }, (_, index) =>
      read(http.request(`https://localhost:${port}/${index}`)),
    );
    expect((await Promise.all(all)).map(({ text: body }) => body)).toEqual(
      Array.from({ length: 300 }, (_, index) => `"/${index}"`),
    );
    expect(server.stats.connections).toBe(1);
  });
});
