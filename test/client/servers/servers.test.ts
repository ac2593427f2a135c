// The client with servers of others: what they all can do, and what only some of them can.

import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Client, type ClientResponse, type RequestOptions } from "../../../src/client/index.ts";
import { TruncatedError } from "../../../src/errors.ts";
import { lacks } from "../../support/programs.ts";
import { apache } from "./apache.ts";
import { BIG, CHUNKS, LINES, ONE_KIB, TEXT } from "./content.ts";
import { go } from "./go.ts";
import { haproxy } from "./haproxy.ts";
import { lighttpd } from "./lighttpd.ts";
import { nginx } from "./nginx.ts";
import { nodeHttp } from "./node-http.ts";
import { Counter, type Feature, type Peer, type RunningPeer } from "./peer.ts";
import { webPeers } from "./web.ts";

const PEERS: readonly Peer[] = [nodeHttp, nginx, apache, haproxy, lighttpd, go, ...webPeers];

/** Shorter than the client waits for 100 (Continue) where a test sets it, so that waiting in vain is seen. */
const CONTINUE = 9_000;
const START = 120_000;

describe.each(PEERS.map((peer) => [peer.name, peer] as const))("%s", (_name, peer) => {
  describe.skipIf(lacks(...peer.programs))("serves", () => {
    let running: RunningPeer;
    let counter: Counter;
    let client: Client;
    let origin: string;

    beforeAll(async () => {
      running = await peer.start();
      counter = new Counter(running.port);
      origin = `http://127.0.0.1:${await counter.listen()}`;
    }, START);
    afterAll(async () => {
      counter.close();
      await running.stop();
    });

    const ask = (path: string, options?: RequestOptions): Promise<ClientResponse> => {
      client ??= new Client();
      return client.request(origin + path, options);
    };
    afterEach(async () => {
      await client.close();
      client = new Client();
    });

    const can = (feature: Feature): boolean => peer.features.includes(feature);

    test("1 KiB", async () => {
      const response = await ask("/1k");
      expect([response.status, response.httpVersion]).toEqual([200, "1.1"]);
      expect(response.headers.get("content-length")).toBe("1024");
      expect(ONE_KIB.equals(await response.body.bytes())).toBe(true);
      expect(await response.ending).toEqual({ outcome: "complete" });
    });

    test("chunks", async () => {
      const response = await ask("/chunks");
      expect(response.headers.get("transfer-encoding")).toBe("chunked");
      expect(await response.body.text()).toBe(CHUNKS);
    });

    test("chunks, as they lie", async () => {
      const response = await ask("/chunks", { chunks: true, headers: { "accept-encoding": "identity" } });
      let content = "";
      for await (const { payload } of response.body.chunks()) content += Buffer.from(payload).toString();
      expect(content).toBe(CHUNKS);
      expect(await response.ending).toEqual({ outcome: "complete" });
    });

    test("gzip", async () => {
      const response = await ask("/text.txt");
      expect(response.headers.get("content-encoding")).toBe("gzip");
      expect((await response.body.text()) === TEXT).toBe(true);
      expect(await response.ending).toEqual({ outcome: "complete" });
    });

    test("no gzip to who does not want it", async () => {
      const response = await ask("/text.txt", { headers: { "accept-encoding": "identity" } });
      expect(response.headers.has("content-encoding")).toBe(false);
      expect((await response.body.text()) === TEXT).toBe(true);
    });

    test("HEAD", async () => {
      for (const path of ["/1k", "/chunks", "/text.txt"]) {
        const response = await ask(path, { method: "HEAD" });
        expect(response.status, path).toBe(200);
        expect(await response.body.bytes(), path).toHaveLength(0);
        expect(await response.ending, path).toEqual({ outcome: "complete" });
      }
    });

    test("204", async () => {
      const response = await ask("/empty");
      expect(response.status).toBe(204);
      expect(await response.body.bytes()).toHaveLength(0);
    });

    test("304", async () => {
      const first = await ask("/1k");
      await first.body.bytes();
      const etag = first.headers.get("etag")!;
      const second = await ask("/1k", { headers: { "if-none-match": etag } });
      expect([second.status, (await second.body.bytes()).length]).toEqual([304, 0]);
    });

    test("404", async () => {
      const response = await ask("/nothing-here");
      expect(response.status).toBe(404);
      await response.body.bytes();
      expect(await response.ending).toEqual({ outcome: "complete" });
    });

    test("everything over one connection", async () => {
      const before = counter.connections;
      for (const path of ["/1k", "/chunks", "/text.txt", "/empty", "/1k", "/big", "/chunks"])
        await (await ask(path)).body.bytes();
      await (await ask("/1k", { method: "HEAD" })).body.bytes();
      expect(counter.connections - before).toBe(1);
    });

    test("many at a time", async () => {
      const contents = await Promise.all(
        Array.from({ length: 20 }, async () => (await ask("/chunks")).body.text()),
      );
      expect(new Set(contents)).toEqual(new Set([CHUNKS]));
    });

    test("5 MB", async () => {
      const hash = createHash("sha256");
      for await (const piece of (await ask("/big")).body) hash.update(piece);
      expect(hash.digest("hex")).toBe(createHash("sha256").update(BIG).digest("hex"));
    });

    test("5 MB to who leaves early, and then goes on asking", async () => {
      for await (const piece of (await ask("/big")).body) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      expect(await (await ask("/chunks")).body.text()).toBe(CHUNKS);
    });

    test("a redirect", async () => {
      const response = await ask("/redirect");
      expect([response.status, response.url.pathname, response.redirects.length]).toEqual([200, "/1k", 1]);
      expect(ONE_KIB.equals(await response.body.bytes())).toBe(true);
      const manual = await ask("/redirect", { redirect: "manual" });
      expect([manual.status, manual.url.pathname]).toEqual([302, "/redirect"]);
      await manual.body.discard();
    });

    test("an upload with its length", async () => {
      const response = await ask("/echo", { method: "POST", body: ONE_KIB });
      expect(response.headers.get("x-upload-framing")).toBe("length");
      expect(ONE_KIB.equals(await response.body.bytes())).toBe(true);
    });

    test("an upload in chunks", async () => {
      const response = await ask("/echo", { method: "POST", body: linesOneByOne() });
      expect(await response.body.text()).toBe(CHUNKS);
    });

    test("an upload of 5 MB in chunks", async () => {
      const pieces = Array.from({ length: 50 }, (_, at) => BIG.subarray(at * 100_000, (at + 1) * 100_000));
      const response = await ask("/echo", { method: "POST", body: pieces });
      expect(BIG.equals(await response.body.bytes())).toBe(true);
    }, 20_000);

    test("an upload that waits for 100 (Continue)", async () => {
      const start = performance.now();
      const response = await ask("/echo", {
        method: "POST",
        body: ONE_KIB,
        expectContinue: true,
        timeouts: { continue: CONTINUE },
      });
      expect(ONE_KIB.equals(await response.body.bytes())).toBe(true);
      expect(performance.now() - start).toBeLessThan(CONTINUE);
    });

    test("what is cut as cut", async () => {
      const response = await ask("/cut");
      const error = await response.body.bytes().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TruncatedError);
      expect(error).toMatchObject({ code: "ERR_SLUICE_TRUNCATED", layer: peer.cut });
      expect(await response.ending).toMatchObject({ outcome: "truncated", layer: peer.cut, error });
      await expect(response.trailers).rejects.toBe(error);
    });

    if (can("range")) {
      test("a range", async () => {
        const response = await ask("/1k", { headers: { range: "bytes=100-199" } });
        expect([response.status, response.headers.get("content-range")]).toEqual([206, "bytes 100-199/1024"]);
        expect(ONE_KIB.subarray(100, 200).equals(await response.body.bytes())).toBe(true);
      });
    }

    if (can("close")) {
      test("up to the end of the connection", async () => {
        const response = await ask("/close", { headers: { "accept-encoding": "identity" } });
        expect(response.headers.has("transfer-encoding")).toBe(false);
        expect(response.headers.has("content-length")).toBe(false);
        expect(await response.body.text()).toBe(CHUNKS);
        expect(await response.ending).toEqual({ outcome: "complete" });
        expect(await (await ask("/chunks")).body.text()).toBe(CHUNKS);
      });
    }

    if (can("trailers")) {
      test("trailers", async () => {
        const response = await ask("/trailers");
        expect(await response.body.text()).toBe(CHUNKS);
        const { fields } = await response.trailers;
        expect(fields.get("x-rows")).toBe("10");
      });
    }

    if (can("request trailers")) {
      test("an upload with trailers", async () => {
        const trailers = { "x-sum": String(LINES.length) };
        const response = await ask("/echo", { method: "POST", body: linesOneByOne(), trailers });
        expect(response.headers.get("x-upload-framing")).toBe("chunked");
        expect(response.headers.get("x-upload-sum")).toBe("10");
        expect(await response.body.text()).toBe(CHUNKS);
      });
    }
  });
});

async function* linesOneByOne(): AsyncGenerator<string> {
  for (const line of LINES) {
    yield line;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
