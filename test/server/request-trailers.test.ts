import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Request, type ReceivedTrailers, json, text } from "../../src/index.ts";
import { request, start } from "../support/servers.ts";

const events: { request: Request; names: readonly string[] }[] = [];
const listen = (message: unknown): void => void events.push(message as (typeof events)[0]);

beforeEach(() => {
  events.length = 0;
  subscribe("sluice:trailer:dropped", listen);
});
afterEach(() => {
  unsubscribe("sluice:trailer:dropped", listen);
});

const summary = ({ fields, undeclared, dropped }: ReceivedTrailers) => ({
  fields: [...fields],
  undeclared,
  dropped,
});

/** What a handler gets of the trailers of one request. */
async function trailersOf(section: string, ...fields: string[]): Promise<unknown> {
  const server = await start(async ({ body, headers }) => {
    const content = await body.text();
    return json({ content, headers: headers.toJSON(), ...summary(await body.trailers) });
  });
  const client = await server.connect();
  client.write(
    request("POST /", ["Transfer-Encoding: chunked", ...fields], `5\r\nhello\r\n0\r\n${section}\r\n`),
  );
  const response = await client.response();
  expect(response.status).toBe(200);
  client.write(request("/"));
  expect((await client.response()).status).toBe(200);
  return JSON.parse(response.body);
}

test("declared and undeclared ones arrive, apart from the headers", async () => {
  expect(
    await trailersOf(
      "X-Count: 5\r\nX-Other: 1\r\nx-count: 6\r\n",
      "Trailer: x-count, X-Missing",
      "X-Count: 1",
    ),
  ).toEqual({
    content: "hello",
    headers: { host: "test", "transfer-encoding": "chunked", trailer: "x-count, X-Missing", "x-count": "1" },
    fields: [
      ["X-Count", "5"],
      ["X-Other", "1"],
      ["x-count", "6"],
    ],
    undeclared: ["x-other"],
    dropped: [],
  });
  expect(events).toEqual([]);
});

test("forbidden ones are dropped, declared or not, and an event says so", async () => {
  const forbidden = [
    "Content-Length: 3",
    "Transfer-Encoding: chunked",
    "Host: evil",
    "Authorization: Basic eDp5",
    "Cookie: a=b",
    "Content-Type: text/html",
    "Content-Encoding: gzip",
    "Trailer: x",
    "Connection: close",
    "Upgrade: h2c",
    "X-Hop: 1",
  ];
  const section = [...forbidden, "X-Fine: 1", "Content-Digest: sha-256=:AA==:"]
    .map((line) => `${line}\r\n`)
    .join("");
  const names = forbidden.map((line) => line.split(":")[0].toLowerCase());
  expect(
    await trailersOf(section, "Trailer: Content-Length, X-Fine, Content-Digest", "Connection: x-hop"),
  ).toMatchObject({
    headers: { host: "test" },
    fields: [
      ["X-Fine", "1"],
      ["Content-Digest", "sha-256=:AA==:"],
    ],
    undeclared: [],
    dropped: names,
  });
  expect(events).toHaveLength(1);
  expect(events[0].names).toEqual(names);
  expect(events[0].request.method).toBe("POST");
});

test("a request without any has empty ones", async () => {
  expect(await trailersOf("")).toMatchObject({ fields: [], undeclared: [], dropped: [] });
  const server = await start(async ({ body }) => json(summary(await body.trailers)));
  const client = await server.connect();
  client.write(request("/") + request("POST /", ["Content-Length: 5"], "hello"));
  expect(JSON.parse((await client.response()).body)).toEqual({ fields: [], undeclared: [], dropped: [] });
  expect(JSON.parse((await client.response()).body)).toEqual({ fields: [], undeclared: [], dropped: [] });
});

test("exactly the limits pass", async () => {
  const lines = Array.from({ length: 64 }, (_, at) => `X-${at}: ${at}\r\n`).join("");
  expect(((await trailersOf(lines)) as { fields: unknown[] }).fields).toHaveLength(64);
  const value = "a".repeat(8_192 - "A: \r\n\r\n".length);
  expect(await trailersOf(`A: ${value}\r\n`)).toMatchObject({ fields: [["A", value]] });
});

test("those of a body that was not read to its end before the answer are refused", async () => {
  let outcome: unknown;
  const server = await start(({ body }) => {
    body.trailers.then(
      (trailers) => (outcome = trailers),
      (error: unknown) => (outcome = error),
    );
    return text("early");
  });
  const client = await server.connect();
  client.write(request("POST /", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n"));
  expect((await client.response()).body).toBe("early");
  expect(outcome).toMatchObject({ code: "ERR_SLUICE_ANSWERED", name: "EndedError" });
});
