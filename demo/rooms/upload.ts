import { createHash } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { html, type Reply, type Request, stream, type StreamWriter, text } from "sluice";
import type { Demo, Room } from "../room.ts";
import { tap } from "../wire.ts";

async function receive(request: Request, demo: Demo): Promise<Reply> {
  const digest = createHash("sha256");
  let pieces = 0;
  let bytes = 0;
  for await (const piece of request.body) {
    digest.update(piece);
    pieces++;
    bytes += piece.byteLength;
  }
  const { fields, undeclared, dropped } = await request.body.trailers;
  demo.log.say(`${request.path}: ${bytes} bytes received`);
  const seen = { pieces, bytes, sha256: digest.digest("hex"), trailers: { fields, undeclared, dropped } };
  return text(`${JSON.stringify(seen, undefined, 2)}\n`, { headers: { "Content-Type": "application/json" } });
}

const BUCKETS = ["a first bucket of water, ", "a second one, ", "and the last.\n"];

/** An upload by node:http to this very server, with trailers of all three kinds. */
async function perform(out: StreamWriter, request: Request, demo: Demo): Promise<void> {
  const socket = tap(connect(demo.self), (lines) => {
    // Nobody would catch what a write to a reader who has left throws in here.
    if (!request.signal.aborted) void out.write(lines);
  });
  const outgoing = httpRequest({
    method: "POST",
    path: "/upload",
    headers: { Host: demo.self.authority, Trailer: "Content-MD5, X-Buckets", Connection: "close" },
    createConnection: () => socket,
    signal: request.signal,
  });
  outgoing.on("response", (answer) => answer.resume());
  await Promise.all([sendBuckets(outgoing, request, demo), once(outgoing, "close"), once(socket, "close")]);
}

async function sendBuckets(outgoing: ClientRequest, request: Request, demo: Demo): Promise<void> {
  const digest = createHash("md5");
  for (const bucket of BUCKETS) {
    digest.update(bucket);
    outgoing.write(bucket);
    await demo.pause(request, 400);
  }
  outgoing.addTrailers({
    "Content-MD5": digest.digest("base64"),
    "X-Buckets": String(BUCKETS.length),
    "X-Afterthought": "nobody announced this one",
    Authorization: "nobody may send this one so late",
  });
  outgoing.end();
}

export const upload: Room = {
  name: "upload",
  title: "An upload, and its trailers",
  shows: html`The server reads a chunked body piece by piece and answers with what it saw. Of the trailers it
    tells those it may use, those that were not announced, and those it dropped, such as
    <code>Authorization</code>. Browsers cannot send this, so node:http does.`,
  view: "wire",
  starts: [{ label: "Send three buckets", path: "/upload/dialogue" }],
  commands: (origin) => [`seq 1000000 | curl -X POST -T - ${origin}/upload`],
  routes: {
    "POST /upload": receive,
    "PUT /upload": receive,
    "GET /upload/dialogue": (request, demo) => stream("text/plain", (out) => perform(out, request, demo)),
  },
};
