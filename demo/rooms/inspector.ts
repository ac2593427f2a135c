import { connect } from "node:net";
import { html, type Reply, type Request, stream } from "sluice";
import { HtmlReport, inspectWire, TextView, type WireArrival, type WireRow } from "sluice/inspect";
import { boundedNumber } from "../query.ts";
import type { Demo, Room } from "../room.ts";

/** What can be looked at: rooms of this house, and answers that are wrong. */
const ROOMS: Readonly<Record<string, string>> = {
  numbers: "/numbers?count=8&pace=150",
  tokens: "/tokens?pace=30",
  trailers: "/trailers?pace=150",
};

/** The sample of many a tutorial: 11 is meant as eleven, is read as seventeen, and 27 octets follow. */
const TUTORIAL =
  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" +
  "11\r\nThis is the data in a chunk\r\n0\r\n\r\n";

/** What comes of a connection to this house, with the time of each arrival. */
async function* ofRoom(path: string, request: Request, demo: Demo): AsyncGenerator<WireArrival> {
  const socket = connect(demo.self);
  const leave = (): void => void socket.destroy();
  request.signal.addEventListener("abort", leave);
  const sent = performance.now();
  const coding = path.startsWith("/tokens") ? "gzip" : "identity";
  try {
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${demo.self.authority}\r\nAccept-Encoding: ${coding}\r\n` +
        "TE: trailers\r\nConnection: TE, close\r\n\r\n",
    );
    for await (const bytes of socket) yield { at: performance.now() - sent, bytes: bytes as Buffer };
    yield { at: performance.now() - sent, end: "closed" };
  } finally {
    request.signal.removeEventListener("abort", leave);
    socket.destroy();
  }
}

async function* ofTutorial(): AsyncGenerator<WireArrival> {
  yield { at: 1, bytes: Buffer.from(TUTORIAL) };
  yield { at: 2, end: "closed" };
}

function rowsFor(request: Request, demo: Demo): AsyncGenerator<WireRow> {
  const path = ROOMS[request.query.get("of") ?? ""];
  return inspectWire(path === undefined ? ofTutorial() : ofRoom(path, request, demo));
}

async function* lines(request: Request, demo: Demo): AsyncGenerator<string> {
  const view = new TextView({ width: boundedNumber(request, "width", { min: 40, max: 200, otherwise: 96 }) });
  for await (const row of rowsFor(request, demo)) yield view.lines(row).join("\n") + "\n";
}

async function report(request: Request, demo: Demo): Promise<Reply> {
  const page = new HtmlReport({ url: ROOMS[request.query.get("of") ?? ""] ?? "a tutorial's sample" });
  for await (const row of rowsFor(request, demo)) page.add(row);
  // The page has a policy of its own for its one script and its one style.
  const headers = { "Content-Security-Policy": "frame-ancestors 'self'" };
  return { ...stream("text/html", [page.html()]), headers: { "Content-Type": "text/html", ...headers } };
}

export const inspectorRoom: Room = {
  name: "inspector",
  title: "On the wire",
  shows: html`Another room of this house as it is on the wire, chunk by chunk, with the time between them and
    what each of them carries; and the sample of many a tutorial, whose chunk is not what it announces. This is
    what <code>sluice inspect</code> prints; its <a href="/inspector/report?of=tokens">report</a> is one page.`,
  view: "lines",
  starts: [
    { label: "Numbers", path: "/inspector?of=numbers" },
    { label: "Tokens, coded", path: "/inspector?of=tokens" },
    { label: "Trailers", path: "/inspector?of=trailers" },
    { label: "The tutorial’s sample", path: "/inspector?of=tutorial" },
  ],
  commands: (origin) => [
    `npx sluice inspect '${origin}/numbers?count=8'`,
    `curl -N '${origin}/inspector?of=tutorial'`,
  ],
  routes: {
    "GET /inspector": (request, demo) => stream("text/plain", lines(request, demo)),
    "GET /inspector/report": report,
  },
};
