import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatCases, measureCases, targetsAgainst } from "../lib/cases.mjs";
import { runDrain, runWrk, wrkMissing } from "../lib/load.mjs";
import { CHECKED, wholeReply } from "../lib/whole-reply.mjs";

const KIB = 1024;
const MIB = 1024 ** 2;
/** Of nginx's wall time for a large file. */
const TARGET_OF_NGINX = 2.5;

/** What stands at an offset of any of the files. */
function contentAt(offset, length) {
  const content = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index += 1) content[index] = ((offset + index) * 31 + 7) % 251;
  return content;
}

function writeFile(path, size) {
  // A multiple of 251 repeats without a seam.
  const block = contentAt(0, 251 * 4 * KIB);
  const file = openSync(path, "w");
  for (let written = 0; written < size; written += block.length)
    writeSync(file, block, 0, Math.min(block.length, size - written));
  // What is not yet on the disk would be written while somebody measures.
  fsyncSync(file);
  closeSync(file);
}

function smallCase(name, title, { options, folder, range, length }) {
  const fields = range === undefined ? [] : [`Range: bytes=${range}-${range + length - 1}`];
  const path = range === undefined ? `/${name}.bin` : "/big.bin";
  const load = async (server, seconds) => {
    const report = await runWrk(server.port, path, seconds, fields);
    const units = report.requests;
    return { units, seconds: report.seconds, p99: report.p99, bytes: report.bytes };
  };
  return {
    name,
    title,
    cost: "us of CPU per request",
    scale: 1e6,
    rounds: options.smallRounds,
    args: [folder],
    columns: [{ heading: "requests/s", value: ({ rate }) => rate }],
    against: ["nginx"],
    async check(server) {
      const headers = range === undefined ? {} : { Range: fields[0].slice("Range: ".length) };
      const { status, body } = await wholeReply(server.port, path, headers);
      const expected = range === undefined ? 200 : 206;
      if (status !== expected) throw new Error(`status ${status} in the place of ${expected}`);
      if (!body.equals(contentAt(range ?? 0, length))) throw new Error(`${body.length} bytes, or other ones`);
      return CHECKED;
    },
    warmUp: (server) => load(server, options.quick ? 1 : 2),
    load: (server) => load(server, options.seconds),
  };
}

const wall = ({ rate }) => 1 / rate;

function bigCase({ options, folder }) {
  const load = async (server) => {
    const { seconds, payload, chunks } = await runDrain(server.port, "/big.bin");
    if (payload !== options.mib * MIB || chunks > 0) throw new Error(`${payload} bytes, or chunks`);
    return { units: payload / KIB ** 3, seconds };
  };
  return {
    name: "whole",
    title: `a whole file of ${options.mib} MiB`,
    cost: "s of CPU per GiB",
    scale: 1,
    rounds: options.bigRounds,
    args: [folder],
    columns: [{ heading: "wall s per GiB", value: wall }],
    against: ["nginx"],
    check: () => CHECKED,
    load,
    targets: targetsAgainst({ nginx: TARGET_OF_NGINX }, "wall time", wall),
  };
}

export function files(options) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-files-"));
  const setting = { options, folder };
  const range = Math.floor((options.mib * MIB) / 2);
  const cases = [
    smallCase("1k", "a file of 1 KiB", { ...setting, length: KIB }),
    smallCase("64k", "a file of 64 KiB", { ...setting, length: 64 * KIB }),
    smallCase("range", `a range of 1 MiB in a file of ${options.mib} MiB`, {
      ...setting,
      range,
      length: MIB,
    }),
    bigCase(setting),
  ].filter(({ name }) => name === "whole" || !wrkMissing);
  return {
    title: "files: static files, from the page cache",
    async run({ peers, progress }) {
      progress("files: writing them");
      try {
        writeFile(`${folder}/1k.bin`, KIB);
        writeFile(`${folder}/64k.bin`, 64 * KIB);
        writeFile(`${folder}/big.bin`, options.mib * MIB);
        const result = await measureCases({ workload: "files", cases, peers, progress });
        if (wrkMissing)
          result.notes.push("only the large file: wrk is missing (Debian: apt-get install wrk)");
        return result;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
