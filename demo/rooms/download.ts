import { html, type Request, stream } from "sluice";
import { boundedNumber } from "../query.ts";
import type { Demo, Room } from "../room.ts";

const PIECE = Buffer.alloc(64 * 1024, "water under the gate ");
const PIECES_PER_MIB = (1024 * 1024) / PIECE.length;

/** It is pulled only as fast as the reader takes it, so that any number of MiB passes through the same 64 KiB. */
function* water(request: Request, demo: Demo): Generator<Uint8Array> {
  const mib = boundedNumber(request, "mib", { min: 1, max: 4096, otherwise: 64 });
  let sent = 0;
  try {
    while (sent < mib * PIECES_PER_MIB) {
      yield PIECE;
      sent++;
    }
  } finally {
    const whole = sent === mib * PIECES_PER_MIB;
    demo.log.say(
      `${request.path}: ${(sent / PIECES_PER_MIB).toFixed(1)} MiB, ${whole ? "all of it" : "then the reader left"}`,
    );
  }
}

export const download: Room = {
  name: "download",
  title: "A download of unknown size",
  shows: html`No <code>Content-Length</code>, and yet you can tell a whole file from a broken one: the last
    chunk says so. The server makes the bytes as fast as you take them, and keeps none.`,
  view: "bytes",
  starts: [
    { label: "64 MiB", path: "/download?mib=64" },
    { label: "1 GiB", path: "/download?mib=1024" },
  ],
  commands: (origin) => [`curl -N -o /dev/null '${origin}/download?mib=1024'`],
  routes: {
    "GET /download": (request, demo) =>
      stream("application/octet-stream", water(request, demo), {
        headers: { "Content-Disposition": 'attachment; filename="water.bin"' },
      }),
  },
};
