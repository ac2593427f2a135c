import { runDownload, runUpload } from "../lib/load.mjs";
import { formatCosts } from "../lib/report.mjs";
import { measureInRounds } from "../lib/rounds.mjs";

const WARM_UP_MIB = 128;

const KINDS = {
  big: { run: runDownload, title: (mib) => `big: one reply of ${mib} MiB in 64 KiB pieces, chunked` },
  upload: {
    run: runUpload,
    title: (mib) => `upload: one request of ${mib} MiB in 64 KiB chunks, read piece by piece`,
  },
};

export const bulk = (workload, { mib }) => ({
  title: KINDS[workload].title(mib),
  run({ peers, options, progress }) {
    const load = async (server, size) => {
      const { seconds, payload } = await KINDS[workload].run(server.port, size);
      return { units: payload / 1024 ** 3, seconds };
    };
    return measureInRounds({
      workload,
      peers,
      progress,
      rounds: options.bigRounds,
      scale: 1,
      warmUp: (server) => load(server, WARM_UP_MIB),
      load: (server) => load(server, options.mib),
    });
  },
  format: (result, markdown) => formatCosts(result, { cost: "s of CPU per GiB", rate: "GiB/s" }, markdown),
});
