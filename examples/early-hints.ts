// 103 (Early Hints) leaves while the answer is still being made.
import { setTimeout as sleep } from "node:timers/promises";
import { html, serve, text } from "sluice";

const server = await serve({ host: "127.0.0.1" }, async (request) => {
  if (request.path === "/style.css")
    return text("h1 { color: teal }", { headers: { "Content-Type": "text/css" } });
  request.informational(103, { Link: "</style.css>; rel=preload; as=style" });
  await sleep(1000);
  const name = request.query.get("name") ?? "you";
  return html`<!doctype html><link rel="stylesheet" href="/style.css" />
    <h1>Hello, ${name}</h1>`;
});

console.log(`curl -v '${server.url.href}?name=<you>'`);
