import { html, multipart, type Part, type Request } from "sluice";
import { pageStart } from "../page.ts";
import { encodePng } from "../pictures/png.ts";
import { Raster } from "../pictures/raster.ts";
import { paintGauge } from "../pictures/river.ts";
import type { Demo, Room } from "../room.ts";

const WIDTH = 480;
const HEIGHT = 300;
/** A day in two minutes. */
const HOURS_PER_SECOND = 0.2;

/** The gauge as it stands, five times a second: drawn only once the picture before has been taken. */
async function* frames(request: Request, demo: Demo): AsyncGenerator<Part, void> {
  let sent = 0;
  try {
    for (;;) {
      const seconds = Date.now() / 1000;
      const picture = new Raster(WIDTH, HEIGHT);
      const clock = new Date().toTimeString().slice(0, 8);
      const moment = {
        hour: (12 + seconds * HOURS_PER_SECOND) % 24,
        level: 2.2 + 1.2 * Math.sin(seconds / 8),
        drift: seconds,
      };
      paintGauge(picture, moment, clock);
      yield { type: "image/png", body: encodePng(picture, 1) };
      sent++;
      await demo.pause(request, 200);
    }
  } finally {
    demo.log.say(`${request.path}: ${sent} frames, then the reader left`);
  }
}

export const live: Room = {
  name: "live",
  title: "A live picture",
  shows: html`<code>multipart/x-mixed-replace</code>: every part of one response takes the place of the one before
    it, five a second. The clock and the gauge are drawn here, and only as fast as you look.`,
  view: "frame",
  endless: true,
  starts: [{ label: "Open the gate", path: "/live" }],
  commands: (origin) => [`curl -N ${origin}/live.png | grep -a --line-buffered Content-Type`],
  routes: {
    "GET /live": ({ query }) => {
      const gate = query.get("gate");
      const source = gate === null ? "/live.png" : `/live.png?gate=${encodeURIComponent(gate)}`;
      return html`${pageStart("A live picture", "frame")}<img class="still" width="${WIDTH}" height="${HEIGHT}"
          alt="A clock, and the level at the staff gauge" src="${source}">`;
    },
    "GET /live.png": (request, demo) =>
      multipart(() => frames(request, demo), { subtype: "x-mixed-replace" }),
  },
};
