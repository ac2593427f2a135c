import { type Html, html, type Request, stream, type StreamWriter } from "sluice";
import { pageStart } from "../page.ts";
import { boundedNumber } from "../query.ts";
import type { Demo, Room } from "../room.ts";

interface Query {
  readonly slot: string;
  readonly title: string;
  readonly milliseconds: number;
  readonly answer: Html;
}

const QUERIES: readonly Query[] = [
  {
    slot: "basin",
    title: "Upper basin",
    milliseconds: 3000,
    answer: html`<p><strong>3.42 m</strong> above datum, from 1.2 million readings of this year</p>`,
  },
  {
    slot: "river",
    title: "River below",
    milliseconds: 1000,
    answer: html`<p><strong>1.08 m</strong> above datum, from the gauge at the weir</p>`,
  },
];

/**
 * The order of the page is fixed in its first chunk, by the slots of a declarative shadow root. What arrives later names its slot,
 * and takes the place of the bar in it without any script.
 */
const SHELL = `${pageStart("Two queries", "frame").body}<main class="queries">\n`;

const SLOTS = html`<template shadowrootmode="open">
  <link rel="stylesheet" href="/style.css" />
  <div class="queries-grid">
    ${QUERIES.map(
      ({ slot, title }) =>
        html`<section>
          <h2>${title}</h2>
          <slot name="${slot}"><progress aria-label="${title}: still asking"></progress></slot>
        </section> `,
    )}
  </div>
</template> `;

async function page(out: StreamWriter, request: Request, demo: Demo): Promise<void> {
  await out.write(SHELL + SLOTS.body);
  const start = performance.now();
  await Promise.all(
    QUERIES.map(async ({ slot, milliseconds, answer }) => {
      const most = boundedNumber(request, slot, { min: 0, max: 10_000, otherwise: milliseconds });
      await demo.pause(request, most, slot);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const found = html`<div slot="${slot}">
        ${answer}
        <p class="note">ready after ${seconds} s</p>
      </div> `;
      await out.write(found.body);
    }),
  );
  await out.write("</main>\n");
}

export const twoQueries: Room = {
  name: "two-queries",
  title: "Two queries, the faster one first",
  shows: html`Both start together, and each leaves when it is ready. The river answers first although it
  stands second in the page: the first chunk has a place for each, and what arrives finds its own.`,
  view: "frame",
  starts: [{ label: "Ask both", path: "/levels" }],
  commands: (origin) => [`curl -N ${origin}/levels`],
  routes: {
    "GET /levels": (request, demo) => stream("text/html", (out) => page(out, request, demo)),
  },
};
