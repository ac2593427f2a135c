import { KEEP_ALIVE_CONNECTIONS, runWrk, wrkMissing } from "../lib/load.mjs";
import { formatCosts } from "../lib/report.mjs";
import { measureInRounds } from "../lib/rounds.mjs";

const TITLES = {
  hello: "hello: a reply of 5 bytes with Content-Length",
  chunks: "chunks: a reply of ten 100-byte pieces, chunked",
  tiny: "tiny: a reply of 1,000 pieces of 16 bytes, chunked",
};

export const small = (workload) => ({
  title: `${TITLES[workload]} (wrk, ${KEEP_ALIVE_CONNECTIONS} keep-alive connections)`,
  async run({ peers, options, progress }) {
    if (wrkMissing)
      return { workload, peers: [], notes: ["left out: wrk is missing (Debian: apt-get install wrk)"] };
    const load = async (server, seconds) => {
      const report = await runWrk(server.port, `/${workload}`, seconds);
      return { units: report.requests, seconds: report.seconds, p99: report.p99 };
    };
    return measureInRounds({
      workload,
      peers,
      progress,
      rounds: options.smallRounds,
      scale: 1e6,
      warmUp: (server) => load(server, options.quick ? 1 : 2),
      load: (server) => load(server, options.seconds),
    });
  },
  format: (result, markdown) =>
    formatCosts(result, { cost: "us of CPU per request", rate: "requests/s", showWire: true }, markdown),
});
