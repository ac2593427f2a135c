import { ratioByRound, summary } from "./statistics.mjs";
import { counted, digits, formatTable, ratio, spread } from "./table.mjs";

const BASES = ["node-http", "bun", "raw-net"];

const onTheWire = ({ chunks, wireBytes }) =>
  `${chunks === 0 ? "" : `${counted(chunks, "chunk")}, `}${wireBytes.toLocaleString("en-US")} B`;

/** Cost per unit with its spread, the ratios within a round, and the rate. */
export function formatCosts(result, { cost, rate, showWire = false }, markdown) {
  const samplesOf = (name) => result.peers.find((peer) => peer.name === name)?.samples;
  const bases = BASES.filter((name) => samplesOf(name) !== undefined);
  const columns = [
    "server",
    cost,
    ...bases.map((name) => `÷ ${name}`),
    rate,
    ...(showWire ? ["on the wire"] : []),
  ];
  const rows = result.peers.map(({ name, wire, samples }) => [
    name,
    spread(summary(samples.map(({ value }) => value))),
    ...bases.map((base) => ratio(ratioByRound(samples, samplesOf(base)))),
    digits(summary(samples.map((sample) => sample.rate)).median),
    ...(showWire ? [onTheWire(wire)] : []),
  ]);
  return formatTable(columns, rows, markdown);
}

export function formatNotes(notes, markdown) {
  return notes.map((note) => `${markdown ? "- " : "  * "}${note}`).join("\n");
}
