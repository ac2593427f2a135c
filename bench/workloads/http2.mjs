import { formatCases, measureCases, targetsAgainst } from "../lib/cases.mjs";
import { h2loadMissing, readByHttp2, runH2load } from "../lib/http2-load.mjs";
import { TEN_PIECES } from "../servers/pieces.mjs";

const EXPECTED = { hello: "hello", chunks: TEN_PIECES.join("") };
/** Of the bare stream API of node:http2. */
const TARGET = 1.15;

function replyCase(path, secure, title, options) {
  return {
    name: secure ? `${path}-tls` : path,
    title: secure ? `${title}, over TLS` : title,
    cost: "us of CPU per request",
    scale: 1e6,
    rounds: options.smallRounds,
    args: secure ? ["--tls"] : [],
    ofBest: false,
    against: ["node-http2"],
    columns: [{ heading: "requests/s", value: ({ rate }) => rate }],
    targets: targetsAgainst({ "node-http2": TARGET }),
    async check(server) {
      const { status, body } = await readByHttp2(server.port, `/${path}`, secure);
      if (status !== 200 || body !== EXPECTED[path])
        throw new Error(`wrong reply to ${path}: status ${status}`);
      return { notes: [] };
    },
    warmUp: (server) => runH2load(server.port, `/${path}`, secure, options.quick ? 1 : 2),
    load: (server) => runH2load(server.port, `/${path}`, secure, options.seconds),
  };
}

export function http2(options) {
  const cases = [
    replyCase("hello", false, "5 bytes with Content-Length", options),
    replyCase("chunks", false, "ten 100-byte pieces", options),
    replyCase("chunks", true, "ten 100-byte pieces", options),
  ];
  return {
    title: "http2: 8 connections with 10 streams at a time each (h2load)",
    async run({ peers, progress }) {
      if (h2loadMissing)
        return { peers: [], notes: ["left out: h2load is missing (Debian: apt-get install nghttp2-client)"] };
      return measureCases({ workload: "http2", cases, peers, progress });
    },
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
