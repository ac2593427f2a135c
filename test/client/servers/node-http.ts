// node:http, alone and behind others.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { BIG, LINES, ONE_KIB, TEXT } from "./content.ts";
import { type Peer, portOf, type RunningPeer } from "./peer.ts";

const ETAG = '"one"';

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/1k": (request, response) => {
    response.setHeader("ETag", ETAG);
    if (request.headers["if-none-match"] === ETAG) response.writeHead(304).end();
    else response.setHeader("Content-Length", ONE_KIB.length).end(ONE_KIB);
  },
  "/big": (_request, response) => void response.end(BIG),
  "/text.txt": (request, response) => {
    response.setHeader("Content-Type", "text/plain");
    if (!/\bgzip\b/.test(String(request.headers["accept-encoding"]))) response.end(TEXT);
    else response.setHeader("Content-Encoding", "gzip").end(gzipSync(TEXT));
  },
  "/chunks": writeLines,
  "/trailers": async (request, response) => {
    response.setHeader("Trailer", "X-Rows");
    response.addTrailers({ "X-Rows": "10" });
    await writeLines(request, response);
  },
  "/close": async (request, response) => {
    response.useChunkedEncodingByDefault = false;
    response.setHeader("Connection", "close");
    response.removeHeader("Transfer-Encoding");
    await writeLines(request, response);
  },
  "/cut": async (_request, response) => {
    response.write(LINES[0]);
    // Flushed, so that who stands between has seen it.
    await turn();
    await turn();
    response.destroy();
  },
  "/empty": (_request, response) => void response.writeHead(204).end(),
  "/redirect": (_request, response) => void response.writeHead(302, { Location: "/1k" }).end("moved"),
  "/echo": async (request, response) => {
    const body = await buffer(request);
    response.setHeader("X-Upload-Framing", request.headers["transfer-encoding"] ?? "length");
    const sum = request.trailers["x-sum"];
    if (sum !== undefined) response.setHeader("X-Upload-Sum", sum);
    response.end(body);
  },
};

async function writeLines(_request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const line of LINES) {
    response.write(line);
    await turn();
  }
  response.end();
}

/** Also what stands behind the proxies. */
export async function startNodeHttp(): Promise<RunningPeer> {
  const server = createServer((request, response) => {
    const answer = ANSWERS[request.url ?? ""];
    if (answer === undefined) response.writeHead(404).end();
    else void answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { port: portOf(server), stop };
}

export const nodeHttp: Peer = {
  name: "node:http",
  programs: [],
  features: ["close", "trailers", "request trailers"],
  cut: "chunked",
  start: startNodeHttp,
};
