import { createHash } from "node:crypto";
import { html, type Reply, type Request, stream, text } from "sluice";
import { type ReceivedTrailers, ResponseReceiver } from "sluice/http1";
import type { Demo, Room } from "../room.ts";
import { rawExchange } from "../wire.ts";

const REPORT = ["Upper basin 3.42 m\n", "Weir 2.10 m\n", "Ferry 1.87 m\n", "Port Sluice 1.08 m\n"];
/** Somebody on the way has moved a decimal point. */
const SPOILT = REPORT.map((line) => line.replace("1.87", "18.7"));

function digestOf(body: string): string {
  return `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
}

/** A digest that is computed while the body goes by, and follows it as a trailer; or one of what the body should have been. */
function streamed(request: Request, demo: Demo): Reply {
  const spoilt = request.query.has("spoilt");
  async function* lines(): AsyncGenerator<string, void> {
    for (const line of spoilt ? SPOILT : REPORT) {
      yield line;
      await demo.pause(request, 400);
    }
  }
  // A digest is one of the octets as they are sent, coded where they are; these are to be read.
  if (!spoilt) return stream("text/plain", lines(), { digest: "sha-256", compress: false });
  const trailers = { "Repr-Digest": digestOf(REPORT.join("")) };
  return stream("text/plain", lines(), { trailers, compress: false });
}

/** The digest of a body that is there already comes before it. */
function known(request: Request): Reply {
  if (!request.query.has("spoilt")) return text(REPORT.join(""), { digest: "sha-256", compress: false });
  const headers = { "Repr-Digest": digestOf(REPORT.join("")) };
  return text(SPOILT.join(""), { headers, compress: false });
}

/** The wire, and below it what a reader makes of it: the trailer, the digest of what came, and whether they agree. */
async function* verified(request: Request, demo: Demo): AsyncGenerator<string, void> {
  const digest = createHash("sha256");
  let trailers: ReceivedTrailers | undefined;
  const receiver = new ResponseReceiver({
    head: () => {},
    data: (view) => void digest.update(view),
    end: (received) => (trailers = received),
  });
  receiver.expect("GET");
  const gate = request.query.get("gate");
  const query = new URLSearchParams(gate === null ? {} : { gate });
  if (request.query.has("spoilt")) query.set("spoilt", "");
  const sent = `GET /digests?${query.toString()} HTTP/1.1\r\nHost: ${demo.self.authority}\r\nTE: trailers\r\nConnection: TE, close\r\n\r\n`;
  // A copy, because the receiver moves octets where they lie.
  yield* rawExchange(request, demo, sent, (bytes) => void receiver.receive(Uint8Array.from(bytes)));
  const said = trailers?.fields.get("repr-digest") ?? "nothing";
  const found = `sha-256=:${digest.digest("base64")}:`;
  yield `* the trailer says  ${said}\n* what came has     ${found}\n`;
  yield said === found ? "* verified: this is what was sent\n" : "* refused: this is not what was sent\n";
}

export const digests: Room = {
  name: "digests",
  title: "Digests, verified",
  shows: html`A digest behind a stream, as a trailer, is checked by this server on its own wire; one before a
    text, as a header, by your browser with <code>crypto.subtle</code>. The spoilt ones arrive whole, and yet one
    digit is wrong.`,
  view: "wire",
  starts: [
    { label: "Trailer", path: "/digests/wire" },
    { label: "Trailer, spoilt", path: "/digests/wire?spoilt" },
    { label: "Header", path: "/digests/known", view: "verify" },
    { label: "Header, spoilt", path: "/digests/known?spoilt", view: "verify" },
  ],
  commands: (origin) => [
    `curl -N --raw -i -H 'TE: trailers' ${origin}/digests`,
    `curl -i ${origin}/digests/known`,
  ],
  routes: {
    "GET /digests": streamed,
    "GET /digests/known": known,
    "GET /digests/wire": (request, demo) => stream("text/plain", verified(request, demo)),
  },
};
