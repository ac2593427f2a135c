import { parseArgs } from "node:util";

/** What any server does; measured where nothing else is asked for. */
const SERVER_WORKLOADS = ["hello", "chunks", "tiny", "big", "upload", "idle", "codec"];
/** The kinds of replies. */
const REPLY_WORKLOADS = ["files", "sse", "ndjson", "zip", "page", "compress", "digest"];
/** What clients do. */
const CLIENT_WORKLOADS = ["get", "down", "gzip", "up", "events", "rows", "download"];
const GROUPS = { server: SERVER_WORKLOADS, replies: REPLY_WORKLOADS, clients: CLIENT_WORKLOADS };
const ALL_WORKLOADS = [...SERVER_WORKLOADS, ...REPLY_WORKLOADS, ...CLIENT_WORKLOADS, "http2", "memory"];

export const USAGE = `node bench/run.mjs [options]
  --only LIST      workloads, by comma: server, which is ${SERVER_WORKLOADS.join(", ")};
                   replies, which is ${REPLY_WORKLOADS.join(", ")};
                   clients, which is ${CLIENT_WORKLOADS.join(", ")};
                   any of these; http2; memory (default: server)
  --peers LIST     servers, or clients, by comma (default: all; memory: sluice)
  --rounds N       rounds of every workload (default: 5, and 3 where one takes seconds)
  --seconds N      seconds of each small measurement (default: 2)
  --mib N          size of large bodies (default: 1024; compress and the small chunks of down have a sixteenth,
                   gzip a quarter, download a half)
  --json FILE      write every sample to FILE
  --markdown       print tables for a README
  --quick          two short rounds, small bodies: shows that everything works, not how fast it is
  --help`;

const list = (text) =>
  text
    ?.split(",")
    .map((part) => part.trim())
    .filter(Boolean);

function positive(name, text, fallback) {
  if (text === undefined) return fallback;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} must be a whole number above 0`);
  return number;
}

export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      peers: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      mib: { type: "string" },
      json: { type: "string" },
      markdown: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const workloads = (list(values.only) ?? ["server"]).flatMap((name) => GROUPS[name] ?? name);
  const unknown = workloads.filter((name) => !ALL_WORKLOADS.includes(name));
  if (unknown.length > 0) throw new Error(`unknown workload: ${unknown.join(", ")}`);
  return {
    workloads,
    peers: list(values.peers),
    smallRounds: positive("rounds", values.rounds, quick ? 2 : 5),
    bigRounds: positive("rounds", values.rounds, quick ? 2 : 3),
    seconds: positive("seconds", values.seconds, quick ? 1 : 2),
    mib: positive("mib", values.mib, quick ? 128 : 1024),
    memoryMib: quick ? 1024 : 10 * 1024,
    idleConnections: quick ? 1000 : 10_000,
    rows: quick ? 100_000 : 1_000_000,
    events: quick ? 50 : 200,
    readEvents: quick ? 20_000 : 100_000,
    json: values.json,
    markdown: values.markdown,
    quick,
    help: values.help,
  };
}
