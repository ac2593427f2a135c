// Measures the server and the client beside their peers in one run. `node bench/run.mjs --help` tells the options,
// bench/README.md what each workload is and how to read the tables.
import { writeFileSync } from "node:fs";
import { setupOrExit } from "../scripts/setup.mjs";
import { installPeers } from "./lib/install.mjs";
import { describeMachine } from "./lib/machine.mjs";
import { readOptions, USAGE } from "./lib/options.mjs";
import { choosePeers } from "./lib/peers.mjs";
import { formatNotes } from "./lib/report.mjs";
import { bulk } from "./workloads/bulk.mjs";
import { codec } from "./workloads/codec.mjs";
import { compress } from "./workloads/compress.mjs";
import { digest } from "./workloads/digest.mjs";
import { down } from "./workloads/down.mjs";
import { download } from "./workloads/download.mjs";
import { events } from "./workloads/events.mjs";
import { files } from "./workloads/files.mjs";
import { get } from "./workloads/get.mjs";
import { gzip } from "./workloads/gzip.mjs";
import { http2 } from "./workloads/http2.mjs";
import { idle } from "./workloads/idle.mjs";
import { memory } from "./workloads/memory.mjs";
import { ndjson } from "./workloads/ndjson.mjs";
import { page } from "./workloads/page.mjs";
import { rows } from "./workloads/rows.mjs";
import { small } from "./workloads/small.mjs";
import { sse } from "./workloads/sse.mjs";
import { up } from "./workloads/up.mjs";
import { zip } from "./workloads/zip.mjs";

const REPLIES = { files, sse, ndjson, zip, page, compress, digest };
const CLIENTS = { get, down, gzip, up, events, rows, download };

function workloadNamed(name, options) {
  if (name in REPLIES) return REPLIES[name](options);
  if (name in CLIENTS) return CLIENTS[name](options);
  if (name === "http2") return http2(options);
  if (name === "idle") return idle;
  if (name === "codec") return codec;
  if (name === "memory") return memory(options);
  return name === "big" || name === "upload" ? bulk(name, options) : small(name);
}

/** One line that is written over, and only for a person who watches. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  setupOrExit();
  installPeers();
  const machine = describeMachine();
  const { markdown } = options;
  console.log(formatNotes(machine, markdown));
  const results = [];
  for (const name of options.workloads) {
    const workload = workloadNamed(name, options);
    const { peers, notes } = choosePeers(options.peers ?? workload.defaultPeers, name);
    const result = await workload.run({ peers, options, progress });
    progress("");
    results.push(result);
    console.log(`\n${markdown ? "### " : ""}${workload.title}`);
    if (result.peers.length > 0 || result.cases?.length > 0)
      console.log(`\n${workload.format(result, markdown)}`);
    const remarks = [...(name === "codec" ? [] : notes), ...result.notes];
    if (remarks.length > 0) console.log(`\n${formatNotes(remarks, markdown)}`);
    if (options.json !== undefined)
      writeFileSync(options.json, `${JSON.stringify({ machine, options, results }, null, 2)}\n`);
  }
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
