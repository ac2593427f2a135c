// A digest of what nobody has seen whole: sent behind the body, checked by whoever gets it.
import { createHash } from "node:crypto";
import { serve, stream, text } from "sluice";

const server = await serve({ host: "127.0.0.1" }, async (request) => {
  if (request.method === "PUT") {
    // Throws, which is answered with 400, where the body is not the one that its digest was made of.
    const body = await request.body.verified().decoded().text();
    return text(`${body.length} characters, verified\n`);
  }
  const lines = Array.from({ length: 1000 }, (_, line) => `line ${line}\n`);
  return stream("text/plain", lines, { digest: "sha-256" });
});

const digest = createHash("sha256").update("water").digest("base64");
console.log(`curl -s --raw -H 'TE: trailers' ${server.url.href} | tail -5`);
console.log(`curl -T - -H 'Content-Digest: sha-256=:${digest}:' ${server.url.href}  # and: printf water |`);
