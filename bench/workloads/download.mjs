import { closeSync, mkdtempSync, openSync, readSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatCases } from "../lib/cases.mjs";
import { CLIENT, expectSame, measureClients } from "../lib/clients.mjs";
import { MIB, octetBlock } from "../servers/neutral/contents.mjs";

const MIB_PER_GIB = 1024;
const CHECK_MIB = 32;
const CONNECTIONS = 4;
/** MiB per second for each connection of the slow server. */
const RATE = 16;
const IN_MEMORY = "/dev/shm";

/** A file in memory needs no disk that would be measured too. */
function folderFor(mib) {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    if (bavail * bsize > 2 * mib * MIB)
      return { folder: mkdtempSync(join(IN_MEMORY, "sluice-bench-")), inMemory: true };
  } catch {
    // Then on the disk.
  }
  return { folder: mkdtempSync(join(tmpdir(), "sluice-bench-download-")), inMemory: false };
}

/** Throws where the file is not the one that was sent: a segment may stand in another's place. */
function compareFile(path, mib) {
  expectSame("the length of the file", statSync(path).size, mib * MIB);
  const piece = Buffer.allocUnsafe(MIB);
  const file = openSync(path, "r");
  try {
    for (let index = 0; index < mib; index += 1) {
      readSync(file, piece, 0, MIB, index * MIB);
      if (!piece.equals(octetBlock())) throw new Error(`other octets in MiB ${index + 1} of ${mib}`);
    }
  } finally {
    closeSync(file);
  }
}

function downloadCase({ name, title, query, mib, rounds, place }) {
  const load = async (ask, size) => {
    const path = join(place.folder, "download.bin");
    try {
      const { seconds, cpuSeconds } = await ask("download", `/file?mib=${size}${query}`, {
        path,
        connections: CONNECTIONS,
      });
      compareFile(path, size);
      return { units: size / MIB_PER_GIB, seconds, ...(cpuSeconds !== undefined && { cpuSeconds }) };
    } finally {
      rmSync(path, { force: true });
    }
  };
  return {
    ...CLIENT,
    name,
    title,
    cost: "s of CPU per GiB",
    scale: 1,
    rounds,
    columns: [
      { heading: "wall s", value: ({ seconds }) => seconds },
      { heading: "MB/s", value: ({ rate }) => (rate * 1024 ** 3) / 1e6 },
    ],
    against: ["aria2c", "curl"],
    verify: (ask) => load(ask, CHECK_MIB),
    warmUp: (ask) => load(ask, CHECK_MIB),
    load: (ask) => load(ask, mib),
  };
}

export function download(options) {
  const mib = Math.max(CHECK_MIB, options.mib >> 1);
  const place = {};
  const setting = { mib, rounds: options.bigRounds, place };
  const cases = [
    downloadCase({ ...setting, name: "fast", title: "a server without a limit", query: "" }),
    downloadCase({
      ...setting,
      name: "slow",
      title: `a server that gives each connection ${RATE} MiB/s`,
      query: `&rate=${RATE}`,
    }),
  ];
  return {
    title: `download: ${mib} MiB to a file by ${CONNECTIONS} connections, curl by one`,
    async run({ peers, progress }) {
      Object.assign(place, folderFor(mib));
      try {
        const result = await measureClients({ workload: "download", cases, peers, progress });
        if (!place.inMemory) result.notes.push(`to a disk: there is no room in ${IN_MEMORY}`);
        return result;
      } finally {
        rmSync(place.folder, { recursive: true, force: true });
      }
    },
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
