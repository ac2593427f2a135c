import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatCases, measureCases } from "../lib/cases.mjs";
import { runDrain } from "../lib/load.mjs";
import { forgetPeak, peakBytes } from "../lib/memory-use.mjs";
import { zipCheck } from "../lib/programs.mjs";
import { CHECKED, wholeReply } from "../lib/whole-reply.mjs";

const MIB = 1024 ** 2;
const CHECK_MIB = 64;

/** What a program that reads archives says against this one; undefined for nothing. */
function complaintAbout(archive) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-zip-"));
  try {
    const path = join(folder, "archive.zip");
    writeFileSync(path, archive);
    const [program, ...args] = zipCheck;
    const { status, stdout, stderr } = spawnSync(program, [...args, path], { encoding: "utf8" });
    if (status === 0) return undefined;
    const lines = `${stderr}\n${stdout}`.split("\n").map((line) => line.replace(path, "").trim());
    return `${program}: ${lines.find((line) => /error|invalid|warning|bad/i.test(line)) ?? `status ${status}`}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function archiveCase(name, title, options, { units, cost }) {
  const targetFor = (mib) => `/${name}?mib=${mib}`;
  const load = async (server) => {
    forgetPeak(server.pid);
    const { seconds, payload } = await runDrain(server.port, targetFor(options.mib));
    return { units, seconds, payload, peak: peakBytes(server.pid) };
  };
  return {
    name,
    title,
    cost,
    scale: 1,
    rounds: options.bigRounds,
    columns: [
      { heading: "wall s", value: ({ seconds }) => seconds },
      { heading: "MiB resident at most", value: ({ peak }) => peak / MIB },
      { heading: "bytes", value: ({ payload }) => payload },
    ],
    async check(server) {
      const { status, body } = await wholeReply(server.port, targetFor(CHECK_MIB));
      if (status !== 200) throw new Error(`status ${status}`);
      const complaint = zipCheck === undefined ? "not checked: unzip is missing" : complaintAbout(body);
      if (complaint === undefined) return CHECKED;
      if (zipCheck === undefined) return { ...CHECKED, notes: [`${server.name}: ${complaint}`] };
      return { ...CHECKED, faulty: true, notes: [`${server.name} makes an invalid archive: ${complaint}`] };
    },
    load,
  };
}

export function zip(options) {
  const large = { units: options.mib / 1024, cost: "s of CPU per GiB" };
  const cases = [
    archiveCase("one", `${options.mib} MiB in one entry, from a generator`, options, large),
    archiveCase("sixteen", `${options.mib} MiB in 16 entries, from memory`, options, large),
    archiveCase("many", "70,000 entries of about 120 bytes, from memory", options, {
      units: 1,
      cost: "s of CPU",
    }),
  ];
  return {
    title: "zip: archives whose entries are stored",
    run: ({ peers, progress }) => measureCases({ workload: "zip", cases, peers, progress }),
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
