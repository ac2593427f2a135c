import { describe, expect, test } from "vitest";
import type { WireChunk } from "../../src/client/index.ts";
import { answering, answeringOnce, chunked, listen, ok } from "../support/raw-server.ts";
import { settled } from "../support/settled.ts";
import { codeOf, open, rejection } from "./clients.ts";

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

async function all(chunks: AsyncIterable<WireChunk>): Promise<WireChunk[]> {
  const seen: WireChunk[] = [];
  for await (const chunk of chunks) seen.push(chunk);
  return seen;
}

const summary = ({ number, size, bodyOffset, start, payload, extensions }: WireChunk) => [
  number,
  size,
  bodyOffset,
  start,
  Buffer.from(payload).toString("latin1"),
  ...extensions.map(({ name, value }) => `${name}=${value}`),
];

describe("chunks()", () => {
  test("has each chunk with its place, its extensions and its time, the last one among them", async () => {
    const server = await answering(
      `${HEAD}3\r\nabc\r\n0002;a;b="c d"\r\nde\r\nA\r\n0123456789\r\n0;end=1\r\nX: 1\r\n\r\n`,
    );
    const response = await open().request(server.url, { chunks: true });
    const chunks = await all(response.body.chunks());
    expect(chunks.map(summary)).toEqual([
      [1, 3, 0, 0, "abc"],
      [2, 2, 8, 0, "de", "a=undefined", "b=c d"],
      [3, 10, 28, 0, "0123456789"],
      [4, 0, 43, 0, "", "end=1"],
    ]);
    const times = chunks.map(({ arrived }) => arrived);
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    expect(await response.ending).toEqual({ outcome: "complete" });
    expect((await response.trailers).fields.get("x")).toBe("1");
  });

  test("has parts of a chunk that does not arrive at once", async () => {
    const server = await listen(async (peer) => {
      await peer.request();
      for (const octets of [`${HEAD}6\r`, "\nab", "cd", "ef\r\n2\r\ngh", "\r\n0\r\n\r\n"]) {
        await peer.sent(octets);
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    });
    const response = await open().request(server.url, { chunks: true });
    const chunks = await all(response.body.chunks());
    expect(chunks.map(summary)).toEqual([
      [1, 6, 0, 0, "ab"],
      [1, 6, 0, 2, "cd"],
      [1, 6, 0, 4, "ef"],
      [2, 2, 11, 0, "gh"],
      [3, 0, 18, 0, ""],
    ]);
    expect(chunks[1].arrived - chunks[0].arrived).toBeGreaterThan(5);
  });

  test("tells when a chunk arrived, and not when it was read", async () => {
    const server = await answering(chunked(["a", "b"]));
    const response = await open().request(server.url, { chunks: true });
    // Here before anybody reads it.
    await response.trailers;
    const began = performance.now();
    for (const { arrived } of await all(response.body.chunks())) expect(arrived).toBeLessThan(began);
  });

  test("has a big chunk in parts that are all of it", async () => {
    const server = await answering(chunked(["x".repeat(1_000_000), "y"]));
    const response = await open().request(server.url, { chunks: true });
    let at = 0;
    for (const { number, start, payload, size } of await all(response.body.chunks())) {
      if (number !== 1) continue;
      expect([start, size]).toEqual([at, 1_000_000]);
      at += payload.length;
    }
    expect(at).toBe(1_000_000);
  });

  test("has what came at once of a body that is not chunked", async () => {
    const server = await answeringOnce("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    const response = await open().request(server.url, { chunks: true });
    expect((await all(response.body.chunks())).map(summary)).toEqual([[1, 3, 0, 0, "abc"]]);
  });

  test("of an empty body has the last chunk alone, and of none nothing", async () => {
    const empty = await answering(chunked([]));
    expect(
      (await all((await open().request(empty.url, { chunks: true })).body.chunks())).map(summary),
    ).toEqual([[1, 0, 0, 0, ""]]);
    const none = await answering(ok(""));
    expect(await all((await open().request(none.url, { chunks: true })).body.chunks())).toEqual([]);
  });

  test("throws where the body is cut, after what has arrived", async () => {
    const server = await answeringOnce(`${HEAD}1\r\na\r\n5\r\nbc`);
    const response = await open().request(server.url, { chunks: true });
    const seen: unknown[] = [];
    const error = await rejection(
      (async () => {
        for await (const chunk of response.body.chunks()) seen.push(summary(chunk));
      })(),
    );
    expect(seen).toEqual([
      [1, 1, 0, 0, "a"],
      [2, 5, 6, 0, "bc"],
    ]);
    expect([error.layer, error.offset]).toEqual(["chunked", 11]);
    expect(await response.ending).toMatchObject({ outcome: "truncated", error });
  });

  test("has them for a second response on the connection, too, and only for who asks", async () => {
    const server = await answering(chunked(["a", "b"]));
    const client = open();
    for (let count = 0; count < 2; count++) {
      expect(
        (await all((await client.request(server.url, { chunks: true })).body.chunks())).map(summary),
      ).toEqual([
        [1, 1, 0, 0, "a"],
        [2, 1, 6, 0, "b"],
        [3, 0, 12, 0, ""],
      ]);
      const plain = await client.request(server.url);
      expect(() => plain.body.chunks()).toThrow(expect.objectContaining({ code: "ERR_SLUICE_OPTION" }));
      expect(await plain.body.text()).toBe("ab");
    }
    expect(server.peers).toHaveLength(1);
  });

  test("of a body that was read otherwise is refused", async () => {
    const server = await answering(chunked(["a", "b"]));
    const response = await open().request(server.url, { chunks: true });
    expect(await response.body.text()).toBe("ab");
    expect(await codeOf(response.body.chunks())).toBe("ERR_SLUICE_BODY_USED");
  });

  test("very many chunks hold the server up until somebody reads them", async () => {
    let taken = 0;
    const block = "1\r\nx\r\n".repeat(10_000);
    const server = await listen(async (peer) => {
      await peer.request();
      peer.write(HEAD);
      for (; taken < 300; taken++) if (!(await peer.sent(block))) return;
      peer.write("0\r\n\r\n");
    });
    const response = await open().request(server.url, { chunks: true });
    expect(await settled(() => taken)).toBeLessThan(250);
    await response.body.discard();
    await server.peers[0].closed();
  });

  test("very many chunks all arrive", async () => {
    const server = await answering(chunked(Array.from({ length: 30_000 }, () => "x")));
    const response = await open().request(server.url, { chunks: true });
    let count = 0;
    for await (const { number, bodyOffset } of response.body.chunks())
      expect([number, bodyOffset]).toEqual([++count, 6 * (count - 1)]);
    expect(count).toBe(30_001);
  });
});
