// The worker that runs under workerd: the tests that run anywhere, and replies for worker.test.mjs to look at from outside.

import { content, sse, stream, text } from "sluice/replies";
import { toFetch, toResponse } from "sluice/fetch";
import { sleep } from "../suite/waiting.mjs";
import { runAll } from "#tests";

const counts = { pieces: 0, left: 0, stopped: 0, errors: [] };
const digits = content("text/plain", "0123456789", { etag: '"digits"' });
const onError = (error) => counts.errors.push(error.message);

const answer = toFetch(
  ({ path, body, signal }) => {
    switch (path) {
      case "/text":
        return text("Zoë");
      case "/digits":
        return digits;
      case "/echo":
        return stream("text/plain", body);
      case "/ten":
        return stream("text/plain", async function* () {
          for (let number = 0; number < 10; number++) {
            yield `piece ${number};`;
            await sleep(20);
          }
        });
      case "/events":
        return sse([{ data: "one" }, { data: "two" }]);
      case "/broken":
        return stream("text/plain", async function* () {
          yield "partial";
          await sleep(20);
          throw new Error("broken");
        });
      case "/endless":
        signal.addEventListener("abort", () => counts.left++);
        return stream("application/octet-stream", async function* () {
          try {
            for (;;) {
              counts.pieces++;
              yield new Uint8Array(16 * 1024);
              await sleep(0);
            }
          } finally {
            counts.stopped++;
          }
        });
      case "/throws":
        throw new Error("no");
      default:
        return text("not here", { status: 404 });
    }
  },
  { onError },
);

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/tests") return toResponse(Response.json(await runAll()), request);
    if (pathname === "/counts") return Response.json(counts);
    return answer(request);
  },
};
