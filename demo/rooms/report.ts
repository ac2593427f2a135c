import { connect } from "node:net";
import { html, type Reply, type Request, rows, stream } from "sluice";
import { boundedNumber } from "../query.ts";
import { type Reading, READINGS, readings } from "../readings.ts";
import type { Demo, Room } from "../room.ts";

const BATCH = 100;

/** The rows of one report, and what the log says of its cursor. */
async function* cursor(request: Request, demo: Demo): AsyncGenerator<Reading, void> {
  const count = boundedNumber(request, "rows", { min: 1, max: 10_000_000, otherwise: 2000 });
  const pace = boundedNumber(request, "pace", { min: 0, max: 5000, otherwise: 250 });
  const watch = request.query.get("watch") ?? "";
  let fetched = 0;
  try {
    yield* readings(count, BATCH, async (soFar) => {
      fetched = soFar;
      if (CURSORS.has(watch)) CURSORS.set(watch, fetched);
      if (pace > 0 && fetched < count) await demo.pause(request, pace);
    });
  } finally {
    const ending = fetched === count ? "to the end" : "then the reader left";
    demo.log.say(`${request.path}: ${fetched} of ${count} rows fetched, ${ending}`);
  }
}

/** How far the cursors have come that somebody watches. */
const CURSORS = new Map<string, number>();
let watched = 0;

const SIP = 512 * 1024;
const SIPS = 4;
/** About 40 MB: what the buffers of two sockets can hold is a small part of it. */
const MANY_ROWS = 80 * READINGS;

/** Asks this server for a long report, drinks it in sips, and tells how far the cursor came meanwhile. */
async function* slowReader(request: Request, demo: Demo): AsyncGenerator<string, void> {
  const name = String(++watched);
  CURSORS.set(name, 0);
  const socket = connect(demo.self);
  // It is read no further than it is asked for.
  const answered = socket[Symbol.asyncIterator]();
  const leave = (): void => void socket.destroy();
  request.signal.addEventListener("abort", leave);
  const fetched = (): string => `${CURSORS.get(name)!.toLocaleString("en")} rows fetched`;
  try {
    socket.write(
      `GET /report?rows=${MANY_ROWS}&pace=0&watch=${name} HTTP/1.1\r\nHost: ${demo.self.authority}\r\n` +
        "Accept: application/x-ndjson\r\n\r\n",
    );
    yield `* a report of ${MANY_ROWS.toLocaleString("en")} rows, and a reader who takes ${SIP / 1024} KiB at a time\n`;
    for (let sip = 1; sip <= SIPS; sip++) {
      let octets = 0;
      while (octets < SIP) {
        const { done, value } = await answered.next();
        if (done === true) return;
        octets += (value as Buffer).length;
      }
      yield `< sip ${sip}; the cursor: ${fetched()}\n`;
      await demo.pause(request, 1500);
      yield `> the reader rested; the cursor: ${fetched()}\n`;
    }
    yield "* the reader leaves, and the cursor is closed\n";
  } finally {
    CURSORS.delete(name);
    socket.destroy();
  }
}

function report(request: Request, demo: Demo): Reply {
  return rows(request, () => cursor(request, demo));
}

export const reportRoom: Room = {
  name: "report",
  title: "A report from a database",
  shows: html`A cursor in a Postgres of this process feeds one URL in six formats, by <code>Accept</code>: rows
    arrive while the query runs, and a slow reader makes the cursor wait. The first report fills the database,
    which takes some seconds.`,
  view: "wire",
  starts: [
    { label: "NDJSON", path: "/report", accept: "application/x-ndjson" },
    { label: "JSON array", path: "/report", accept: "application/json" },
    { label: "Events", path: "/report", accept: "text/event-stream" },
    { label: "JSON sequence", path: "/report", accept: "application/json-seq" },
    { label: "CSV", path: "/report", accept: "text/csv" },
    { label: "HTML table", path: "/report", accept: "text/html" },
    { label: "A slow reader", path: "/report/slow-reader" },
  ],
  commands: (origin) => [
    `curl -N ${origin}/report`,
    `curl -N -H 'Accept: text/csv' '${origin}/report?rows=100000&pace=0'`,
    `curl -N --limit-rate 200k '${origin}/report?rows=1000000&pace=0'`,
  ],
  routes: {
    "GET /report": report,
    "GET /report/slow-reader": (request, demo) => stream("text/plain", slowReader(request, demo)),
  },
};
