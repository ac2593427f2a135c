import { setImmediate as nextTurn } from "node:timers/promises";
import { html, type Representation, type Request, type Resource, resource, stream } from "sluice";
import { pageStart } from "../page.ts";
import { FILM_HEIGHT, FILM_SIZE, FILM_WIDTH, readFilm } from "../pictures/film.ts";
import { boundedNumber } from "../query.ts";
import type { Demo, Room } from "../room.ts";

const MIB = 1024 * 1024;

/** The film as octets that can be read from anywhere; the log tells who reads which. */
function film(request: Request, demo: Demo): Resource {
  const who = boundedNumber(request, "viewer", { min: 0, max: 1_000_000, otherwise: 0 });
  const representation: Representation = {
    type: "video/mp4",
    size: FILM_SIZE,
    etag: '"a-day-at-the-river"',
    read: (start, end) => watched(start, end),
  };
  async function* watched(start: number, end: number): AsyncGenerator<Uint8Array, void> {
    const asked = (request.headers.get("range") ?? "no range").slice(0, 40);
    demo.log.say(`viewer ${who}: ${asked}, of ${FILM_SIZE} octets`);
    let sent = 0;
    try {
      for (const piece of readFilm(start, end)) {
        yield piece;
        sent += piece.length;
        // Whoever watches another room is not to wait until this reader has enough.
        await nextTurn();
      }
    } finally {
      const whole = sent === end - start;
      demo.log.say(
        `viewer ${who}: ${asked}: ${(sent / MIB).toFixed(1)} MiB, ${whole ? "to the end" : "then the reader left"}`,
      );
    }
  }
  return resource(() => representation);
}

let viewers = 0;

/** The page is not over while somebody watches: each line of the log that concerns them follows below the film. */
async function* cinema(request: Request, demo: Demo): AsyncGenerator<string, void> {
  const viewer = ++viewers;
  yield `${pageStart("A film with seeking", "frame").body}<main class="cinema">
<video controls muted playsinline preload="metadata" width="${FILM_WIDTH}" height="${FILM_HEIGHT}" src="/film.mp4?viewer=${viewer}"
 aria-label="A day at the river, a minute long"></video>
<div class="asked"><ol role="log" aria-label="What the browser has asked for">
`;
  for await (const line of demo.log.follow(request.signal)) {
    if (line.includes(`viewer ${viewer}: `)) yield html`<li>${line}</li>\n`.body;
  }
  yield "</ol></div></main>\n";
}

export const filmRoom: Room = {
  name: "film",
  title: "A film with seeking",
  shows: html`A video of ${Math.round(FILM_SIZE / MIB)} MiB that is stored nowhere: each picture is drawn when
    somebody reads its octets. Move the slider, and see below which range the browser asks for, and where it
    stops.`,
  view: "frame",
  endless: true,
  starts: [{ label: "Open the gate", path: "/film" }],
  commands: (origin) => [
    `curl -r 1000000-1999999 -o /dev/null -D - ${origin}/film.mp4`,
    `curl -I ${origin}/film.mp4`,
  ],
  routes: {
    "GET /film": (request, demo) => stream("text/html", cinema(request, demo)),
    "GET /film.mp4": film,
  },
};
