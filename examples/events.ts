// Server-sent events: each reaches the reader when it happens, also compressed, and the stream goes on where the reader left it.
import { serve, sse } from "sluice";
import { setTimeout as sleep } from "node:timers/promises";

const server = await serve({ host: "127.0.0.1" }, (request) =>
  sse(
    async function* () {
      const seen = Number(request.headers.get("last-event-id") ?? 0);
      for (let id = seen + 1; id <= 5; id++) {
        yield { id: String(id), event: "level", data: { metres: 2 + id / 10 } };
        await sleep(300);
      }
    },
    { retry: 1000 },
  ),
);

console.log(`curl -N --compressed -H 'Last-Event-ID: 2' ${server.url.href}`);
