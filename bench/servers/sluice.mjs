import { serve, stream, text } from "../../dist/index.js";
import { bigPieces, TEN_PIECES, THOUSAND_PIECES } from "./pieces.mjs";
import { announce, collectGarbage, patient } from "./process.mjs";

const options = { port: 0, host: "127.0.0.1" };
if (patient) Object.assign(options, { timeouts: { idle: 0 }, limits: { connections: 20_000 } });

function sendPieces(pieces) {
  return stream("text/plain", async (out) => {
    for (const piece of pieces) await out.write(piece);
  });
}

async function countBytes(body) {
  let total = 0;
  for await (const piece of body) total += piece.length;
  return total;
}

const server = await serve(options, async (request) => {
  switch (request.path) {
    case "/hello":
      return text("hello");
    case "/chunks":
      return sendPieces(TEN_PIECES);
    case "/tiny":
      return sendPieces(THOUSAND_PIECES);
    case "/big":
      return stream("application/octet-stream", bigPieces(request.query.get("mib") ?? undefined));
    case "/upload":
      return text(String(await countBytes(request.body)));
    case "/gc":
      collectGarbage();
      return text("done");
    default:
      return text("not found", { status: 404 });
  }
});

announce(Number(server.url.port));
