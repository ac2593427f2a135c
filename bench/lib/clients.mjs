// Measurements with the roles changed: the client is what is measured, the neutral server what loads it.
import { measureCases } from "./cases.mjs";
import { startPeer } from "./peer-process.mjs";
import { NEUTRAL_SERVER } from "./peers.mjs";
import { onLoadCpu } from "./pinning.mjs";
import { CHECKED } from "./whole-reply.mjs";

/** Milliseconds for one order; the slowest are a large file by one slow connection and small chunks read one by one. */
const PATIENCE = 600_000;

/**
 * Measures clients as `measureCases` measures servers. A case has in addition
 * - `verify(ask)`: throws where the client gets something wrong;
 * - `load(ask)` and `warmUp(ask)` give orders in the place of requests.
 * `ask(name, target, more)` gives one order, with the URL of a target at the neutral server.
 */
export async function measureClients({ workload, cases, peers, progress }) {
  const server = await startPeer(NEUTRAL_SERVER, { pinned: onLoadCpu });
  const asks = (give) => (client) =>
    give((name, target, more = {}) =>
      client.ask({ name, url: `http://127.0.0.1:${server.port}${target}`, ...more }, PATIENCE),
    );
  try {
    const ordered = cases.map(({ verify, load, warmUp = load, ...more }) => ({
      ...more,
      load: asks(load),
      warmUp: asks(warmUp),
      check: asks(async (ask) => {
        await verify(ask);
        return CHECKED;
      }),
    }));
    return await measureCases({ workload, cases: ordered, peers, progress });
  } finally {
    await server.stop();
  }
}

/** For the case of a client: no target against the best peer, but those that it names. */
export const CLIENT = { subject: "client", ofBest: false };

/** What has to be one thing and is another. */
export function expectSame(what, found, expected) {
  if (found !== expected) throw new Error(`${what}: ${found} in the place of ${expected}`);
}

/** By their digests, which tell nobody anything. */
export function expectOctets(found, expected) {
  if (found !== expected) throw new Error("other octets than those that were sent");
}
