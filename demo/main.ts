import {
  Fields,
  html,
  PATCH_SCRIPT_HASH,
  type Reply,
  type Request,
  type Resource,
  serve,
  type Server,
} from "sluice";
import { readAssets } from "./assets.ts";
import { Gates, pause } from "./gates.ts";
import { indexPage } from "./index-page.ts";
import { Log } from "./log.ts";
import { pageStart } from "./page.ts";
import type { Demo, Room, RoomHandler } from "./room.ts";
import { digests } from "./rooms/digests.ts";
import { download } from "./rooms/download.ts";
import { endingsRoom } from "./rooms/endings.ts";
import { everywhereRoom } from "./rooms/everywhere.ts";
import { filmRoom } from "./rooms/film.ts";
import { inspectorRoom } from "./rooms/inspector.ts";
import { jsonLines } from "./rooms/json-lines.ts";
import { keepersLog } from "./rooms/keepers-log.ts";
import { live } from "./rooms/live.ts";
import { noticeboard } from "./rooms/noticeboard.ts";
import { numbers } from "./rooms/numbers.ts";
import { photosRoom } from "./rooms/photos.ts";
import { pictureRoom } from "./rooms/picture.ts";
import { reportRoom } from "./rooms/report.ts";
import { tokensRoom } from "./rooms/tokens.ts";
import { trailers } from "./rooms/trailers.ts";
import { trains } from "./rooms/trains.ts";
import { twoQueries } from "./rooms/two-queries.ts";
import { upload } from "./rooms/upload.ts";

const ROOMS: readonly Room[] = [
  numbers,
  jsonLines,
  trains,
  twoQueries,
  noticeboard,
  reportRoom,
  tokensRoom,
  pictureRoom,
  live,
  filmRoom,
  download,
  photosRoom,
  trailers,
  digests,
  endingsRoom,
  everywhereRoom,
  inspectorRoom,
  upload,
  keepersLog,
];

const FIRST_PORT = 8080;
const PORTS_TO_TRY = 20;
/** How long answers may go on after Ctrl-C. */
const GRACE = 3000;

const SECURITY_FIELDS: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** Scripts and styles from here alone, but for the one that fills slots; frames of these pages here alone. */
const PAGE_FIELDS: Readonly<Record<string, string>> = {
  ...SECURITY_FIELDS,
  "Content-Security-Policy":
    `default-src 'none'; script-src 'self' '${PATCH_SCRIPT_HASH}'; style-src 'self'; img-src 'self' blob:; ` +
    "media-src 'self'; connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
};

const gates = process.env["SLUICE_DEMO_GATES"] === "1" ? new Gates() : undefined;

const routes = new Map<string, RoomHandler>([
  ["GET /", (request, demo) => indexPage(ROOMS, request, demo)],
  ...readAssets(),
  ...ROOMS.flatMap((room) => Object.entries(room.routes)),
]);
if (gates !== undefined) {
  routes.set("POST /gate", ({ query }) => {
    gates.open(query.get("name") ?? "", Number(query.get("permits") ?? 1));
    return { status: 204, headers: {}, body: null };
  });
}

function answer(request: Request, demo: Demo): Reply | Resource | Promise<Reply | Resource> {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const handler = routes.get(`${method} ${request.path}`);
  if (handler !== undefined) return handler(request, demo);
  const allowed = [...routes.keys()]
    .filter((route) => route.endsWith(` ${request.path}`))
    .map((route) => route.split(" ")[0]);
  if (allowed.length > 0) {
    if (allowed.includes("GET")) allowed.push("HEAD");
    return problem(405, "This room has no such door", { Allow: allowed.join(", ") });
  }
  return problem(404, "There is no such room", {});
}

function problem(status: number, sentence: string, headers: Record<string, string>): Reply {
  const page = html`${pageStart(sentence, "frame")}
    <main>
      <h1>${sentence}</h1>
      <p><a href="/">All the rooms</a></p>
    </main> `;
  return { ...page, status, headers: { ...(page.headers as Record<string, string>), ...headers } };
}

function withSecurity(answered: Reply | Resource): Reply | Resource {
  if (!("respond" in answered)) return secured(answered);
  return { respond: async (request) => secured(await answered.respond(request)) };
}

function secured(reply: Reply): Reply {
  const fields = Fields.from(reply.headers);
  const isPage = fields.get("content-type")?.startsWith("text/html") === true;
  const security = isPage ? PAGE_FIELDS : SECURITY_FIELDS;
  for (const [name, value] of Object.entries(security)) if (!fields.has(name)) fields.set(name, value);
  return { ...reply, headers: fields };
}

/** A room that throws because its reader has left has nothing to report. */
function reportError(error: unknown, request: Request): void {
  if (!request.signal.aborted) console.error(error);
}

/** On the port that was asked for, and no other; where none was, on the first that is free. */
async function open(): Promise<Server> {
  const host = process.env["HOST"] || "127.0.0.1";
  const wanted = process.env["PORT"];
  if (wanted !== undefined && !/^\d{1,5}$/.test(wanted)) throw new Error(`PORT is no port: ${wanted}`);
  let port = Number(wanted ?? FIRST_PORT);
  for (;;) {
    try {
      return await serve({ port, host, onError: reportError }, async (request) =>
        withSecurity(await answer(request, demo)),
      );
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (!taken || wanted !== undefined || ++port === FIRST_PORT + PORTS_TO_TRY) throw error;
    }
  }
}

const demo: Demo = {
  get self() {
    const { hostname, host, port } = server.url;
    return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80), authority: host };
  },
  log: new Log(),
  pause: (request, milliseconds, label) => pause(gates, request, milliseconds, label),
};

let server: Server;
try {
  server = await open();
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
console.log(`Sluice is open at ${server.url.href}`);
console.log("Open it in a browser, or try its curl commands. Ctrl-C closes it.");

let closing = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (closing) process.exit(130);
    closing = true;
    const { active } = server.stats;
    console.log(active === 0 ? "Closing." : `Closing; ${active} under way. Ctrl-C again to leave at once.`);
    demo.log.end();
    void server.close({ grace: GRACE }).then(() => console.log("Closed."));
  });
}
