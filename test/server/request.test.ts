import { describe, expect, test } from "vitest";
import { type Request, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";

/** What a handler sees of a request. */
async function seen(octets: string, look: (incoming: Request) => unknown): Promise<unknown> {
  let value: unknown;
  const server = await start((incoming) => {
    value = look(incoming);
    return text("");
  });
  const client = await server.connect();
  client.write(octets);
  expect((await client.response(octets.startsWith("CONNECT") ? "HEAD" : "GET")).status).toBe(200);
  return value;
}

const target = ({ method, target: whole, path, query, url }: Request): unknown => ({
  method,
  target: whole,
  path,
  query: query.toString(),
  url: url.href,
});

describe("targets", () => {
  test.each([
    ["/", { target: "/", path: "/", query: "", url: "http://a/" }],
    ["/a/b?c=d&e=%20f", { path: "/a/b", query: "c=d&e=+f", url: "http://a/a/b?c=d&e=%20f" }],
    ["/a%2Fb/../c", { path: "/a%2Fb/../c", query: "", url: "http://a/c" }],
    ["//b/c?d", { path: "//b/c", query: "d=", url: "http://a//b/c?d" }],
    ["/?", { path: "/", query: "", url: "http://a/" }],
    ["/?a?b", { path: "/", query: "a%3Fb=", url: "http://a/?a?b" }],
    [
      "http://b:81/c?d=e",
      { target: "http://b:81/c?d=e", path: "/c", query: "d=e", url: "http://b:81/c?d=e" },
    ],
    ["http://b", { path: "/", query: "", url: "http://b/" }],
    ["http://b?c", { path: "/", query: "c=", url: "http://b/?c" }],
    ["HTTP://b/", { path: "/", url: "http://b/" }],
  ])("%s", async (line, expected) => {
    expect(await seen(request(line, ["Host: a"]), target)).toMatchObject({ method: "GET", ...expected });
  });

  test("OPTIONS *", async () => {
    expect(await seen(request("OPTIONS *", ["Host: a:81"]), target)).toEqual({
      method: "OPTIONS",
      target: "*",
      path: "*",
      query: "",
      url: "http://a:81/",
    });
  });

  test("HTTP/1.0 without Host", async () => {
    expect(await seen("GET /a HTTP/1.0\r\n\r\n", target)).toMatchObject({
      path: "/a",
      url: "http://localhost/a",
    });
  });

  test("an IPv6 host", async () => {
    expect(await seen(request("/", ["Host: [::1]:81"]), target)).toMatchObject({ url: "http://[::1]:81/" });
  });
});

test("a Host that makes no URL is the client's fault, not a 500", async () => {
  const server = await start(({ url }) => text(url.href));
  const client = await server.connect();
  client.write(request("/", ["Host: a:99999"]));
  const response = await client.response();
  expect(response.status).toBe(400);
  expect(response.body).toContain("ERR_SLUICE_HOST");
});

test("fields keep their order and spelling, and are found in any", async () => {
  const fields = [
    "X-First: 1",
    "cookie: a",
    "x-Second:   2  ",
    "X-FIRST: 3",
    "Empty:",
    "__proto__: polluted",
  ];
  expect(
    await seen(request("/", fields), ({ headers }) => ({
      all: [...headers],
      first: headers.get("x-first"),
      second: headers.get("X-SECOND"),
      empty: headers.get("empty"),
      none: headers.get("constructor"),
      proto: headers.get("__proto__"),
      web: new Headers([...headers]).get("x-first"),
    })),
  ).toEqual({
    all: [
      ["Host", "test"],
      ["X-First", "1"],
      ["cookie", "a"],
      ["x-Second", "2"],
      ["X-FIRST", "3"],
      ["Empty", ""],
      ["__proto__", "polluted"],
    ],
    first: "1, 3",
    second: "2",
    empty: "",
    none: undefined,
    proto: "polluted",
    web: "1, 3",
  });
});

test("fields of one request are not those of the next", async () => {
  const all: unknown[] = [];
  const server = await start(({ headers }) => {
    all.push(headers.toJSON());
    return text("");
  });
  const client = await server.connect();
  client.write(request("/", ["A: 1"]) + request("/", ["B: 2"]));
  await client.response();
  await client.response();
  expect(all).toEqual([
    { host: "test", a: "1" },
    { host: "test", b: "2" },
  ]);
});

test.each([
  ["1.0", "GET / HTTP/1.0\r\n\r\n"],
  ["1.1", request("/")],
])("the version %s", async (version, octets) => {
  expect(await seen(octets, ({ httpVersion }) => httpVersion)).toBe(version);
});

test("methods are taken as they are sent", async () => {
  expect(await seen(request("brew /"), ({ method }) => method)).toBe("brew");
  expect(await seen(request("GET /"), ({ method }) => method)).toBe("GET");
});

test("remote is who asks", async () => {
  const remotes: unknown[] = [];
  const server = await start(({ remote }) => {
    remotes.push(remote);
    return text("");
  });
  const client = await server.connect();
  client.write(request("/"));
  await client.response();
  expect(remotes).toEqual([{ address: "127.0.0.1", port: client.socket.localPort }]);
});
