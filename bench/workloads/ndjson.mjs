import { formatCases, measureCases } from "../lib/cases.mjs";
import { runDrain } from "../lib/load.mjs";
import { CHECKED, wholeReply } from "../lib/whole-reply.mjs";
import { rows } from "../servers/ndjson/rows.mjs";

const MILLION = 1e6;
const CHECKED_ROWS = 5000;

function expectedText(count) {
  let text = "";
  for (const row of rows(count)) text += `${JSON.stringify(row)}\n`;
  return Buffer.from(text);
}

function sourceCase(name, title, options) {
  const load = async (server, count) => {
    const { seconds, payload, chunks } = await runDrain(server.port, `/${name}?rows=${count}`);
    return { units: count / MILLION, seconds, payload, chunks };
  };
  return {
    name,
    title,
    cost: "s of CPU per million rows",
    scale: 1,
    rounds: options.bigRounds,
    columns: [
      { heading: "rows/s", value: ({ rate }) => rate * MILLION },
      { heading: "rows per chunk", value: ({ units, chunks }) => (units * MILLION) / chunks },
    ],
    against: ["gathered"],
    async check(server) {
      const { status, body } = await wholeReply(server.port, `/${name}?rows=${CHECKED_ROWS}`);
      if (status !== 200 || !body.equals(expectedText(CHECKED_ROWS)))
        throw new Error(`status ${status}, ${body.length} bytes, or other ones`);
      return CHECKED;
    },
    warmUp: (server) => load(server, Math.ceil(options.rows / 4)),
    load: (server) => load(server, options.rows),
  };
}

export function ndjson(options) {
  const cases = [
    sourceCase("sync", "from a generator", options),
    sourceCase("async", "from an async generator", options),
  ];
  return {
    title: `ndjson: ${options.rows.toLocaleString("en-US")} rows of about 80 bytes`,
    run: ({ peers, progress }) => measureCases({ workload: "ndjson", cases, peers, progress }),
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
