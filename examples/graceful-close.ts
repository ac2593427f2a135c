// Ctrl-C stops accepting and lets what is under way come to its end, for ten seconds at most.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { serve, stream } from "sluice";

await using server = await serve({ host: "127.0.0.1" }, () =>
  stream("text/plain", async function* () {
    for (let second = 1; second <= 5; second++) {
      yield `second ${second}\n`;
      await sleep(1000);
    }
  }),
);

console.log(`curl -N ${server.url.href}`);
await once(process, "SIGINT");
console.log(`closing, with ${server.stats.active} under way`);
