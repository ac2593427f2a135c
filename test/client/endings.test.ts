import { describe, expect, test, vi } from "vitest";
import { answeringOnce, listen, ok, type RawPeer } from "../support/raw-server.ts";
import { codeOf, open, read, rejection } from "./clients.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";

describe("cut off, each layer with its offset", () => {
  test.each([
    ["in a body of known length", `${LENGTH}abc`, "length", 3],
    ["before a body of known length", LENGTH, "length", 0],
    ["in a chunk size", `${CHUNKED}3`, "chunked", 1],
    ["in chunk data", `${CHUNKED}3\r\nab`, "chunked", 5],
    ["behind a chunk", `${CHUNKED}3\r\nabc\r\n`, "chunked", 8],
    ["behind the last chunk", `${CHUNKED}3\r\nabc\r\n0\r\n`, "chunked", 11],
    ["in the trailers", `${CHUNKED}0\r\nA: 1\r\n`, "chunked", 9],
  ])("%s", async (_what, octets, layer, offset) => {
    for (const end of ["FIN", "RST"] as const) {
      const server = await answeringOnce(octets, end);
      const response = await open().request(server.url);
      const error = await rejection(response.body.text());
      expect([error.name, error.code, error.layer, error.offset]).toEqual([
        "TruncatedError",
        "ERR_SLUICE_TRUNCATED",
        layer,
        offset,
      ]);
      expect(await response.ending).toEqual({ outcome: "truncated", layer, offset, error });
      expect(await rejection(response.trailers)).toBe(error);
      if (end === "RST") expect(error.cause?.code ?? "ECONNRESET").toBe("ECONNRESET");
    }
  });

  test("what arrived before can be read before the error", async () => {
    const server = await answeringOnce(`${LENGTH}abc`);
    const response = await open().request(server.url);
    await server.peers[0].closed();
    const pieces = response.body[Symbol.asyncIterator]();
    expect(Buffer.from((await pieces.next()).value!).toString()).toBe("abc");
    expect(await codeOf(pieces.next())).toBe("ERR_SLUICE_TRUNCATED");
  });

  test.each([
    ["in the status line", "HTTP/1.1 2", 10],
    ["in a field", "HTTP/1.1 200 OK\r\nA", 18],
    ["behind an interim response", "HTTP/1.1 100 \r\n\r\n", 0],
    ["in the head behind an interim response", "HTTP/1.1 100 \r\n\r\nHTTP", 4],
  ])("%s: there is no response", async (_what, octets, offset) => {
    for (const end of ["FIN", "RST"] as const) {
      const server = await answeringOnce(octets, end);
      const error = await rejection(open().request(server.url));
      expect([error.name, error.layer, error.offset]).toEqual(["TruncatedError", "head", offset]);
    }
  });

  test("before anything came, nobody broke a rule", async () => {
    for (const end of ["FIN", "RST"] as const) {
      const server = await answeringOnce("", end);
      const error = await rejection(open().request(server.url));
      expect([error.name, error.code]).toEqual(["EndedError", "ERR_SLUICE_CONNECTION_LOST"]);
    }
  });

  test("a body that only the end delimits is whole after FIN, and not after RST", async () => {
    const whole = await answeringOnce("HTTP/1.1 200 OK\r\n\r\nabc");
    expect(await read(open().request(whole.url))).toEqual({ text: "abc", outcome: "complete" });
    const server = await listen(async (peer) => {
      await peer.request();
      await peer.sent("HTTP/1.1 200 OK\r\n\r\nabc");
      await seen;
      peer.reset();
    });
    let told!: () => void;
    const seen = new Promise<void>((resolve) => (told = resolve));
    const response = await open().request(server.url);
    const pieces = response.body[Symbol.asyncIterator]();
    await pieces.next();
    told();
    const error = await rejection(pieces.next() as Promise<unknown>);
    expect([error.layer, error.offset, error.cause.code]).toEqual(["close", 3, "ECONNRESET"]);
  });
});

describe("a signal", () => {
  const reason = new Error("mine");
  const expected = (error: any) =>
    expect([error.name, error.code, error.cause]).toEqual(["AbortedError", "ERR_SLUICE_ABORTED", reason]);

  test("that is aborted before: nothing is sent", async () => {
    const server = await listen(() => {});
    expected(await rejection(open().request(server.url, { signal: AbortSignal.abort(reason) })));
    expect(server.peers).toHaveLength(0);
  });

  const moments: [string, (peer: RawPeer) => unknown][] = [
    ["while connecting", () => {}],
    ["while the answer is waited for", (peer) => peer.request()],
    ["in the head", async (peer) => (await peer.request(), peer.sent("HTTP/1.1 200"))],
    [
      "behind an interim response",
      async (peer) => (await peer.request(), peer.sent("HTTP/1.1 102 \r\n\r\n")),
    ],
  ];
  test.each(moments)("%s", async (_when, until) => {
    const controller = new AbortController();
    const server = await listen(async (peer) => (await until(peer), controller.abort(reason)));
    const asked = open().request(server.url, { signal: controller.signal });
    if (_when === "while connecting") controller.abort(reason);
    expected(await rejection(asked));
    await Promise.all(server.peers.map((peer) => peer.closed()));
  });

  test("in the body", async () => {
    const controller = new AbortController();
    const server = await listen(async (peer) => (await peer.request(), peer.write(`${LENGTH}abc`)));
    const response = await open().request(server.url, { signal: controller.signal });
    const gathered = rejection(response.body.text());
    const { trailers } = response;
    controller.abort(reason);
    const error = await gathered;
    expected(error);
    expect(await response.ending).toEqual({ outcome: "aborted", by: "signal", error });
    expect(await rejection(trailers)).toBe(error);
    await server.peers[0].closed();
  });

  test("by a timeout of the platform", async () => {
    const server = await listen(() => {});
    const error = await rejection(open().request(server.url, { signal: AbortSignal.timeout(20) }));
    expect([error.code, error.cause.name]).toEqual(["ERR_SLUICE_ABORTED", "TimeoutError"]);
  });

  test("after the end is no matter, and the connection goes on", async () => {
    const controller = new AbortController();
    const server = await listen((peer) => peer.answer(ok("a"), ok("b")));
    const client = open();
    const response = await client.request(server.url, { signal: controller.signal });
    await response.body.text();
    controller.abort(reason);
    expect((await read(client.request(server.url))).text).toBe("b");
    expect(await response.ending).toEqual({ outcome: "complete" });
    expect(server.peers).toHaveLength(1);
  });

  test("of many requests holds none of them", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const listening = (): number => {
      const left = new Set(added.mock.calls.map(([, listener]) => listener));
      for (const [, listener] of removed.mock.calls) left.delete(listener);
      return left.size;
    };
    const server = await listen((peer) =>
      peer.answer(
        ok("a"),
        "HTTP/1.1 302 \r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
        ok("b"),
        "HTTP/1.1 2",
      ),
    );
    const client = open();
    await read(client.request(server.url, { signal }));
    await read(client.request(server.url, { signal, body: "a" }));
    server.peers[0].finish();
    await rejection(client.request(server.url, { signal, method: "POST" }));
    expect([added.mock.calls.length > 2, listening()]).toEqual([true, 0]);
  });
});
