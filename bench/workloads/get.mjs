import { formatCases, targetsAgainst } from "../lib/cases.mjs";
import { CLIENT, expectSame, measureClients } from "../lib/clients.mjs";
import { KIB_OF_OCTETS } from "../servers/neutral/contents.mjs";
import { TEN_PIECES } from "../servers/pieces.mjs";

/** Of the CPU time of other clients in Node. */
const TARGETS = { undici: 0.7, fetch: 0.4 };
/** Many at once in any case: what is compiled late is compiled after a number of requests, and not of seconds. */
const WARM_UP_IN_FLIGHT = 50;

const BODIES = {
  "/kib": { title: "1 KiB with Content-Length", text: KIB_OF_OCTETS.toString("latin1") },
  "/ten": { title: "ten chunks of 100 bytes", text: TEN_PIECES.join("") },
};

function getCase(target, inFlight, { seconds, smallRounds, quick }) {
  const { title, text } = BODIES[target];
  const load = async (ask, milliseconds, all = inFlight) => {
    const order = { length: text.length, milliseconds, inFlight: all };
    const { seconds: taken, requests } = await ask("get", target, order);
    return { units: requests, seconds: taken };
  };
  return {
    ...CLIENT,
    name: `${target.slice(1)}-${inFlight}`,
    title: `${title}, ${inFlight === 1 ? "one request at a time" : `${inFlight} requests at once`}`,
    cost: "us of CPU per request",
    scale: 1e6,
    rounds: smallRounds,
    columns: [{ heading: "requests/s", value: ({ rate }) => rate }],
    against: Object.keys(TARGETS),
    async verify(ask) {
      const { text: found } = await ask("getOne", target);
      expectSame("the body", JSON.stringify(found), JSON.stringify(text));
    },
    warmUp: (ask) => load(ask, quick ? 1000 : 3000, WARM_UP_IN_FLIGHT),
    load: (ask) => load(ask, seconds * 1000),
    targets: targetsAgainst(TARGETS),
  };
}

export function get(options) {
  const cases = ["/kib", "/ten"].flatMap((target) => [1, 50].map((all) => getCase(target, all, options)));
  return {
    title: "get: small replies on connections that are kept",
    run: ({ peers, progress }) => measureClients({ workload: "get", cases, peers, progress }),
    format: (result, markdown) => formatCases(cases, result, markdown),
  };
}
