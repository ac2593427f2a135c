import { bigPieces, TEN_PIECES, THOUSAND_PIECES } from "./pieces.mjs";
import { announce, collectGarbage, patient } from "./process.mjs";

const TEXT = { headers: { "content-type": "text/plain" } };
const BINARY = { headers: { "content-type": "application/octet-stream" } };

// Without a flush Bun gathers pieces into larger chunks; --merge measures that form, too.
const flushEach = !process.argv.includes("--merge");

function send(pieces, init) {
  const source = {
    type: "direct",
    async pull(controller) {
      for (const piece of pieces) {
        await controller.write(piece);
        if (flushEach) await controller.flush();
      }
      controller.close();
    },
  };
  return new Response(new ReadableStream(source), init);
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  ...(patient && { idleTimeout: 0 }),
  routes: {
    "/hello": () => new Response("hello", TEXT),
    "/chunks": () => send(TEN_PIECES, TEXT),
    "/tiny": () => send(THOUSAND_PIECES, TEXT),
    "/big": (request) => send(bigPieces(new URL(request.url).searchParams.get("mib") ?? undefined), BINARY),
    "/upload": async (request) => {
      let total = 0;
      for await (const piece of request.body) total += piece.length;
      return new Response(String(total), TEXT);
    },
    "/gc": () => {
      collectGarbage();
      return new Response("done", TEXT);
    },
  },
});

announce(server.port);
