import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import type { RoomHandler } from "./room.ts";

/** From build/demo, where the compiled demo runs. */
const FOLDER = new URL("../../demo/public/", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A route for each file of the public folder, read once. */
export function readAssets(): [route: string, handler: RoomHandler][] {
  return readdirSync(FOLDER).map((name) => {
    const body = readFileSync(new URL(name, FOLDER));
    const headers = {
      "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
      "Cache-Control": "no-cache",
    };
    return [`GET /${name}`, () => ({ status: 200, headers, body })];
  });
}
