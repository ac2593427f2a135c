// HTTP/2 and HTTP/1.1 on one port: the same handler, and a reader by each.
import { serve, stream } from "sluice";

const server = await serve({ host: "127.0.0.1", http2: "cleartext" }, (request) =>
  stream(
    "text/plain",
    async function* () {
      yield `HTTP/${request.httpVersion}\n`;
      for (let piece = 1; piece <= 3; piece++) yield `piece ${piece}\n`;
    },
    { trailers: { "x-pieces": "3" } },
  ),
);

console.log(`curl --http2-prior-knowledge -v -H "TE: trailers" ${server.url.href}`);
console.log(`curl -v ${server.url.href}`);
