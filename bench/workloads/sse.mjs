import { formatCases, measureCases } from "../lib/cases.mjs";
import { cpuSecondsBetween, readCpuTime } from "../lib/cpu-time.mjs";
import { startClient } from "../lib/load.mjs";
import { CHECKED } from "../lib/whole-reply.mjs";

const STREAMS = 50;
/** Milliseconds from one event to the next: 2,500 events a second in all, which leaves every server idle in between. */
const GAP = 20;

/** Fails where an event is held back, lost, or coded in another way than was asked for. */
async function readEvents(server, coding, events) {
  const client = startClient("events.mjs", [server.port, server.control, coding, STREAMS, events, GAP]);
  try {
    await client.next();
    const before = readCpuTime(server.pid);
    client.say();
    const { seconds, events: units, wire } = await client.next();
    const cpuSeconds = cpuSecondsBetween(before, readCpuTime(server.pid));
    return { units, seconds, cpuSeconds, wire: wire / units };
  } finally {
    client.stop();
  }
}

function codingCase(coding, title, options) {
  return {
    name: coding,
    title,
    cost: "us of CPU per event",
    scale: 1e6,
    rounds: options.bigRounds,
    columns: [{ heading: "bytes per event", value: ({ wire }) => wire }],
    // The client looks at every event, here and in each round.
    check: () => CHECKED,
    warmUp: (server) => readEvents(server, coding, Math.ceil(options.events / 4)),
    load: (server) => readEvents(server, coding, options.events),
  };
}

export function sse(options) {
  const cases = [
    codingCase("gzip", "gzip", options),
    codingCase("br", "br", options),
    codingCase("identity", "not compressed", options),
  ];
  return {
    title: `sse: ${options.events} events to each of ${STREAMS} streams, one every ${GAP} ms`,
    async run({ peers, progress }) {
      const result = await measureCases({ workload: "sse", cases, peers, progress });
      if (peers.some(({ name }) => name === "better-sse"))
        result.notes.push("better-sse has no compression, and no call that would flush another's");
      return result;
    },
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
