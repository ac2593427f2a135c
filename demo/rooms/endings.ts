import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { html, type Reply, type Request, stream } from "sluice";
import { Client, type Ending } from "sluice/client";
import type { Demo, Room } from "../room.ts";

const LOG = Array.from({ length: 40 }, (_, hour) => `${hour} h: ${(1.8 + hour / 40).toFixed(2)} m\n`).join(
  "",
);
const CODED = gzipSync(LOG);
const DIGEST = "sha-256=:8wN1xLGeHPj8xcwFJ/uCdDJIr7FLpBeyWjtzkIcVcpI=:";

/** Answers that end too early, or are not what they say, as their octets. Each is one that clients have taken for whole. */
const BROKEN: Readonly<Record<string, { readonly title: string; readonly octets: Buffer }>> = {
  length: {
    title: "Half of what Content-Length says",
    octets: answer([`Content-Length: ${LOG.length}`], LOG.slice(0, LOG.length / 2)),
  },
  chunked: {
    title: "Chunks without the last one",
    octets: answer(["Transfer-Encoding: chunked"], chunk(LOG)),
  },
  gzip: {
    title: "A gzip cut in half, in chunks that are all there",
    octets: answer(
      ["Content-Encoding: gzip", "Transfer-Encoding: chunked"],
      `${chunk(CODED.subarray(0, CODED.length / 2).toString("latin1"))}0\r\n\r\n`,
    ),
  },
  digest: {
    title: "A body that its digest is not of",
    octets: answer([`Content-Length: ${LOG.length}`, `Content-Digest: ${DIGEST}`], LOG),
  },
  whole: { title: "A whole one", octets: answer([`Content-Length: ${LOG.length}`], LOG) },
};

function answer(fields: readonly string[], body: string): Buffer {
  return Buffer.from(["HTTP/1.1 200 OK", ...fields, "Connection: close", "", body].join("\r\n"), "latin1");
}

function chunk(payload: string): string {
  return `${payload.length.toString(16)}\r\n${payload}\r\n`;
}

/** A server that says exactly these octets to whoever asks, and hangs up. */
async function saying(octets: Buffer): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {}).once("data", () => socket.end(octets));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

/** Each answer read by fetch and by Sluice's client, and what either of them says about it. */
async function* compared(request: Request, demo: Demo): AsyncGenerator<string> {
  await using client = new Client({ proxy: false });
  for (const { title, octets } of Object.values(BROKEN)) {
    const server = await saying(octets);
    try {
      const { port } = server.address() as { port: number };
      const url = `http://127.0.0.1:${port}/`;
      const response = await client.request(url, { signal: request.signal });
      const text = response.body.text().catch(() => undefined);
      const ending = await response.ending;
      yield `* ${title}\n`;
      yield `< fetch: ${await byFetch(url, request.signal)}\n`;
      yield `< sluice: ${inWords(ending, (await text)?.length)}\n`;
    } finally {
      server.close();
    }
    await demo.pause(request, 400);
  }
}

async function byFetch(url: string, signal: AbortSignal): Promise<string> {
  try {
    const { length } = await (await fetch(url, { signal })).text();
    return `complete, ${length} characters`;
  } catch (error) {
    const { message, cause } = error as Error;
    return `${message}${cause instanceof Error ? `: ${cause.message}` : ""}`;
  }
}

function inWords(ending: Ending, length: number | undefined): string {
  if (ending.outcome === "complete") return `complete, ${length} characters`;
  const where = ending.outcome === "truncated" ? `: ${ending.layer}, at byte ${ending.offset}` : "";
  return `${ending.outcome}${where}. ${String(ending.error)}`;
}

function endings(request: Request, demo: Demo): Reply {
  return stream("text/plain", compared(request, demo));
}

export const endingsRoom: Room = {
  name: "endings",
  title: "How it ended",
  shows: html`Answers that break off, one after the other, read by <code>fetch</code> and by Sluice’s client on
    this server. A reader is told what ended too early, and at which byte; whatever is not whole throws.`,
  view: "lines",
  starts: [{ label: "Read them", path: "/endings" }],
  commands: (origin) => [`curl -N ${origin}/endings`],
  routes: { "GET /endings": endings },
};
