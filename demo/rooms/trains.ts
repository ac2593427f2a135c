import { type Html, html, type Request, stream } from "sluice";
import { pageStart } from "../page.ts";
import { boundedNumber } from "../query.ts";
import type { Demo, Room } from "../room.ts";

interface Train {
  readonly departs: string;
  readonly arrives: string;
  readonly name: string;
  readonly platform: number;
  readonly price: string;
}

const TRAINS: readonly Train[] = [
  { departs: "09:04", arrives: "11:31", name: "IC 128", platform: 4, price: "€ 29.90" },
  { departs: "09:37", arrives: "12:40", name: "RE 7", platform: 1, price: "€ 19.00" },
  { departs: "10:04", arrives: "12:31", name: "IC 130", platform: 4, price: "€ 34.90" },
  { departs: "10:22", arrives: "12:15", name: "EX 9", platform: 6, price: "€ 52.00" },
  { departs: "11:04", arrives: "13:31", name: "IC 132", platform: 4, price: "€ 29.90" },
];

/** A query that takes its time, like one that asks five operators. */
async function findTrains(request: Request, demo: Demo): Promise<readonly Train[]> {
  await demo.pause(request, boundedNumber(request, "after", { min: 0, max: 10_000, otherwise: 2000 }));
  return TRAINS;
}

/** The bar needs no script to go away: a style rule hides it as soon as a table stands beside it. */
const SHELL = `${pageStart("Train tickets", "frame").body}<main class="tickets">
<h1>Weirbridge to Port Sluice</h1>
<p class="note">One adult, tomorrow, from 09:00</p>
<div class="results" aria-live="polite">
<p class="waiting"><label for="asking">Asking the railways for your trains</label> <progress id="asking"></progress></p>
`;

const END = "</div>\n</main>\n";

const HEADINGS = ["Departs", "Arrives", "Train", "Platform", "Price"];

function table(trains: readonly Train[]): Html {
  const rows = trains.map(
    ({ departs, arrives, name, platform, price }) =>
      html`<tr>
        <td>${departs}</td>
        <td>${arrives}</td>
        <th scope="row">${name}</th>
        <td>${platform}</td>
        <td>${price}</td>
      </tr> `,
  );
  return html`<table>
    <thead>
      <tr>
        ${HEADINGS.map((heading) => html`<th scope="col">${heading}</th> `)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table> `;
}

async function* page(request: Request, demo: Demo): AsyncGenerator<string> {
  yield SHELL;
  yield table(await findTrains(request, demo)).body + END;
}

export const trains: Room = {
  name: "trains",
  title: "Train tickets",
  shows: html`The first chunk is the whole page with a loading bar; the second comes when the query is done,
  two seconds later, and is the table. One response and no script: a CSS rule hides the bar once a table
  follows it.`,
  view: "frame",
  starts: [{ label: "Find trains", path: "/trains" }],
  commands: (origin) => [`curl -N ${origin}/trains`],
  routes: {
    "GET /trains": (request, demo) => stream("text/html", page(request, demo)),
  },
};
