import { formatCases, measureCases } from "../lib/cases.mjs";
import { KEEP_ALIVE_CONNECTIONS, runWrk, wrkMissing } from "../lib/load.mjs";
import { CHECKED, wholeReply } from "../lib/whole-reply.mjs";
import { SLOTS } from "../servers/page/slots.mjs";

const PLACEHOLDER = "<p>Loading…</p>";

/** The shell has to be there with its placeholders, each slot once, and everything escaped. */
async function check(server) {
  const { status, body } = await wholeReply(server.port, "/");
  const text = body.toString();
  if (status !== 200) throw new Error(`status ${status}`);
  if (text.split(PLACEHOLDER).length !== SLOTS + 1)
    throw new Error("other placeholders than there are slots");
  if (text.includes("<0.0>")) throw new Error("text that is not escaped");
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const found = text.split(`Article &lt;${slot}.0&gt;`).length - 1;
    if (found !== 1) throw new Error(`slot ${slot} is there ${found} times`);
  }
  if (text.indexOf("Article &lt;7.0") > text.indexOf("Article &lt;1.0"))
    throw new Error("the slots are not sent as they come");
  return { ...CHECKED, wireBytes: body.length };
}

async function load(server, seconds) {
  const report = await runWrk(server.port, "/", seconds);
  return { units: report.requests, seconds: report.seconds, bytes: report.bytes, p99: report.p99 };
}

export function page(options) {
  const cases = [
    {
      name: "slots",
      title: `a shell and ${SLOTS} slots of about 1 KiB, one with each turn of the event loop, out of order`,
      cost: "us of CPU per page",
      scale: 1e6,
      rounds: options.smallRounds,
      columns: [
        { heading: "pages/s", value: ({ rate }) => rate },
        { heading: "bytes per page", value: ({ bytes, units }) => bytes / units },
      ],
      check,
      warmUp: (server) => load(server, options.quick ? 1 : 2),
      load: (server) => load(server, options.seconds),
    },
  ];
  return {
    title: `page: a progressive page (wrk, ${KEEP_ALIVE_CONNECTIONS} keep-alive connections)`,
    run({ peers, progress }) {
      if (!wrkMissing) return measureCases({ workload: "page", cases, peers, progress });
      const notes = ["left out: wrk is missing (Debian: apt-get install wrk)"];
      return { workload: "page", peers: [], cases: [], notes };
    },
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
