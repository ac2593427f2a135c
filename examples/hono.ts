// Hono on this server: its own streams, and replies with what a web Response has no place for.
import { setTimeout as sleep } from "node:timers/promises";
import { Hono } from "hono";
import { streamText } from "hono/streaming";
import { serve, stream } from "sluice";
import { type FetchEnv, fromFetch, toResponse } from "sluice/fetch";

const app = new Hono<{ Bindings: FetchEnv }>();

app.get("/", (context) => context.text(`Hello ${context.env.request.remote.address}\n`));

app.get("/hono", (context) =>
  streamText(context, async (out) => {
    for (let number = 1; number <= 3; number++) {
      await out.writeln(String(number));
      await sleep(100);
    }
  }),
);

app.get("/reply", (context) => {
  context.env.request.informational(103, { link: "</style.css>; rel=preload; as=style" });
  const numbers = stream("text/plain", ["1\n", "2\n", "3\n"], { trailers: { "X-Count": "3" } });
  return toResponse(numbers, context.req.raw);
});

const server = await serve({ host: "127.0.0.1" }, fromFetch(app.fetch));

console.log(`curl -N --raw -H 'TE: trailers' -i ${server.url.href}reply`);
