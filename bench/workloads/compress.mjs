import { createHash } from "node:crypto";
import * as zlib from "node:zlib";
import { formatCases, measureCases, ratioOf, targetLine } from "../lib/cases.mjs";
import { runDrain } from "../lib/load.mjs";
import { CHECKED, wholeReply } from "../lib/whole-reply.mjs";
import { textPieces } from "../servers/compress/text.mjs";

const MIB = 1024 ** 2;
const CHECK_MIB = 4;
const SHARE = 16;
/** Of the CPU time of node:zlib's own streams. */
const TARGET_OF_ZLIB = 1.1;

const decoders = { gzip: zlib.gunzipSync, br: zlib.brotliDecompressSync, zstd: zlib.zstdDecompressSync };

function digestOf(pieces) {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

function codingCase(coding, mib, options) {
  return {
    name: coding,
    title: coding,
    cost: "s of CPU per GiB",
    scale: 1,
    rounds: options.bigRounds,
    columns: [
      { heading: "wall s per GiB", value: ({ rate }) => 1 / rate },
      { heading: "MiB sent", value: ({ payload }) => payload / MIB },
    ],
    against: ["node-zlib"],
    // What compresses is the same for all, so the best peer can't be left far behind.
    ofBest: false,
    async check(server) {
      const { status, fields, body } = await wholeReply(server.port, `/?mib=${CHECK_MIB}`, {
        "Accept-Encoding": coding,
      });
      const found = fields["content-encoding"];
      if (status !== 200 || found !== coding) throw new Error(`status ${status}, coding ${found ?? "none"}`);
      if (digestOf([decoders[coding](body)]) !== digestOf(textPieces(CHECK_MIB)))
        throw new Error("decodes to something else");
      return CHECKED;
    },
    async load(server) {
      const fields = [`Accept-Encoding: ${coding}`];
      const { seconds, payload } = await runDrain(server.port, `/?mib=${mib}`, fields);
      return { units: mib / 1024, seconds, payload };
    },
    targets({ ours, named }) {
      const zlibs = named("node-zlib");
      if (zlibs === undefined) return [];
      return ours.map((peer) =>
        targetLine(`CPU time, ${peer.name} ÷ node-zlib`, TARGET_OF_ZLIB, ratioOf(peer, zlibs)),
      );
    },
  };
}

export function compress(options) {
  const mib = Math.max(CHECK_MIB, options.mib / SHARE);
  const cases = ["gzip", "br", "zstd"]
    .filter((coding) => decoders[coding] !== undefined)
    .map((coding) => codingCase(coding, mib, options));
  return {
    title: `compress: a text of ${mib} MiB in pieces of 16 KiB, without a pause`,
    async run({ peers, progress }) {
      const result = await measureCases({ workload: "compress", cases, peers, progress });
      if (decoders.zstd === undefined) result.notes.push("left out: zstd (needs Node 22.15 or newer)");
      return result;
    },
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
