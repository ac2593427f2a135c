import { formatCases } from "../lib/cases.mjs";
import { CLIENT, expectOctets, expectSame, measureClients } from "../lib/clients.mjs";
import { digestOf, MIB, textBlock } from "../servers/neutral/contents.mjs";

const MIB_PER_GIB = 1024;
const CHECK_MIB = 4;
const WARM_UP_MIB = 64;

async function load(ask, size) {
  const { seconds, payload, cpuSeconds } = await ask("drain", `/gzip?mib=${size}`);
  // A program counts what came, and not what that became: what it became is checked before.
  if (cpuSeconds === undefined) expectSame("octets", payload, size * MIB);
  return { units: size / MIB_PER_GIB, seconds, ...(cpuSeconds !== undefined && { cpuSeconds }) };
}

export function gzip(options) {
  const mib = Math.max(1, options.mib >> 2);
  const cases = [
    {
      ...CLIENT,
      name: "gzip",
      title: `${mib} MiB of rows`,
      cost: "s of CPU per GiB",
      scale: 1,
      rounds: options.bigRounds,
      columns: [{ heading: "MB/s", value: ({ rate }) => (rate * 1024 ** 3) / 1e6 }],
      against: ["undici", "curl"],
      async verify(ask) {
        const { digest } = await ask("drain", `/gzip?mib=${CHECK_MIB}`, { hashed: true });
        expectOctets(digest, digestOf(textBlock(), CHECK_MIB));
      },
      warmUp: (ask) => load(ask, Math.min(mib, WARM_UP_MIB)),
      load: (ask) => load(ask, mib),
    },
  ];
  return {
    title: "gzip: a large body in a content coding, which is undone",
    run: ({ peers, progress }) => measureClients({ workload: "gzip", cases, peers, progress }),
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
