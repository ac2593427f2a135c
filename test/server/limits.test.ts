import { describe, expect, test } from "vitest";
import { json, stream, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";

describe("connections", () => {
  test("one more than the limit is answered 503 and closed, and the others go on", async () => {
    const server = await start(() => text("welcome"), { limits: { connections: 2 } });
    const first = await server.connect();
    const second = await server.connect();
    await expect.poll(() => server.server.stats.connections, { interval: 1 }).toBe(2);
    const third = await server.connect();
    third.write(request("/"));
    const refusal = await third.response();
    expect(refusal).toMatchObject({ status: 503, complete: true });
    expect(refusal.body).toContain("ERR_SLUICE_TOO_MANY_CONNECTIONS");
    expect(refusal.headers.get("connection")).toBe("close");
    expect(await third.ending()).toBe("FIN");
    expect(server.server.stats).toMatchObject({ connections: 2, requests: 0 });
    for (const client of [first, second]) {
      client.write(request("/"));
      expect((await client.response()).body).toBe("welcome");
    }
    first.destroy();
    await expect.poll(() => server.server.stats.connections, { interval: 1 }).toBe(1);
    const fourth = await server.connect();
    fourth.write(request("/"));
    expect((await fourth.response()).body).toBe("welcome");
  });

  test("one too many that goes on sending is not kept", async () => {
    const server = await start(() => text("welcome"), { limits: { connections: 0 } });
    const client = await server.connect({ allowHalfOpen: true });
    const begun = performance.now();
    const sending = setInterval(() => client.write("a".repeat(100)), 20);
    client.socket.on("close", () => clearInterval(sending));
    expect((await client.response()).status).toBe(503);
    await client.closed();
    expect(performance.now() - begun).toBeLessThan(2_500);
  });
});

describe("bodies", () => {
  const limits = { gatheredBytes: 10 };
  const lengths = (content: string): string =>
    request("POST /", [`Content-Length: ${content.length}`], content);
  const chunks = (content: string): string =>
    request(
      "POST /",
      ["Transfer-Encoding: chunked"],
      `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`,
    );

  test.each([
    ["text", lengths],
    ["text", chunks],
    ["json", lengths],
    ["json", chunks],
    ["bytes", lengths],
  ] as const)("%s() gathers up to its limit, then it is a 413", async (way, framed) => {
    const server = await start(async ({ body }) => json(String(await body[way]())), { limits });
    const client = await server.connect();
    client.write(framed('"12345678"'));
    expect((await client.response()).status).toBe(200);
    client.write(framed('"123456789"'));
    const response = await client.response();
    expect(response.status).toBe(413);
    expect(response.body).toContain("ERR_SLUICE_BODY_TOO_LARGE");
    client.write(framed('"ok"'));
    expect((await client.response()).status).toBe(200);
  });

  test("a limit of its own wins", async () => {
    const server = await start(async ({ body }) => text(await body.text(3)), { limits });
    const client = await server.connect();
    client.write(lengths("abc") + lengths("abcd"));
    expect((await client.response()).body).toBe("abc");
    expect((await client.response()).status).toBe(413);
  });

  test("a handler may catch it, and answer otherwise", async () => {
    const server = await start(async ({ body }) => text(await body.text().catch(() => "too long for me")), {
      limits,
    });
    const client = await server.connect();
    client.write(lengths("12345678901"));
    expect(await client.response()).toMatchObject({ status: 200, body: "too long for me" });
  });

  test("a 413 in the middle of a big upload closes, and says so", async () => {
    const server = await start(async ({ body }) => text(await body.text()), { limits });
    const client = await server.connect();
    client.write(request("POST /", ["Content-Length: 10000000"], "a".repeat(100)));
    const response = await client.response();
    expect(response.status).toBe(413);
    expect(response.headers.get("connection")).toBe("close");
    expect(await client.ending()).toBe("FIN");
  });

  test.each([
    ["no JSON at all", "{"],
    ["nothing", ""],
    ["JSON that is not UTF-8", '"\xff"'],
    ["half of it", '{"a":'],
  ])("%s is a 400", async (_name, content) => {
    const server = await start(async ({ body }) => json(await body.json()));
    const client = await server.connect();
    client.write(lengths(content));
    const response = await client.response();
    expect(response.status).toBe(400);
    expect(response.body).toContain("ERR_SLUICE_BODY_JSON");
    client.write(lengths("[1]"));
    expect((await client.response()).body).toBe("[1]");
  });

  test("exactly the limit passes, one more is a 413", async () => {
    const server = await start(async ({ body }) => text(await body.text()), { limits: { bodyBytes: 10 } });
    const client = await server.connect();
    client.write(lengths("0123456789") + chunks("0123456789") + chunks("0123456789a"));
    expect((await client.response()).body).toBe("0123456789");
    expect((await client.response()).body).toBe("0123456789");
    expect((await client.response()).status).toBe(413);
    expect(await client.ending()).toBe("FIN");
  });

  test("a body over the limit ends a stream that reads it", async () => {
    const server = await start(({ body }) => stream("text/plain", body), { limits: { bodyBytes: 10 } });
    const client = await server.connect();
    client.write(`${request("POST /", ["Transfer-Encoding: chunked"])}5\r\nhello\r\n`);
    await client.until("hello\r\n");
    client.write("6\r\n123456\r\n0\r\n\r\n");
    expect(await client.response()).toMatchObject({ status: 200, complete: false });
    expect(await client.ending()).toBe("FIN");
  });
});

describe("heads, at their limits", () => {
  test("16 KiB pass", async () => {
    const server = await start(({ headers }) => text(String(headers.get("a")!.length)));
    const client = await server.connect();
    const empty = request("/", ["A: "]);
    const room = 16_384 - empty.length;
    client.write(request("/", [`A: ${"a".repeat(room)}`]));
    expect((await client.response()).body).toBe(String(room));
    client.write(request("/", [`A: ${"a".repeat(room + 1)}`]));
    expect((await client.response()).status).toBe(431);
  });

  test("100 fields pass", async () => {
    const server = await start(({ headers }) => text(String(headers.size)));
    const client = await server.connect();
    const fields = (count: number) => Array.from({ length: count - 1 }, (_, at) => `A${at}: 1`);
    client.write(request("/", fields(100)));
    expect((await client.response()).body).toBe("100");
    client.write(request("/", fields(101)));
    expect((await client.response()).status).toBe(431);
  });

  test("a target of 8,000 octets passes", async () => {
    const server = await start(({ target }) => text(String(target.length)));
    const client = await server.connect();
    client.write(request(`/${"a".repeat(7_999)}`));
    expect((await client.response()).body).toBe("8000");
    client.write(request(`/${"a".repeat(8_000)}`));
    expect((await client.response()).status).toBe(414);
  });
});
