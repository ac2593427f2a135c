// A live picture: each part takes the place of the one before it.
import { html, multipart, serve } from "sluice";
import { setTimeout as sleep } from "node:timers/promises";

const gauge = (level: number) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="200"><rect y="${200 - level}" width="60" height="${level}"/></svg>`;

const server = await serve({ host: "127.0.0.1" }, (request) => {
  if (request.path !== "/gauge") return html`<h1>The river</h1><img src="/gauge" alt="The gauge">`;
  return multipart(
    async function* () {
      for (let second = 0; ; second++) {
        yield { type: "image/svg+xml", body: gauge(100 + 80 * Math.sin(second / 5)) };
        await sleep(200);
      }
    },
    { subtype: "x-mixed-replace" },
  );
});

console.log(`curl -N ${server.url.href}gauge`);
