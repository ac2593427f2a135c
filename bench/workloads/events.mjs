import { formatCases } from "../lib/cases.mjs";
import { CLIENT, expectSame, measureClients } from "../lib/clients.mjs";
import { sumOfEvents } from "../servers/neutral/contents.mjs";

const CHECK_EVENTS = 2000;

async function load(ask, count) {
  const { seconds, seen, sum } = await ask("events", `/events?count=${count}`, { count });
  expectSame("events", seen, count);
  expectSame("the length of all data", sum, sumOfEvents(count));
  return { units: count, seconds };
}

export function events({ readEvents, bigRounds }) {
  const cases = [
    {
      ...CLIENT,
      name: "events",
      title: `${readEvents.toLocaleString("en-US")} events of about 100 bytes, a chunk each`,
      cost: "us of CPU per event",
      scale: 1e6,
      rounds: bigRounds,
      columns: [{ heading: "events/s", value: ({ rate }) => rate }],
      verify: (ask) => load(ask, CHECK_EVENTS),
      load: (ask) => load(ask, readEvents),
    },
  ];
  return {
    title: "events: server-sent events, read and parsed",
    run: ({ peers, progress }) => measureClients({ workload: "events", cases, peers, progress }),
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
