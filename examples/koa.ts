// Koa 3: a page whose second half is late, behind middleware that sets a field.
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import Koa from "koa";
import { html, page, slot } from "sluice";
import { koaReply } from "sluice/node-http";

const app = new Koa();

app.use(async (ctx, next) => {
  ctx.set("X-Served-By", "Koa");
  await next();
});

async function forecast() {
  await sleep(200);
  return html`<p>It will rain.</p>`;
}

app.use((ctx) =>
  koaReply(
    ctx,
    page(
      html`<!doctype html>
        <title>Rivers</title>
        <h1>Rivers</h1>
        ${slot(forecast(), { placeholder: html`<p>Asking the sky…</p>` })}`,
    ),
  ),
);

const server = app.listen(0, "127.0.0.1", () => {
  console.log(`curl -N http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
