import { BIG_PIECE, bigPieceCount, TEN_BYTE_PIECES, THOUSAND_BYTE_PIECES } from "./pieces.mjs";
import { announce, collectGarbage } from "./process.mjs";

const TEXT = { headers: { "content-type": "text/plain" } };
const BINARY = { headers: { "content-type": "application/octet-stream" } };

function sendPieces(count, pieceAt) {
  let index = 0;
  return new ReadableStream({
    pull(controller) {
      if (index === count) controller.close();
      else controller.enqueue(pieceAt(index++));
    },
  });
}

async function answer(request) {
  const url = new URL(request.url);
  switch (url.pathname) {
    case "/hello":
      return new Response("hello", TEXT);
    case "/chunks":
      return new Response(
        sendPieces(TEN_BYTE_PIECES.length, (index) => TEN_BYTE_PIECES[index]),
        TEXT,
      );
    case "/tiny":
      return new Response(
        sendPieces(THOUSAND_BYTE_PIECES.length, (index) => THOUSAND_BYTE_PIECES[index]),
        TEXT,
      );
    case "/big": {
      const count = bigPieceCount(url.searchParams.get("mib") ?? undefined);
      return new Response(
        sendPieces(count, () => BIG_PIECE),
        BINARY,
      );
    }
    case "/upload": {
      let total = 0;
      for await (const piece of request.body) total += piece.length;
      return new Response(String(total), TEXT);
    }
    case "/gc":
      collectGarbage();
      return new Response("done", TEXT);
    default:
      return new Response("not found", { ...TEXT, status: 404 });
  }
}

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => announce(port) }, answer);
