import { type Html, html, page, progress, type Reply, type Request, slot } from "sluice";
import { pageStart } from "../page.ts";
import type { Demo, Room } from "../room.ts";

const FERRIES = ["09:10 to Weirbridge", "09:40 to the old mill", "10:15 to Port Sluice"];
const STEPS = 20;

/** A table that takes its time. */
async function levels(request: Request, demo: Demo): Promise<Html> {
  await demo.pause(request, 3500, "levels");
  return html`<p><strong>3.42 m</strong> in the upper basin, the slowest of all</p>`;
}

/** One after the other, as the ferries report. */
async function* ferries(request: Request, demo: Demo): AsyncGenerator<Html, void> {
  for (const ferry of FERRIES) {
    await demo.pause(request, 700, "ferries");
    yield html`<p>${ferry}</p>`;
  }
}

/** Work that knows how far it is. */
async function* forecast(request: Request, demo: Demo): AsyncGenerator<number, Html> {
  for (let step = 1; step <= STEPS; step++) {
    await demo.pause(request, 120, "forecast");
    yield step;
  }
  return html`<p><strong>Rising</strong> until noon, by 0.3 m</p>`;
}

/** The keeper is out: a part that fails does not take the page with it. */
async function keeper(request: Request, demo: Demo): Promise<Html> {
  await demo.pause(request, 1000, "keeper");
  throw new Error("the keeper is out fishing");
}

function asking(what: string): Html {
  return html`<progress aria-label="${what}: still asking"></progress>`;
}

function board(request: Request, demo: Demo): Reply {
  const inOrder = request.query.get("order") === "page";
  const content = html`${pageStart("The noticeboard", "frame")}
    <main class="queries">
      <div class="queries-grid board">
        <section>
          <h2>Upper basin</h2>
          ${slot(() => levels(request, demo), { placeholder: asking("Upper basin") })}
        </section>
        <section>
          <h2>Forecast</h2>
          ${progress(forecast(request, demo), { label: "Computing", max: STEPS })}
        </section>
        <section>
          <h2>The keeper’s word</h2>
          ${slot(() => keeper(request, demo), {
            placeholder: asking("The keeper"),
            error: html`<p class="note" role="alert">Nobody answers. The rest of the page does not mind.</p>`,
          })}
        </section>
        <section>
          <h2>Ferries</h2>
          ${slot(ferries(request, demo), { placeholder: asking("Ferries") })}
        </section>
      </div>
    </main> `;
  return page(content, {
    inOrder,
    onSlotError: (error) => demo.log.say(`${request.path}: a slot failed: ${(error as Error).message}`),
  });
}

export const noticeboard: Room = {
  name: "noticeboard",
  title: "A page that paints out of order",
  shows: html`Four parts of one response, each filled in when it is ready, wherever it stands: one all at once, one
    with a bar that moves, one item by item, and one that fails. In order, the same page needs no script, and each
    part waits for those above it.`,
  view: "frame",
  starts: [
    { label: "As it gets ready", path: "/noticeboard" },
    { label: "In order", path: "/noticeboard?order=page" },
  ],
  commands: (origin) => [`curl -N ${origin}/noticeboard`, `curl -N '${origin}/noticeboard?order=page'`],
  routes: {
    "GET /noticeboard": board,
  },
};
