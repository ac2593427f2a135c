import { Readable } from "node:stream";
import fastify from "fastify";
import { bigPieces, TEN_PIECES, THOUSAND_PIECES } from "./pieces.mjs";
import { collectGarbage } from "./process.mjs";

/** The application, on whatever server its options make. */
export function makeApp(options) {
  const app = fastify(options);

  // Without a parser of its own, Fastify refuses or buffers the body; handing on the stream is its documented way.
  app.addContentTypeParser("application/octet-stream", (request, payload, done) => done(null, payload));

  app.get("/hello", (request, reply) => reply.type("text/plain").send("hello"));
  app.get("/chunks", (request, reply) => reply.type("text/plain").send(Readable.from(TEN_PIECES)));
  app.get("/tiny", (request, reply) => reply.type("text/plain").send(Readable.from(THOUSAND_PIECES)));
  app.get("/big", (request, reply) =>
    reply.type("application/octet-stream").send(Readable.from(bigPieces(request.query.mib))),
  );
  app.post("/upload", async (request, reply) => {
    let total = 0;
    for await (const piece of /** @type {import("node:stream").Readable} */ (request.body))
      total += piece.length;
    return reply.type("text/plain").send(String(total));
  });
  app.get("/gc", (request, reply) => {
    collectGarbage();
    return reply.send("done");
  });
  return app;
}
