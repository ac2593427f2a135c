import { type Html, html, type Reply, type Request } from "sluice";
import { banner } from "./banner.ts";
import { pageStart } from "./page.ts";
import type { Demo, LiveStart, Room, View } from "./room.ts";

/** The page that lists the rooms. */
export function indexPage(rooms: readonly Room[], request: Request, demo: Demo): Reply {
  const origin = originOf(request, demo);
  // A gate that a test holds is passed on to every live view.
  const gate = request.query.get("gate");
  return html`${pageStart("Sluice: rooms to watch", "index")}<a class="skip" href="#rooms">To the rooms</a>
    <header class="banner">
      ${banner}
      <div class="banner-text">
        <h1>Sluice</h1>
        <p>Send the first byte before you know the last, and always say truthfully how it ended.</p>
      </div>
    </header>
    <nav aria-label="Rooms">
      <ol>
        ${rooms.map((room) => html`<li><a href="#${room.name}">${room.title}</a></li> `)}
      </ol>
    </nav>
    <main id="rooms">${rooms.map((room) => card(room, origin, gate))}</main>
    <footer>
      <p>
        A browser opens six connections to a server at most: a seventh open gate waits for one of them to
        close.
      </p>
    </footer>
    <p class="sound" role="status" id="copied"></p>
    <script type="module" src="/live.js"></script>
    <script type="module" src="/copy.js"></script> `;
}

function card(room: Room, origin: string, gate: string | null): Html {
  const { name, title, shows, view, starts, endless = false } = room;
  return html`<section
    class="card"
    id="${name}"
    aria-labelledby="${name}-title"
    data-view="${view}"
    data-state="idle"
    ${endless ? html`data-endless` : null}
  >
    <div class="channel" aria-hidden="true"></div>
    <h2 id="${name}-title">${title}</h2>
    <p class="shows">${shows}</p>
    <div class="controls">
      ${starts.map((start) => startLink(start, name, view, gate))}<button type="button" class="close" hidden>
        Close the gate
      </button>
      <output class="state" aria-live="polite"></output>
    </div>
    ${well(room)}
    <div class="commands">${room.commands(origin).map(command)}</div>
  </section> `;
}

/** Links, so that each view can also be had without a script: in the frame, or as a page of its own. */
function startLink(start: LiveStart, name: string, view: View, gate: string | null): Html {
  const { label, path, accept } = start;
  const target = view === "frame" ? html` target="${name}-frame"` : null;
  const href =
    gate === null ? path : `${path}${path.includes("?") ? "&" : "?"}gate=${encodeURIComponent(gate)}`;
  const data = [
    start.view === undefined ? null : html` data-view="${start.view}"`,
    accept === undefined ? null : html` data-accept="${accept}"`,
  ];
  return html`<a class="button" href="${href}" ${target} ${data[0]} ${data[1]}>${label}</a> `;
}

/** The codings that stand beside each other. */
const CODINGS = [
  ["", "Compressed"],
  ["identity", "As it is"],
] as const;

function well({ name, title, view }: Room): Html {
  if (view === "frame") {
    return html`<div class="well"><iframe name="${name}-frame" title="${title}: live"></iframe></div>`;
  }
  if (view === "bytes") {
    return html`<p class="well bytes">
      <span class="amount" role="status">0 MiB</span> <span class="rate"></span>
    </p>`;
  }
  // Two logs at once, a hundred words each, are nothing to listen to: their sums are.
  if (view === "tokens") {
    return html`<div class="well tokens">
      ${CODINGS.map(
        ([coding, heading]) => html`<section data-coding="${coding}">
        <h3>${heading}</h3>
        <p class="weight" role="status"></p>
        <ol role="log" aria-live="off" tabindex="0" aria-label="${title}, ${heading}: what has arrived"></ol>
      </section> `,
      )}
    </div>`;
  }
  // It scrolls, so a keyboard has to reach it.
  return html`<ol class="well ${view}" role="log" tabindex="0" aria-label="${title}: what has arrived"></ol>`;
}

function command(line: string): Html {
  return html`<div class="command">
    <code>${line}</code><button type="button" class="copy" aria-label="Copy ${line}">Copy</button>
  </div> `;
}

/** As the reader sees the demo, so that the commands work from where they are; never anything that a shell would interpret. */
function originOf(request: Request, demo: Demo): string {
  const host = request.headers.get("host") ?? "";
  return `http://${/^[\w.\-:[\]]+$/.test(host) ? host : demo.self.authority}`;
}
