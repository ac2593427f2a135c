import { createHash } from "node:crypto";
import { html, type Reply, type Request, stream } from "sluice";
import type { Demo, Room } from "../room.ts";
import { rawExchange } from "../wire.ts";

const REPORT = ["Level rises.\n", "Gate opens by a hand.\n", "Level falls.\n", "Gate rests.\n"];
const FRESH_FOR = 60_000;

/** What only the end can know: a digest of all that was sent, and until when that is fresh. */
function report(request: Request, demo: Demo, trailersAlways: boolean): Reply {
  const digest = createHash("md5");
  async function* lines(): AsyncGenerator<string> {
    for (const line of REPORT) {
      await demo.pause(request, 400);
      digest.update(line);
      yield line;
    }
  }
  return stream("text/plain", lines(), {
    trailersAlways,
    trailers: {
      Expires: () => new Date(Date.now() + FRESH_FOR).toUTCString(),
      "Content-MD5": () => digest.digest("base64"),
    },
  });
}

/** `?ask=te` asks for trailers, `?ask=nothing` does not, `?ask=always` asks the one who sends them in any case. */
function wire(request: Request, demo: Demo): Reply {
  const ask = request.query.get("ask") ?? "te";
  const gate = request.query.get("gate");
  const target =
    (ask === "always" ? "/trailers/always" : "/trailers") +
    (gate === null ? "" : `?gate=${encodeURIComponent(gate)}`);
  const fields = ask === "te" ? "TE: trailers\r\nConnection: TE, close" : "Connection: close";
  return stream(
    "text/plain",
    rawExchange(request, demo, `GET ${target} HTTP/1.1\r\nHost: ${demo.self.authority}\r\n${fields}\r\n\r\n`),
  );
}

export const trailers: Room = {
  name: "trailers",
  title: "What only the end can know",
  shows: html`<code>Expires</code> and <code>Content-MD5</code> are computed while the body passes, and follow
    it as trailers, for those who say <code>TE: trailers</code>. Browsers never show trailers, so this server
    asks itself, and shows you the wire.`,
  view: "wire",
  starts: [
    { label: "Ask with TE", path: "/trailers/wire?ask=te" },
    { label: "Ask without", path: "/trailers/wire?ask=nothing" },
    { label: "Always sent", path: "/trailers/wire?ask=always" },
  ],
  commands: (origin) => [
    `curl -N --raw -v -H 'TE: trailers' ${origin}/trailers`,
    `curl -N --raw -v ${origin}/trailers/always`,
  ],
  routes: {
    "GET /trailers": (request, demo) => report(request, demo, false),
    "GET /trailers/always": (request, demo) => report(request, demo, true),
    "GET /trailers/wire": wire,
  },
};
