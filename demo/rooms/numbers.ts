import { html, type Request, stream } from "sluice";
import { pageStart } from "../page.ts";
import { primesInTime } from "../primes.ts";
import type { Demo, Room } from "../room.ts";

async function* messages(request: Request, demo: Demo): AsyncGenerator<string> {
  yield `${pageStart("Numbers", "frame tail").body}<div role="log" aria-label="Numbers">\n`;
  for await (const prime of primesInTime(request, demo)) yield `Message number ${prime}<br>\n`;
}

export const numbers: Room = {
  name: "numbers",
  title: "Numbers, one by one",
  shows: html`An async generator yields a line of HTML every half second, and each line is on its way before
    the next one exists. Close the gate, and the generator’s <code>finally</code> runs on the server, which
    logs how far you came.`,
  view: "frame",
  starts: [{ label: "Open the gate", path: "/numbers" }],
  commands: (origin) => [`curl -N ${origin}/numbers`],
  routes: {
    "GET /numbers": (request, demo) => stream("text/html", messages(request, demo)),
  },
};
