import { html, type Request, stream } from "sluice";
import { primesInTime } from "../primes.ts";
import type { Demo, Room } from "../room.ts";

async function* lines(request: Request, demo: Demo): AsyncGenerator<string> {
  const start = performance.now();
  let index = 0;
  for await (const prime of primesInTime(request, demo)) {
    index++;
    yield `${JSON.stringify({ index, prime, seconds: Math.round(performance.now() - start) / 1000 })}\n`;
  }
}

export const jsonLines: Room = {
  name: "json-lines",
  title: "The same, as JSON lines",
  shows: html`One JSON value a line (<code>application/x-ndjson</code>). The page reads it with
    <code>fetch</code> and <code>getReader()</code>, and writes down when each piece arrived.`,
  view: "lines",
  starts: [{ label: "Open the gate", path: "/numbers.ndjson" }],
  commands: (origin) => [`curl -N ${origin}/numbers.ndjson`],
  routes: {
    "GET /numbers.ndjson": (request, demo) => stream("application/x-ndjson", lines(request, demo)),
  },
};
