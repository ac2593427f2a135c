import { serve, stream, text } from "../../../dist/index.js";
import { TEN_PIECES } from "../pieces.mjs";
import { announce } from "../process.mjs";

const secure = process.argv.includes("--tls");
const options = secure
  ? { tls: (await import("./certificate.mjs")).certificate() }
  : { http2: /** @type {const} */ ("cleartext") };

const server = await serve({ port: 0, host: "127.0.0.1", ...options }, (request) =>
  request.path === "/hello"
    ? text("hello")
    : stream("text/plain", async (out) => {
        for (const piece of TEN_PIECES) await out.write(piece);
      }),
);

announce(server.port);
