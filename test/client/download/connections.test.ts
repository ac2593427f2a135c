import { describe, expect, test } from "vitest";
import { fetchFile } from "./downloads.ts";
import { type Asked, honest, noise, script } from "./scripted-server.ts";

const CONTENT = noise(400_000);
const TUNING = { segment: 20_000 };

/** A server that gives each connection as many octets as the test lets it, in order of the requests. */
async function throttled(): Promise<{
  url: string;
  asked: Asked[];
  flow: (index: number, octets: number) => void;
}> {
  const bodies: Uint8Array[] = [];
  const { url, asked } = await script((request) => {
    const { status, fields, body } = honest(CONTENT, request);
    const lines = Object.entries({ "Content-Length": body!.length, ...fields }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    request.socket.write(`HTTP/1.1 ${status} OK\r\n${lines.join("\r\n")}\r\n\r\n`);
    bodies[request.index] = body!;
    return undefined;
  });
  const flow = (index: number, count: number): void => {
    const { socket } = asked[index];
    if (socket.writable) socket.write(bodies[index].subarray(0, count));
    bodies[index] = bodies[index].subarray(count);
  };
  return { url, asked, flow };
}

describe("several connections", () => {
  test("share the file, and one that is done takes over from one that is slow", async () => {
    const { url, asked, flow } = await throttled();
    const fetched = fetchFile(url, { connections: 4 }, TUNING);
    await expect.poll(() => asked.length, { interval: 2 }).toBe(1);
    flow(0, 1000);
    await expect.poll(() => asked.length, { interval: 2 }).toBe(4);
    const ranges = () => asked.map(({ range }) => range!);
    // The first keeps the beginning, and the ranges of all are the file.
    const starts = ranges()
      .map(({ start }) => start)
      .toSorted((a, b) => a - b);
    expect(starts[0]).toBe(0);
    expect(new Set(starts).size).toBe(4);
    // All but the first get everything; the others then help the first, which stands still.
    for (const index of [1, 2, 3]) flow(index, CONTENT.length);
    await expect.poll(() => asked.length, { interval: 2 }).toBeGreaterThan(4);
    for (let index = 4; index < 60; index++) {
      if (asked.length > index) flow(index, CONTENT.length);
      else if (await quiet(asked, index)) break;
      else flow(index, CONTENT.length);
    }
    flow(0, CONTENT.length);
    const { content, result } = await fetched;
    expect(content.equals(CONTENT)).toBe(true);
    expect(result.connections).toBe(4);
    for (const { fields } of asked.slice(1)) expect(fields.get("if-range")).toBe('"v1"');
    // Nobody fetched twice what somebody else had: the first was left less than the first quarter.
    expect(
      Math.min(
        ...ranges()
          .slice(4)
          .map(({ start }) => start),
      ),
    ).toBeLessThan(CONTENT.length / 4);
  });

  test.each<[string, (asked: Asked) => void]>([
    [
      "refused",
      ({ socket }) => socket.write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n"),
    ],
    [
      "told that there are too many",
      ({ socket }) => socket.write("HTTP/1.1 429 Many\r\nContent-Length: 0\r\n\r\n"),
    ],
    ["reset", ({ socket }) => socket.resetAndDestroy()],
    ["closed", ({ socket }) => socket.end()],
    [
      "answered with everything",
      ({ socket }) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 400000\r\nETag: "v1"\r\n\r\n'),
    ],
    [
      "answered with another range",
      ({ socket }) =>
        socket.write(
          'HTTP/1.1 206 OK\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/400000\r\nETag: "v1"\r\n\r\nhello',
        ),
    ],
  ])("are fewer where the others are %s, and nothing is fetched twice", async (_, answer) => {
    let first: Asked | undefined;
    const { url, asked } = await script((request) => {
      if (request.index > 0) {
        answer(request);
        return undefined;
      }
      first = request;
      request.socket.write(
        'HTTP/1.1 206 OK\r\nContent-Length: 400000\r\nContent-Range: bytes 0-399999/400000\r\nETag: "v1"\r\n\r\n',
      );
      request.socket.write(CONTENT.subarray(0, 1000));
      return undefined;
    });
    const notes: string[] = [];
    const fetched = fetchFile(
      url,
      { onProgress: ({ note }) => note !== undefined && notes.push(note) },
      TUNING,
    );
    await expect.poll(() => notes.join(), { interval: 2 }).toContain("going on with 1 connection");
    first!.socket.write(CONTENT.subarray(1000));
    const { content, result } = await fetched;
    expect(content.equals(CONTENT)).toBe(true);
    expect(result.restarted).toBeUndefined();
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  test("all stop where one finds that the file has changed", async () => {
    const other = noise(300_000, 2);
    const { url } = await script((request) => {
      if (request.index > 0) return honest(other, request, { ETag: '"v2"' });
      const { fields } = honest(CONTENT, request);
      return { status: 206, fields: fields!, body: CONTENT, cut: 1000, by: "silence" };
    });
    const { content, result } = await fetchFile(url, {}, TUNING);
    expect(content.equals(other)).toBe(true);
    expect(result.restarted).toContain("changed");
  });

  test.each([
    ["it is small", CONTENT.subarray(0, 39_999), {}, {}],
    ["it is nearly there", CONTENT, { settle: 250, worthwhile: 1e9 }, {}],
    ["the first has just begun", CONTENT, { settle: 60_000 }, {}],
    ["the caller wants one", CONTENT, {}, { connections: 1 }],
  ])("are not made where %s", async (_, content, tuning, options) => {
    const { url, asked } = await script((request) => honest(content, request));
    const fetched = await fetchFile(url, options, { ...TUNING, ...tuning });
    expect(fetched.content.equals(content)).toBe(true);
    expect(fetched.result.connections).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test("are not made without a strong validator", async () => {
    const { url, asked } = await script((request) => ({
      ...honest(CONTENT, request, { ETag: 'W/"v1"' }),
      cut: 399_000,
      by: "silence",
    }));
    const ended = new AbortController();
    const seen: number[] = [];
    const fetched = fetchFile(
      url,
      {
        signal: ended.signal,
        onProgress: ({ received }) => {
          seen.push(received);
          if (received === 399_000 && seen.length > 10) ended.abort();
        },
      },
      TUNING,
    );
    await expect(fetched).rejects.toMatchObject({ code: "ERR_SLUICE_ABORTED" });
    expect(asked).toHaveLength(1);
  });
});

/** Whether no further request comes within a moment. */
async function quiet(asked: readonly Asked[], count: number): Promise<boolean> {
  for (let look = 0; look < 20; look++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (asked.length > count) return false;
  }
  return true;
}
