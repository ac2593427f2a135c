import { setImmediate as nextTurn } from "node:timers/promises";
import { html, type Resource, zip, type ZipEntry } from "sluice";
import { encodePng } from "../pictures/png.ts";
import { Raster } from "../pictures/raster.ts";
import { addGrain, paintRiver } from "../pictures/river.ts";
import type { Room } from "../room.ts";

const HOURS = [5, 7, 11, 17, 19, 23];

let archive: Promise<Resource> | undefined;

/** The folder: six photos of one day, taken when the first reader asks for them, and the same for all who follow. */
function photos(): Promise<Resource> {
  archive ??= (async () => {
    const entries: ZipEntry[] = [];
    for (const hour of HOURS) {
      entries.push({
        name: `river/${String(hour).padStart(2, "0")}-00.png`,
        source: photo(hour),
        modified: Date.UTC(2026, 5, 21, hour),
      });
      // Whoever watches another room is not to wait for all of them.
      await nextTurn();
    }
    // PNG is packed already; and what is stored has a size, so it can be resumed.
    return zip(entries, {
      store: true,
      headers: { "Content-Disposition": 'attachment; filename="river.zip"' },
    });
  })();
  return archive;
}

function photo(hour: number): Buffer {
  const picture = new Raster(640, 400);
  paintRiver(picture, { hour, level: 1 + (hour % 5) / 2, drift: hour });
  addGrain(picture, 10, hour);
  return encodePng(picture, 1);
}

export const photosRoom: Room = {
  name: "photos",
  title: "A photo folder, cut and resumed",
  shows: html`A ZIP archive that is made while it is sent, and yet has a size, an entity tag and ranges. The page
    takes it whole, takes it again, cuts it in the middle, and asks for the rest: both SHA-256 must be equal.`,
  view: "resume",
  starts: [{ label: "Take, cut, resume", path: "/river.zip" }],
  commands: (origin) => [
    `curl -r 0-999999 -o river.zip ${origin}/river.zip`,
    `curl -C - -o river.zip ${origin}/river.zip`,
    "unzip -t river.zip",
  ],
  routes: {
    "GET /river.zip": photos,
  },
};
