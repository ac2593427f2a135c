// Reading server-sent events: a server that cuts its readers off, and a reader that misses nothing and sees nothing twice.
import { type Reply, serve, sse } from "sluice";
import { events } from "sluice/client";

const LAST = 9;

function levels(after: number): Reply {
  // No content: the stream is over for good.
  if (after === LAST) return { status: 204, headers: {}, body: null };
  return sse(
    async function* () {
      for (let id = after + 1; id <= LAST; id++) {
        yield { id: String(id), event: "level", data: { metres: 2 + id / 10 } };
        // What was sent has to be on its way before the connection is cut.
        if (id % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 50));
        if (id % 4 === 0) throw new Error("the gauge has been restarted");
      }
    },
    { retry: 10 },
  );
}

await using server = await serve({ host: "127.0.0.1", onError: () => {} }, (request) =>
  levels(Number(request.headers.get("last-event-id") ?? 0)),
);

const stream = events(server.url, {
  onReconnect: ({ attempt, delay, reason }) =>
    console.log(
      `attempt ${attempt} in ${delay} ms, after ${stream.lastEventId}: ${reason?.code ?? "the end"}`,
    ),
});
for await (const { event, id, data } of stream) console.log(`${event} ${id}: ${JSON.parse(data).metres} m`);
console.log("that was all");
