// Replies of every framing, with what a client has to make of them: the same for every client.

import { setImmediate as turn } from "node:timers/promises";
import { type Handler, type Reply, stream, text } from "../../src/index.ts";
import { SOURCES, WHOLE } from "./sources.ts";

export interface Expected {
  readonly path: string;
  readonly status: number;
  /** The body in UTF-8; undefined where the answer is cut, and a client has to report that. */
  readonly body: string | undefined;
  readonly trailers?: Readonly<Record<string, string>>;
  /** The links of 103 responses before it. */
  readonly hints?: readonly string[];
}

const BIG = "0123456789abcdef".repeat(20_000);

const REPLIES: Record<string, { reply: () => Reply | Response; expected: Omit<Expected, "path"> }> = {
  text: { reply: () => text("höher"), expected: { status: 200, body: "höher" } },
  empty: { reply: () => text(""), expected: { status: 200, body: "" } },
  "no-content": {
    reply: () => ({ status: 204, headers: {}, body: null }),
    expected: { status: 204, body: "" },
  },
  "not-modified": {
    reply: () => ({ status: 304, headers: {}, body: null }),
    expected: { status: 304, body: "" },
  },
  "not-found": {
    reply: () => text("not here", { status: 404 }),
    expected: { status: 404, body: "not here" },
  },
  big: { reply: () => text(BIG), expected: { status: 200, body: BIG } },
  "big-chunks": {
    reply: () => stream("text/plain", [BIG, Buffer.from(BIG), BIG]),
    expected: { status: 200, body: BIG.repeat(3) },
  },
  "tiny-chunks": {
    reply: () => stream("text/plain", Array.from(BIG.slice(0, 3_000))),
    expected: { status: 200, body: BIG.slice(0, 3_000) },
  },
  "announced-length": {
    reply: () => stream("text/plain", ["1234", "56"], { headers: { "content-length": 6 } }),
    expected: { status: 200, body: "123456" },
  },
  "no-chunks": { reply: () => stream("text/plain", []), expected: { status: 200, body: "" } },
  close: {
    reply: () => text("bye", { headers: { connection: "close" } }),
    expected: { status: 200, body: "bye" },
  },
  response: { reply: () => new Response(WHOLE), expected: { status: 200, body: WHOLE } },
  trailers: {
    reply: () => ({
      status: 200,
      headers: {},
      body: ["a", "b"],
      trailers: { "X-Count": () => "2" },
      trailersAlways: true,
    }),
    expected: { status: 200, body: "ab", trailers: { "x-count": "2" } },
  },
  "trailers-alone": {
    reply: () => ({
      status: 200,
      headers: {},
      body: null,
      trailers: { "X-Count": "0" },
      trailersAlways: true,
    }),
    expected: { status: 200, body: "", trailers: { "x-count": "0" } },
  },
  hints: {
    reply: () => text("hinted"),
    expected: { status: 200, body: "hinted", hints: ["</a.css>; rel=preload", "</b.css>; rel=preload"] },
  },
  "cut-chunks": { reply: () => stream("text/plain", cut), expected: { status: 200, body: undefined } },
  "cut-length": {
    reply: () => stream("text/plain", cut, { headers: { "content-length": 100 } }),
    expected: { status: 200, body: undefined },
  },
};

for (const [name, source] of Object.entries(SOURCES)) {
  REPLIES[`source/${encodeURIComponent(name)}`] = {
    reply: () => stream("text/plain", source()),
    expected: { status: 200, body: WHOLE },
  };
}

async function* cut(): AsyncGenerator<string> {
  yield "partial";
  await turn();
  throw new Error("cut on purpose");
}

export const MATRIX: readonly Expected[] = Object.entries(REPLIES).map(([name, { expected }]) => ({
  path: `/${name}`,
  ...expected,
}));

/** Answers a path of the matrix; `/echo` with what was sent. */
export const answerMatrix: Handler = async (request) => {
  if (request.path === "/echo") {
    const body = await request.body.text();
    const trailers = (await request.body.trailers).fields;
    return text(`${request.method} ${body} ${JSON.stringify(trailers)}`);
  }
  const name = request.path.slice(1);
  for (const link of REPLIES[name].expected.hints ?? []) request.informational(103, { link });
  return REPLIES[name].reply();
};
