import { createHash } from "node:crypto";
import { formatCases, measureCases, targetLine } from "../lib/cases.mjs";
import { runDrain } from "../lib/load.mjs";
import { median } from "../lib/statistics.mjs";
import { CHECKED, wholeReply } from "../lib/whole-reply.mjs";
import { bigPieces } from "../servers/pieces.mjs";

const CHECK_MIB = 4;
const WITH_TRAILERS = "TE: trailers";
/** What the digest adds to a reply, of the digest alone. */
const TARGET_OF_HASH = 1.1;

async function check(server) {
  const { status, body, trailers } = await wholeReply(server.port, `/?mib=${CHECK_MIB}`, { TE: "trailers" });
  if (status !== 200) throw new Error(`status ${status}`);
  const hash = createHash("sha256");
  for (const piece of bigPieces(CHECK_MIB)) hash.update(piece);
  const value = `sha-256=:${hash.digest("base64")}:`;
  const found = { sluice: trailers["repr-digest"], hash: `sha-256=:${body.toString()}:` }[server.name];
  const expected = server.name === "sluice-without" ? undefined : value;
  if (found !== expected) throw new Error(`the digest ${found} in the place of ${expected}`);
  return CHECKED;
}

/** What the digest adds in each round, as a share of the digest alone; the median. */
function addedShare(withDigest, without, hash) {
  const shares = withDigest.samples.flatMap(({ round, value }) => {
    const plain = without.samples.find((sample) => sample.round === round);
    const alone = hash.samples.find((sample) => sample.round === round);
    return plain === undefined || alone === undefined ? [] : [(value - plain.value) / alone.value];
  });
  return shares.length === 0 ? undefined : median(shares);
}

export function digest(options) {
  const cases = [
    {
      name: "sha-256",
      title: "sha-256 as a trailer, without it, and node:crypto alone",
      cost: "s of CPU per GiB",
      scale: 1,
      rounds: options.bigRounds,
      columns: [{ heading: "wall s per GiB", value: ({ rate }) => 1 / rate }],
      against: ["hash"],
      check,
      async load(server) {
        const { seconds, trailers } = await runDrain(server.port, `/?mib=${options.mib}`, [WITH_TRAILERS]);
        const sent = trailers.some((line) => /^repr-digest: *sha-256=:/i.test(line));
        if (sent !== (server.name === "sluice"))
          throw new Error(`trailers: ${trailers.join(", ") || "none"}`);
        return { units: options.mib / 1024, seconds };
      },
      targets({ named }) {
        const all = ["sluice", "sluice-without", "hash"].map(named);
        const share = all.includes(undefined) ? undefined : addedShare(...all);
        if (share === undefined) return [];
        return [targetLine("CPU time, (sluice − sluice-without) ÷ hash", TARGET_OF_HASH, share)];
      },
    },
  ];
  return {
    title: `digest: one reply of ${options.mib} MiB in 64 KiB pieces, chunked`,
    run: ({ peers, progress }) => measureCases({ workload: "digest", cases, peers, progress }),
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
