import { formatCases, targetsAgainst } from "../lib/cases.mjs";
import { CLIENT, expectOctets, expectSame, measureClients } from "../lib/clients.mjs";
import { digestOf, MIB, octetBlock } from "../servers/neutral/contents.mjs";

const MIB_PER_GIB = 1024;
const CHECK_MIB = 4;
const BIG_CHUNK = 64 * 1024;
const SMALL_CHUNKS = [16, 100, 1024];
/** Of curl's wall time, for large bodies. */
const TARGET_OF_CURL = 1;
/** Of undici's CPU time, for small chunks. */
const TARGET_OF_UNDICI = 0.2;

const wall = ({ rate }) => 1 / rate;

function downCase({ name, title, targetFor, mib, warmUpMib, rounds, targets, against }) {
  const load = async (ask, size) => {
    const { seconds, payload, pieces, cpuSeconds } = await ask("drain", targetFor(size));
    expectSame("octets", payload, size * MIB);
    return { units: size / MIB_PER_GIB, seconds, pieces, ...(cpuSeconds !== undefined && { cpuSeconds }) };
  };
  return {
    ...CLIENT,
    name,
    title,
    cost: "s of CPU per GiB",
    scale: 1,
    rounds,
    columns: [{ heading: "MB/s", value: ({ rate }) => (rate * 1024 ** 3) / 1e6 }],
    against,
    async verify(ask) {
      const { digest } = await ask("drain", targetFor(CHECK_MIB), { hashed: true });
      expectOctets(digest, digestOf(octetBlock(), CHECK_MIB));
    },
    warmUp: (ask) => load(ask, Math.min(mib, warmUpMib)),
    load: (ask) => load(ask, mib),
    targets,
  };
}

export function down(options) {
  const { mib, bigRounds, smallRounds } = options;
  const large = {
    mib,
    warmUpMib: 128,
    // One takes less than seconds, and a target of 1 needs more of them.
    rounds: smallRounds,
    against: ["curl"],
    targets: targetsAgainst({ curl: TARGET_OF_CURL }, "wall time", wall),
  };
  const smallMib = Math.max(1, mib >> 4);
  const cases = [
    downCase({
      ...large,
      name: "chunked",
      title: `${mib} MiB in chunks of 64 KiB`,
      targetFor: (size) => `/chunked?mib=${size}&size=${BIG_CHUNK}`,
    }),
    downCase({
      ...large,
      name: "length",
      title: `${mib} MiB with Content-Length`,
      targetFor: (size) => `/length?mib=${size}`,
    }),
    ...SMALL_CHUNKS.map((chunk) =>
      downCase({
        rounds: bigRounds,
        mib: smallMib,
        warmUpMib: 16,
        against: ["undici"],
        targets: targetsAgainst({ undici: TARGET_OF_UNDICI }),
        name: `chunks-of-${chunk}`,
        title: `${smallMib} MiB in chunks of ${chunk.toLocaleString("en-US")} B`,
        targetFor: (size) => `/chunked?mib=${size}&size=${chunk}`,
      }),
    ),
  ];
  return {
    title: "down: large bodies, counted and thrown away",
    run: ({ peers, progress }) => measureClients({ workload: "down", cases, peers, progress }),
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
