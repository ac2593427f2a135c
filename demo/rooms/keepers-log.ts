import { html, type Request, stream } from "sluice";
import type { Demo, Room } from "../room.ts";

async function* lines(request: Request, demo: Demo): AsyncGenerator<string> {
  for await (const line of demo.log.follow(request.signal)) yield `${line}\n`;
}

export const keepersLog: Room = {
  name: "log",
  title: "The keeper’s log",
  shows: html`What this server prints, as it prints it: who has had the numbers to the end, and who left
  early. Open this gate first, then close another one. It stays open until you leave, or the server closes.`,
  view: "lines",
  starts: [{ label: "Open the gate", path: "/log" }],
  commands: (origin) => [`curl -N ${origin}/log`],
  routes: {
    "GET /log": (request, demo) => stream("text/plain", lines(request, demo)),
  },
};
