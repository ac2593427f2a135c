// What stands on the client, over HTTP/2: downloads, events and rows know no version.

import { createHash, randomBytes } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { events, rows } from "../../../src/client/index.ts";
import { open } from "../clients.ts";
import { fetchFile } from "../download/downloads.ts";
import { nodeServer } from "./servers.ts";

const client = () => open({ http2: "cleartext" });

test("a download fetches segments side by side on one connection, and goes on where one is cut", async () => {
  const file = randomBytes(300_000);
  let most = 0;
  let active = 0;
  let cuts = 0;
  const server = await nodeServer(async (stream, headers) => {
    most = Math.max(most, ++active);
    stream.on("close", () => active--);
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "bytes=0-") ?? [];
    const start = Number(first);
    const end = last === "" ? file.length : Number(last) + 1;
    stream.respond({
      ":status": headers.range === undefined ? 200 : 206,
      etag: '"one"',
      "accept-ranges": "bytes",
      "content-length": end - start,
      "repr-digest": `sha-256=:${createHash("sha256").update(file).digest("base64")}:`,
      ...(headers.range !== undefined && { "content-range": `bytes ${start}-${end - 1}/${file.length}` }),
    });
    for (let at = start; at < end && !stream.closed; at += 1_000) {
      if (start > 0 && cuts === 0 && at > start) {
        cuts++;
        stream.destroy(new Error("cut"));
        return;
      }
      stream.write(file.subarray(at, Math.min(at + 1_000, end)));
      await turn();
    }
    if (!stream.closed) stream.end();
  });
  const { content, result } = await fetchFile(server.url, { client: client(), connections: 4 });
  expect(content.equals(file)).toBe(true);
  expect(result.digest).toBeDefined();
  expect(cuts).toBe(1);
  expect(most).toBeGreaterThan(1);
  expect(server.sessions).toHaveLength(1);
});

test("events are read as they come, and again from the last one where their stream is reset", async () => {
  let asked = 0;
  const server = await nodeServer((stream, headers) => {
    const id = headers["last-event-id"];
    asked++;
    if (id === "3") {
      stream.respond({ ":status": 204 }, { endStream: true });
      return;
    }
    stream.respond({ "content-type": "text/event-stream" });
    stream.write(id === undefined ? "retry: 1\nid: 1\ndata: one\n\n" : "id: 2\ndata: two\n\n");
    if (id === undefined) setTimeout(() => stream.destroy(new Error("reset")), 20);
    else stream.end("id: 3\ndata: three\n\n");
  });
  const seen: string[] = [];
  const reconnect = { initial: 1, ceiling: 1 };
  for await (const { data } of events(server.url, { client: client(), reconnect })) seen.push(data);
  expect(seen).toEqual(["one", "two", "three"]);
  expect(asked).toBe(3);
  expect(server.sessions).toHaveLength(1);
});

test("rows are read as they come, and not taken for all of them where their stream is reset", async () => {
  const server = await nodeServer((stream, { ":path": path }) => {
    stream.respond({ "content-type": "application/x-ndjson" });
    stream.write('{"id":1}\n{"id":2}\n');
    if (path === "/cut") setTimeout(() => stream.destroy(new Error("reset")), 10);
    else stream.end('{"id":3}\n');
  });
  const read = async (path: string): Promise<unknown[]> => {
    const items: unknown[] = [];
    try {
      for await (const row of rows(server.url + path, { client: client() })) items.push(row);
    } catch (error) {
      items.push((error as { code: string }).code);
    }
    return items;
  };
  expect(await read("/")).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(await read("/cut")).toEqual([{ id: 1 }, { id: 2 }, "ERR_SLUICE_TRUNCATED"]);
});
