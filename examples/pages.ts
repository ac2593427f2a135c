// A page is there at once; its slow parts follow when they are ready, in any order, each in its place.
import { setTimeout as sleep } from "node:timers/promises";
import { type Html, html, page, progress, serve, slot } from "sluice";

async function river(): Promise<Html> {
  await sleep(500);
  return html`<p>The river stands at <b>1.08 m</b></p>`;
}

async function* count(): AsyncGenerator<number, Html> {
  for (let gauge = 1; gauge <= 20; gauge++) {
    await sleep(100);
    yield gauge;
  }
  return html`<p>20 gauges were read</p>`;
}

const server = await serve({ host: "127.0.0.1", onError: (error) => console.log(String(error)) }, (request) =>
  page(
    html`<!doctype html>
      <title>Levels</title>
      <h1>Levels of ${request.query.get("name") ?? "the basin"}</h1>
      ${progress(count(), { label: "Reading gauges", max: 20 })}
      ${slot(river(), { placeholder: html`<p>Asking the river…</p>` })}
      ${slot((signal) => sleep(60_000, "late", { signal }), { timeout: 1000, error: "The forecast is late" })}`,
    { inOrder: request.query.has("in-order") },
  ),
);

console.log(`Open ${server.url.href} or: curl -N '${server.url.href}?in-order'`);
