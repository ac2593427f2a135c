import { startClient } from "../lib/load.mjs";
import { residentBytes } from "../lib/memory-use.mjs";
import { startPeer } from "../lib/peer-process.mjs";
import { digits, formatTable } from "../lib/table.mjs";

const MARK_MIB = 256;
const SAMPLE_EVERY = 50;
const MIB = 1024 ** 2;

async function measurePeer(peer, mib) {
  const server = await startPeer(peer);
  const client = startClient("download.mjs", [server.port, mib, MARK_MIB]);
  let timer;
  try {
    await client.next();
    const atMark = residentBytes(server.pid);
    let highest = atMark;
    timer = setInterval(() => (highest = Math.max(highest, residentBytes(server.pid))), SAMPLE_EVERY);
    const { seconds } = await client.next();
    return { name: peer.name, mib, seconds, atMark, highest, atEnd: residentBytes(server.pid) };
  } finally {
    clearInterval(timer);
    client.stop();
    await server.stop();
  }
}

export const memory = ({ memoryMib }) => ({
  title: `memory: ${memoryMib / 1024} GiB through one connection, resident memory after the first ${MARK_MIB} MiB`,
  defaultPeers: ["sluice"],
  async run({ peers, progress }) {
    const notes = [];
    const results = [];
    for (const peer of peers) {
      progress(`memory: ${peer.name}`);
      try {
        results.push(await measurePeer(peer, memoryMib));
      } catch (error) {
        notes.push(`left out: ${peer.name} (${error.message})`);
      }
    }
    return { workload: "memory", peers: results, notes };
  },
  format(result, markdown) {
    const columns = [
      "server",
      `MiB after ${MARK_MIB} MiB`,
      "MiB at most",
      "MiB at the end",
      "growth in MiB",
      "GiB/s",
    ];
    const rows = result.peers.map(({ name, mib, seconds, atMark, highest, atEnd }) => [
      name,
      ...[atMark, highest, atEnd, highest - atMark].map((bytes) => digits(bytes / MIB)),
      digits(mib / 1024 / seconds),
    ]);
    return formatTable(columns, rows, markdown);
  },
});
