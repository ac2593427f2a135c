import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ContentCoding } from "../../src/content/codings.ts";
import type { ContentBody } from "../../src/content/content-body.ts";
import { type DecodingLimits, type Handler, text } from "../../src/index.ts";
import {
  bombOfTwoCodings,
  EACH_CODING,
  octets,
  pack,
  prose,
  unpackSoFar,
} from "../content/codings-by-zlib.ts";
import { lacks, pathOf } from "../support/programs.ts";
import { run } from "../support/run.ts";
import { request, start, type TestServer } from "../support/servers.ts";
import type { WireResponse } from "../support/wire-response.ts";

const BODY = "small, but not so small: small small small";
const MEGABYTE = 2 ** 20;

const echo =
  (limits?: DecodingLimits): Handler =>
  async ({ body }) =>
    text(await body.decoded(limits).text());

async function post(server: TestServer, body: Uint8Array, ...fields: string[]): Promise<WireResponse> {
  const client = await server.connect();
  const head = request("POST /", ["Connection: close", `Content-Length: ${body.length}`, ...fields]);
  client.write(head).write(body);
  const response = await client.response();
  client.destroy();
  return response;
}

describe.each(EACH_CODING)("%s", (coding) => {
  const field = `Content-Encoding: ${coding}`;

  test("a body arrives as it was, by every way of reading it", async () => {
    const ways: Handler = async ({ body, path }) => {
      const plain = body.decoded();
      if (path === "/json") return text(JSON.stringify(await plain.json()));
      if (path === "/bytes") return text(Buffer.from(await plain.bytes()).toString());
      if (path === "/stream") return text(await new Response(plain.stream()).text());
      let all = "";
      for await (const piece of plain) all += Buffer.from(piece).toString();
      return text(all);
    };
    const server = await start(ways);
    for (const path of ["/json", "/bytes", "/stream", "/"]) {
      const client = await server.connect();
      const body = pack(coding, '{"a":1}');
      client.write(request(`POST ${path}`, [`Content-Length: ${body.length}`, field])).write(body);
      expect((await client.response()).body).toBe('{"a":1}');
    }
  });

  test("cut at any octet it is a 400", async () => {
    const server = await start(echo());
    const coded = pack(coding, BODY);
    for (let length = 1; length < coded.length; length++) {
      const { status, body } = await post(server, coded.subarray(0, length), field);
      expect([length, status]).toEqual([length, 400]);
      expect(body).toContain("ERR_SLUICE_CODED_TRUNCATED");
    }
  });

  test("with more behind it, it is a 400", async () => {
    const server = await start(echo());
    const { status, body } = await post(
      server,
      Buffer.concat([pack(coding, BODY), Buffer.from("more")]),
      field,
    );
    expect(status).toBe(400);
    expect(body).toContain("ERR_SLUICE_CODED_CORRUPT");
  });

  test("a bomb is a 413, and holds little", async () => {
    let read = 0;
    const server = await start(async (incoming) => {
      for await (const piece of incoming.body.decoded()) read += piece.length;
      return text("read");
    });
    const bomb = pack(coding, Buffer.alloc(200 * MEGABYTE));
    const before = process.memoryUsage.rss();
    const { status, body } = await post(server, bomb, field);
    expect(status).toBe(413);
    expect(body).toContain("ERR_SLUICE_DECODED_TOO_LARGE");
    expect(read).toBeLessThanOrEqual(Math.max(MEGABYTE, bomb.length * 100));
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * MEGABYTE);
  });

  test("what is left early is given up at once, although more is to come", async () => {
    const server = await start(async (incoming) => {
      for await (const piece of incoming.body.decoded()) return text(`${piece.length > 0}`);
      return text("never");
    });
    const client = await server.connect();
    const coded = pack(coding, prose(400_000));
    client.write(request("POST /", ["Content-Length: 100000000", field])).write(coded.subarray(0, -10));
    expect((await client.response()).body).toBe("true");
    expect(await client.ending()).toBe("FIN");
  });
});

test.each([
  ["two codings", ["Content-Encoding: gzip, deflate"], pack("deflate", gzipSync(BODY))],
  [
    "two codings in two lines",
    ["Content-Encoding: gzip", "Content-Encoding: br"],
    pack("br", gzipSync(BODY)),
  ],
  ["no coding", [], Buffer.from(BODY)],
  ["identity", ["Content-Encoding: identity"], Buffer.from(BODY)],
  ["an old name", ["Content-Encoding: X-GZip"], gzipSync(BODY)],
])("a body in %s arrives", async (_name, fields, body) => {
  const server = await start(echo());
  expect((await post(server, body, ...fields)).body).toBe(BODY);
});

test.each(["compress", "gzip, gzip, gzip", "sdch, gzip", "gzip;q=1"])("%s is a 415", async (coding) => {
  const server = await start(echo());
  const { status, body } = await post(server, gzipSync(BODY), `Content-Encoding: ${coding}`);
  expect(status).toBe(415);
  expect(body).toContain("ERR_SLUICE_CONTENT_CODING");
});

test.each<[DecodingLimits, number]>([
  [{ bytes: BODY.length }, 200],
  [{ bytes: BODY.length - 1 }, 413],
  [{ ratio: 1 }, 200],
])("the limits %j make it %i", async (limits, status) => {
  const server = await start(echo(limits));
  expect((await post(server, gzipSync(BODY), "Content-Encoding: gzip")).status).toBe(status);
});

test.each<[DecodingLimits]>([
  [{ bytes: -1 }],
  [{ bytes: Number.NaN }],
  [{ ratio: 0.9 }],
  [{ ratio: "5" as never }],
])("%j are no limits", async (limits) => {
  const server = await start(echo(limits));
  expect((await post(server, gzipSync(BODY), "Content-Encoding: gzip")).status).toBe(500);
  expect(server.errors.splice(0)).toMatchObject([{ code: "ERR_SLUICE_OPTION" }]);
});

test("what is gathered has its own limit, of the decoded octets", async () => {
  const server = await start(echo({ ratio: Infinity }));
  const [most, more] = [Buffer.alloc(MEGABYTE, "a"), Buffer.alloc(MEGABYTE + 1, "a")];
  expect((await post(server, gzipSync(most), "Content-Encoding: gzip")).status).toBe(200);
  const { status, body } = await post(server, gzipSync(more), "Content-Encoding: gzip");
  expect(status).toBe(413);
  expect(body).toContain("ERR_SLUICE_BODY_TOO_LARGE");
});

test("two codings allow no more than one does", async () => {
  let read = 0;
  const server = await start(async (incoming) => {
    for await (const piece of incoming.body.decoded()) read += piece.length;
    return text("read");
  });
  const bomb = bombOfTwoCodings();
  const { status, body } = await post(server, bomb, "Content-Encoding: gzip, br");
  expect([status, read <= Math.max(MEGABYTE, bomb.length * 100)]).toEqual([413, true]);
  expect(body).toContain("ERR_SLUICE_DECODED_TOO_LARGE");
});

test.each([
  [BODY.length, 200],
  [BODY.length - 1, 413],
])("a body without a coding is held to %i octets, too: %i", async (bytes, status) => {
  const server = await start(echo({ bytes }));
  expect((await post(server, Buffer.from(BODY))).status).toBe(status);
});

describe.each<[string, (body: ContentBody) => ContentBody, readonly ContentCoding[]]>([
  ["decoded", (body) => body.decoded(), ["gzip"]],
  ["decoded twice", (body) => body.decoded(), ["gzip", "br"]],
  ["decoded up to a limit, without a coding", (body) => body.decoded({ bytes: 1e9 }), []],
  ["verified", (body) => body.verified({ optional: true }), []],
  ["both", (body) => body.verified({ optional: true }).decoded(), ["gzip"]],
])("a body %s, which waits for more than comes, is left at once", (_name, transform, codings) => {
  const whole = codings.reduce<Uint8Array>(
    (plain, coding) => pack(coding, plain),
    Buffer.from(prose(400_000)),
  );
  const fields = ["Content-Length: 100000000", `Content-Encoding: ${codings.join(", ")}`];

  /** Sends so many octets of a body, and never the rest; the answer is the handler's. */
  async function answerTo(sent: number, leave: (body: ContentBody) => Promise<string>): Promise<string> {
    const server = await start(async ({ body }) => text(await leave(transform(body))));
    const client = await server.connect();
    client.write(request("POST /", fields)).write(whole.subarray(0, sent));
    const { body } = await client.response();
    client.destroy();
    return body;
  }

  test.each([0, 5, whole.length - 5])("by cancelling its web stream, %i octets in", async (sent) => {
    const arrived = codings.toReversed().reduce(
      (coded, coding) => {
        return coded.length === 0 ? coded : unpackSoFar(coding, coded);
      },
      whole.subarray(0, sent),
    );
    const answer = await answerTo(sent, async (body) => {
      const reader = body.stream().getReader();
      for (let read = 0; read < arrived.length;) read += (await reader.read()).value!.length;
      const reading = reader.read();
      await reader.cancel();
      return JSON.stringify([await reading, await reader.read()]);
    });
    expect(answer).toBe('[{"done":true},{"done":true}]');
  });

  test("by its iterator, with several reads waiting", async () => {
    const answer = await answerTo(5, async (body) => {
      const pieces = body[Symbol.asyncIterator]();
      const waiting = [pieces.next(), pieces.next(), pieces.next()];
      // Without a coding the five octets are a piece.
      const first = codings.length === 0 ? await waiting.shift() : undefined;
      const left = await pieces.return!();
      const ends = [...(await Promise.all(waiting)), left, await pieces.next(), await pieces.return!()];
      return `${first?.value?.length ?? 5} ${ends.every(({ done }) => done)}`;
    });
    expect(answer).toBe("5 true");
  });

  test("before it was read", async () => {
    const answer = await answerTo(5, async (body) => {
      const pieces = body[Symbol.asyncIterator]();
      await pieces.return!();
      return `${(await pieces.next()).done}`;
    });
    expect(answer).toBe("true");
  });

  test("and what fails later is nobody's fault, and no unhandled rejection", async () => {
    let failed!: () => void;
    const server = await start(async ({ body, signal }) => {
      const pieces = transform(body)[Symbol.asyncIterator]();
      const reading = pieces.next();
      await pieces.return!();
      const { done } = await reading;
      const gone = new Promise<void>((resolve) => (failed = resolve));
      signal.addEventListener("abort", () => failed());
      if (signal.aborted) failed();
      await gone;
      return text(`${done}`);
    });
    const client = await server.connect();
    client.write(request("POST /", fields));
    await expect.poll(() => failed !== undefined, { interval: 2 }).toBe(true);
    client.destroy();
  });
});

test("a handler can catch what is wrong with a body, and answer itself", async () => {
  const server = await start(async ({ body }) => {
    try {
      return text(await body.decoded().text());
    } catch (error) {
      return text((error as { code: string }).code, { status: 422 });
    }
  });
  for (const [bytes, coding, code] of [
    [gzipSync(BODY).subarray(0, 20), "gzip", "ERR_SLUICE_CODED_TRUNCATED"],
    [Buffer.from("what is this"), "gzip", "ERR_SLUICE_CODED_CORRUPT"],
    [Buffer.from("what is this"), "what", "ERR_SLUICE_CONTENT_CODING"],
    [gzipSync(Buffer.alloc(5 * MEGABYTE)), "gzip", "ERR_SLUICE_DECODED_TOO_LARGE"],
  ] as const) {
    const { status, body } = await post(server, bytes, `Content-Encoding: ${coding}`);
    expect([status, body]).toEqual([422, code]);
  }
});

test("the connection that ends inside a coded body is truncated", async () => {
  const seen: unknown[] = [];
  const server = await start(async ({ body }) => {
    try {
      return text(await body.decoded().text());
    } catch (error) {
      seen.push(error);
      throw error;
    }
  });
  const client = await server.connect();
  client.write(request("POST /", ["Content-Encoding: gzip", "Content-Length: 5000"]));
  client.write(gzipSync(BODY)).finish();
  expect((await client.response()).body).toContain("ERR_SLUICE_TRUNCATED");
  // What has arrived is decoded first, in another thread.
  await expect.poll(() => seen).toEqual([expect.objectContaining({ code: "ERR_SLUICE_TRUNCATED" })]);
});

test("decoded twice it was used; not read at all it does nothing", async () => {
  const server = await start(async ({ body }) => {
    const plain = body.decoded();
    if (body.used) return text("used too early");
    body.decoded();
    body.verified();
    const first = await plain.text();
    const second = await body
      .decoded()
      .text()
      .catch((error: unknown) => (error as { code: string }).code);
    return text(`${first} ${second}`);
  });
  const { body } = await post(server, gzipSync("once"), "Content-Encoding: gzip");
  expect(body).toBe("once ERR_SLUICE_BODY_USED");
});

test("pieces of a request are decoded as they arrive", async () => {
  const seen: string[] = [];
  let saw!: () => void;
  const server = await start(async ({ body }) => {
    for await (const piece of body.decoded()) {
      seen.push(Buffer.from(piece).toString());
      saw();
    }
    return text(seen.join());
  });
  const { createGzip } = await import("node:zlib");
  const client = httpRequest({
    port: server.port,
    host: "127.0.0.1",
    method: "POST",
    headers: { "Content-Encoding": "gzip" },
  });
  const gzip = createGzip();
  gzip.pipe(client);
  const answered = once(client, "response");
  for (const piece of ["one", "two", "three"]) {
    const seeing = new Promise<void>((resolve) => (saw = resolve));
    gzip.write(piece);
    gzip.flush();
    await seeing;
  }
  gzip.end();
  const [response] = (await answered) as [AsyncIterable<Buffer>];
  let answer = "";
  for await (const piece of response) answer += piece.toString();
  expect(answer).toBe("one,two,three");
});

describe.skipIf(lacks("curl"))("curl", () => {
  test("uploads what gzip has made", async () => {
    const body = prose(500_000);
    const server = await start(echo());
    const { stdout } = await run(
      pathOf("curl"),
      ["-sS", "--data-binary", "@-", "-H", "Content-Encoding: gzip", server.server.url.href],
      gzipSync(body),
    );
    expect(octets(stdout).toString() === body).toBe(true);
  });
});
