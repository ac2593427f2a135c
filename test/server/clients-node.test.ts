import { Agent, type IncomingHttpHeaders, request as nodeRequest } from "node:http";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { Client, request as undiciRequest } from "undici";
import { answerMatrix, type Expected, MATRIX } from "../support/reply-matrix.ts";
import { start, type TestServer } from "../support/servers.ts";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers?: Record<string, string | string[] | undefined>;
  readonly hints?: unknown[];
}

interface Sent {
  readonly method: string;
  readonly pieces?: readonly string[];
  readonly headers?: Record<string, string>;
  readonly trailers?: Record<string, string>;
}

let server: TestServer;
beforeEach(async () => {
  server = await start(answerMatrix);
});
afterEach(() => {
  // The cut answers of the matrix report that they were cut.
  for (const error of server.errors.splice(0)) expect(error).toEqual(new Error("cut on purpose"));
});

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
afterAll(() => agent.destroy());

const CLIENTS: Record<string, (path: string, sent: Sent) => Promise<Answer>> = {
  "node:http": (path, { method, pieces, headers = {}, trailers }) =>
    new Promise((resolve, reject) => {
      const hints: unknown[] = [];
      const outgoing = nodeRequest(new URL(path, server.server.url), { agent, method, headers });
      outgoing.on("information", (info) => hints.push(info.headers.link));
      outgoing.on("error", reject);
      outgoing.on("response", (incoming) => {
        const read: Buffer[] = [];
        incoming.on("data", (piece: Buffer) => read.push(piece));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode!,
            headers: incoming.headers,
            body: Buffer.concat(read).toString(),
            trailers: incoming.trailers,
            hints,
          }),
        );
      });
      for (const piece of pieces ?? []) outgoing.write(piece);
      if (trailers !== undefined) outgoing.addTrailers(trailers);
      outgoing.end();
    }),

  "undici.request": async (path, { method, pieces, headers = {} }) => {
    const hints: unknown[] = [];
    const dispatcher = new Client(server.server.url.origin);
    try {
      const {
        statusCode,
        headers: received,
        body,
        trailers,
      } = await undiciRequest(new URL(path, server.server.url), {
        dispatcher,
        method: method as "GET",
        headers,
        body: pieces === undefined ? null : pieces.map((piece) => Buffer.from(piece)).values(),
        onInfo: (info) => hints.push((info.headers as Record<string, string>)["link"]),
      } as Parameters<typeof undiciRequest>[1]);
      return { status: statusCode, headers: received, body: await body.text(), trailers, hints };
    } finally {
      await dispatcher.destroy();
    }
  },

  fetch: async (path, { method, pieces, headers = {} }) => {
    const response = await fetch(new URL(path, server.server.url), {
      method,
      headers,
      ...(pieces === undefined ? {} : { body: new Blob([...pieces]).stream(), duplex: "half" as const }),
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  },
};

describe.each(Object.entries(CLIENTS))("%s", (name, ask) => {
  test.each(MATRIX.map((expected): [string, Expected] => [expected.path, expected]))(
    "GET %s",
    async (path, expected) => {
      if (expected.body === undefined) {
        await expect(ask(path, { method: "GET" })).rejects.toThrow();
        return;
      }
      const answer = await ask(path, { method: "GET" });
      expect(answer.status).toBe(expected.status);
      expect(answer.body === expected.body).toBe(true);
      if (answer.trailers !== undefined) expect(answer.trailers).toEqual(expected.trailers ?? {});
      if (answer.hints !== undefined) expect(answer.hints).toEqual(expected.hints ?? []);
      expect(answer.headers["date"]).toBeDefined();
    },
  );

  test("HEAD of everything, one after the other", async () => {
    for (const { path, status } of MATRIX) {
      const answer = await ask(path, { method: "HEAD" });
      expect(answer).toMatchObject({ status, body: "" });
    }
  });

  test("uploads of known and of unknown size", async () => {
    // fetch sets the length itself, where it sends one at all.
    const headers: Record<string, string> = name === "fetch" ? {} : { "content-length": "6" };
    const known = await ask("/echo", { method: "POST", pieces: ["höher"], headers });
    expect(known.body).toBe("POST höher {}");
    const chunked = await ask("/echo", { method: "PUT", pieces: ["one ", "two ", "three"] });
    expect(chunked.body).toBe("PUT one two three {}");
  });
});

test("node:http sends trailers", async () => {
  const answer = await CLIENTS["node:http"]("/echo", {
    method: "POST",
    pieces: ["body"],
    headers: { trailer: "x-count" },
    trailers: { "x-count": "1", "content-type": "dropped" },
  });
  expect(answer.body).toBe('POST body {"x-count":"1"}');
});

test("node:http waits for 100 (Continue)", async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    const outgoing = nodeRequest(new URL("/echo", server.server.url), {
      method: "POST",
      headers: { expect: "100-continue", "content-length": 5 },
    });
    let continued = false;
    outgoing.on("continue", () => {
      continued = true;
      outgoing.end("hello");
    });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      incoming.setEncoding("utf8").on("data", (body: string) => resolve(`${continued} ${body}`));
    });
    outgoing.flushHeaders();
  });
  expect(answer).toBe("true POST hello {}");
});

test("undici pipelines", async () => {
  const client = new Client(server.server.url.origin, { pipelining: 10 });
  const paths = MATRIX.filter(({ body, hints }) => body !== undefined && hints === undefined).filter(
    ({ path }) => path !== "/close",
  );
  const answers = await Promise.all(
    paths.map(async ({ path }) => {
      const { statusCode, body } = await client.request({ method: "GET", path });
      return { path, status: statusCode, body: await body.text() };
    }),
  );
  expect(answers).toEqual(paths.map(({ path, status, body }) => ({ path, status, body })));
  expect(server.server.stats.connections).toBe(1);
  await client.destroy();
});
