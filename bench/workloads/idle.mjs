// The memory that each further connection takes: the server holds a tenth of the connections already when the first
// reading is made, so neither its warm-up nor the room that its heap had left over counts.
import { setTimeout as sleep } from "node:timers/promises";
import { checkServer } from "../lib/correctness.mjs";
import { startClient } from "../lib/load.mjs";
import { openFileLimit, residentBytes } from "../lib/memory-use.mjs";
import { exchange } from "../lib/raw-exchange.mjs";
import { startPeer } from "../lib/peer-process.mjs";
import { digits, formatTable } from "../lib/table.mjs";

const SETTLE = 3000;
const FILES_FOR_OTHERS = 200;
const FIRST_SHARE = 0.1;
const MIB = 1024 ** 2;

async function settledMemory(server) {
  await sleep(SETTLE);
  const asIs = residentBytes(server.pid);
  await exchange(server.port, "GET /gc HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  await sleep(SETTLE / 3);
  return { asIs, collected: residentBytes(server.pid) };
}

/** How many connections the limits on open files allow, here and at the server. */
function affordable(server, wanted, notes) {
  const limit = Math.min(openFileLimit(server.pid), openFileLimit(process.pid)) - FILES_FOR_OTHERS;
  const all = wanted * (1 + FIRST_SHARE);
  if (all <= limit) return wanted;
  const fewer = Math.floor(limit / (1 + FIRST_SHARE));
  notes.push(`${server.name}: only ${fewer} connections, more files may not be open (ulimit -n)`);
  return fewer;
}

async function measurePeer(peer, wanted, notes) {
  const server = await startPeer(peer, { patient: true });
  let client;
  try {
    await checkServer(server, "hello");
    const more = affordable(server, wanted, notes);
    const first = Math.round(more * FIRST_SHARE);
    client = startClient("idle.mjs", [server.port, first, more]);
    await client.next();
    const before = await settledMemory(server);
    client.say();
    await client.next();
    const after = await settledMemory(server);
    client.say();
    const { alive } = await client.next();
    if (alive < first + more)
      notes.push(`${peer.name}: ${first + more - alive} connections were closed while they were idle`);
    return { name: peer.name, first, more, before, after };
  } finally {
    client?.stop();
    await server.stop();
  }
}

export const idle = {
  title: "idle: resident memory of keep-alive connections that have done one request",
  async run({ peers, options, progress }) {
    const notes = [];
    const results = [];
    for (const peer of peers) {
      progress(`idle: ${peer.name}`);
      try {
        results.push(await measurePeer(peer, options.idleConnections, notes));
      } catch (error) {
        notes.push(`left out: ${peer.name} (${error.message})`);
      }
    }
    return { workload: "idle", peers: results, notes };
  },
  format(result, markdown) {
    const columns = [
      "server",
      "connections",
      "MiB at first",
      "more connections",
      "MiB then",
      "KiB each",
      "KiB each after a GC",
    ];
    const rows = result.peers.map(({ name, first, more, before, after }) => [
      name,
      first.toLocaleString("en-US"),
      digits(before.collected / MIB),
      more.toLocaleString("en-US"),
      digits(after.asIs / MIB),
      digits((after.asIs - before.collected) / 1024 / more),
      digits((after.collected - before.collected) / 1024 / more),
    ]);
    return formatTable(columns, rows, markdown);
  },
};
