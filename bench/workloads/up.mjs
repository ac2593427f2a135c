import { formatCases } from "../lib/cases.mjs";
import { CLIENT, expectSame, measureClients } from "../lib/clients.mjs";
import { MIB } from "../servers/neutral/contents.mjs";

const MIB_PER_GIB = 1024;
const CHECK_MIB = 4;
const WARM_UP_MIB = 128;

function upCase(framing, title, { mib, bigRounds }) {
  const load = async (ask, size) => {
    const { seconds, text } = await ask("upload", "/upload", { mib: size, sized: framing === "length" });
    expectSame("what arrived", text, `${framing} ${size * MIB}`);
    return { units: size / MIB_PER_GIB, seconds };
  };
  return {
    ...CLIENT,
    name: framing,
    title: `${mib} MiB from an async generator, ${title}`,
    cost: "s of CPU per GiB",
    scale: 1,
    rounds: bigRounds,
    columns: [{ heading: "MB/s", value: ({ rate }) => (rate * 1024 ** 3) / 1e6 }],
    verify: (ask) => load(ask, CHECK_MIB),
    warmUp: (ask) => load(ask, Math.min(mib, WARM_UP_MIB)),
    load: (ask) => load(ask, mib),
  };
}

export function up(options) {
  const cases = [upCase("chunked", "chunked", options), upCase("length", "with Content-Length", options)];
  return {
    title: "up: uploads in pieces of 64 KiB",
    run: ({ peers, progress }) => measureClients({ workload: "up", cases, peers, progress }),
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
