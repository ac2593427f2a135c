import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onMeasuredCpu } from "../lib/pinning.mjs";
import { ratioByRound, summary } from "../lib/statistics.mjs";
import { digits, formatTable, ratio, spread } from "../lib/table.mjs";

const SCRIPT = fileURLToPath(new URL("../codec.mjs", import.meta.url));

const valuesOf = ({ samples }) => samples.map(({ value }) => value);
const nanoseconds = (entry) => spread(summary(valuesOf(entry)));
const gigabytes = (entry) => digits(entry.chunkSize / summary(valuesOf(entry)).median);
const ratioTo = (base) => (entry, all) => {
  const other = all.find(({ name, chunkSize }) => name === base && chunkSize === entry.chunkSize);
  return other === undefined ? "" : ratio(ratioByRound(entry.samples, other.samples));
};

/** A row for each codec, a column for each chunk size. */
function tableBySize(heading, entries, cell, markdown) {
  const sizes = [...new Set(entries.map(({ chunkSize }) => chunkSize))];
  const names = [...new Set(entries.map(({ name }) => name))];
  const columns = [heading, ...sizes.map((size) => `${size.toLocaleString("en-US")} B`)];
  const rows = names.map((name) => [
    name,
    ...sizes.map((size) =>
      cell(
        entries.find((entry) => entry.name === name && entry.chunkSize === size),
        entries,
      ),
    ),
  ]);
  return formatTable(columns, rows, markdown);
}

export const codec = {
  title: "codec: chunked bodies of one chunk size inside one process, reads of 64 KiB",
  async run({ options, progress }) {
    progress("codec");
    const rounds = options.smallRounds;
    const [file, ...args] = onMeasuredCpu([
      process.execPath,
      SCRIPT,
      String(rounds),
      options.quick ? "30" : "200",
    ]);
    const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8", maxBuffer: 64 * 1024 ** 2 });
    if (status !== 0) return { workload: "codec", peers: [], notes: [`failed: ${stderr.trim()}`] };
    const { decode, encode, notes } = JSON.parse(stdout.trim().split("\n").at(-1));
    return { workload: "codec", peers: [{ decode, encode }], notes };
  },
  format({ peers: [{ decode, encode }] }, markdown) {
    return [
      tableBySize("decode: ns per chunk", decode, nanoseconds, markdown),
      tableBySize("decode: GB/s of payload", decode, gigabytes, markdown),
      tableBySize("decode: cost ÷ node's parser", decode, ratioTo("node's parser"), markdown),
      tableBySize("encode: ns per chunk", encode, nanoseconds, markdown),
      tableBySize("encode: cost ÷ by hand: pieces", encode, ratioTo("by hand: pieces"), markdown),
    ].join("\n\n");
  },
};
