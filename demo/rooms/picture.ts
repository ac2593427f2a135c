import { html, type Request, stream } from "sluice";
import { pageStart } from "../page.ts";
import { encodeInterlacedPng } from "../pictures/png.ts";
import { Raster } from "../pictures/raster.ts";
import { paintRiver } from "../pictures/river.ts";
import type { Demo, Room } from "../room.ts";

const WIDTH = 640;
const HEIGHT = 400;

let painted: Raster | undefined;

function evening(): Raster {
  if (painted === undefined) {
    painted = new Raster(WIDTH, HEIGHT);
    paintRiver(painted, { hour: 17.8, level: 2.4, drift: 0.2 });
  }
  return painted;
}

async function* passes(request: Request, demo: Demo): AsyncGenerator<Uint8Array, void> {
  for await (const pass of encodeInterlacedPng(evening())) {
    yield pass;
    await demo.pause(request, 800);
  }
}

export const pictureRoom: Room = {
  name: "picture",
  title: "A picture, coarse to fine",
  shows: html`An interlaced PNG, encoded on the way: one pixel of 64 first, then the ones between, in seven passes,
    each a chunk of its own. You know what it is long before it is whole.`,
  view: "frame",
  starts: [{ label: "Look", path: "/picture" }],
  commands: (origin) => [`curl -N -o river.png ${origin}/picture.png`],
  routes: {
    "GET /picture": (request) =>
      html`${pageStart("A picture, coarse to fine", "frame")}<img class="still" width="${WIDTH}" height="${HEIGHT}"
          alt="A river in the evening, with a staff gauge in it" src="/picture.png${gateOf(request)}">`,
    "GET /picture.png": (request, demo) => stream("image/png", passes(request, demo)),
  },
};

/** What a test holds is the picture. */
function gateOf(request: Request): string {
  const gate = request.query.get("gate");
  return gate === null ? "" : `?gate=${encodeURIComponent(gate)}`;
}
