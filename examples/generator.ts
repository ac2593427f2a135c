// Pull: an async generator. Each piece leaves at once, and when the reader leaves, `finally` runs.
import { setTimeout as sleep } from "node:timers/promises";
import { serve, stream } from "sluice";

async function* countdown(): AsyncGenerator<string> {
  let left = 10;
  try {
    for (; left > 0; left--) {
      yield `${left}\n`;
      await sleep(500);
    }
    yield "lift-off\n";
  } finally {
    console.log(left === 0 ? "done" : `the reader left at ${left}`);
  }
}

const server = await serve({ host: "127.0.0.1" }, () => stream("text/plain", countdown()));

console.log(`curl -N ${server.url.href}`);
