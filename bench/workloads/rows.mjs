import { formatCases } from "../lib/cases.mjs";
import { CLIENT, expectSame, measureClients } from "../lib/clients.mjs";
import { sumOfRows } from "../servers/neutral/contents.mjs";

const MILLION = 1e6;
const CHECK_ROWS = 10_000;

async function load(ask, count) {
  const { seconds, seen, sum } = await ask("rows", `/rows?count=${count}`);
  expectSame("rows", seen, count);
  expectSame("the sum of their numbers", sum, sumOfRows(count));
  return { units: count / MILLION, seconds };
}

export function rows(options) {
  const cases = [
    {
      ...CLIENT,
      name: "rows",
      title: `${options.rows.toLocaleString("en-US")} rows of about 80 bytes, in chunks of 64 KiB`,
      cost: "s of CPU per million rows",
      scale: 1,
      rounds: options.bigRounds,
      columns: [{ heading: "rows/s", value: ({ rate }) => rate * MILLION }],
      verify: (ask) => load(ask, CHECK_ROWS),
      warmUp: (ask) => load(ask, options.rows / 5),
      load: (ask) => load(ask, options.rows),
    },
  ];
  return {
    title: "rows: NDJSON, read and parsed row by row",
    run: ({ peers, progress }) => measureClients({ workload: "rows", cases, peers, progress }),
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
