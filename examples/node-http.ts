// One handler on node:http and on node:http2: a stream, its trailers, and a reader that may leave.
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Handler, stream } from "sluice";
import { toListener } from "sluice/node-http";

const countdown: Handler = ({ httpVersion, signal }) => {
  let count = 0;
  async function* seconds() {
    for (let left = 3; left > 0; left--, count++) {
      yield `${left}, by HTTP/${httpVersion}\n`;
      await sleep(100, undefined, { signal });
    }
  }
  return stream("text/plain", seconds, { trailers: { "X-Count": () => String(count) } });
};

const listener = toListener(countdown);
const servers = [createServer(listener), createHttp2Server(listener)];
await Promise.all(
  servers.map((server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
);

const [one, two] = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
console.log(`curl -N --raw -H 'TE: trailers' ${one}`);
console.log(`curl -N --http2-prior-knowledge ${two}`);
