// A workload that has several cases, each of which is measured in rounds, has a table of its own, and targets.
import { measureInRounds } from "./rounds.mjs";
import { formatNotes } from "./report.mjs";
import { median, ratioByRound, summary } from "./statistics.mjs";
import { digits, formatTable, ratio, spread } from "./table.mjs";

/** Of the best peer's CPU time. */
const TARGET_OF_BEST = 0.6;

const valueOf = ({ value }) => value;
const medianOf = ({ samples }) => median(samples.map(valueOf));

/**
 * Measures one case after the other. A case has
 * - `name` and `title`; `cost`, the unit of its samples, and `scale`, the number of those in a second;
 * - `load`, `check`, `warmUp`, `rounds` and `args`, for `measureInRounds`;
 * - `subject`: what is measured, "server" if not given;
 * - `columns`: further ones, each with a `heading` and the `value` of a sample;
 * - `against`: names of servers that get a column with the ratio to them, beside the best peer;
 * - `ofBest`: the target for the ratio to the best peer, if not {@link TARGET_OF_BEST}; false for none;
 * - `targets`: further ones: gets what was measured and returns lines.
 */
export async function measureCases({ workload, cases, peers, progress }) {
  const results = [];
  for (const { name, load, check, warmUp = load, rounds, scale, args } of cases) {
    const { peers: measured, notes } = await measureInRounds({
      workload: `${workload} ${name}`,
      peers: peers.filter((peer) => peer.cases?.includes(name) ?? true),
      rounds,
      scale,
      load,
      warmUp,
      check,
      args,
      progress,
    });
    const roles = new Map(peers.map((peer) => [peer.name, peer.role]));
    results.push({
      case: name,
      notes,
      peers: measured.map((peer) => ({ ...peer, role: roles.get(peer.name) })),
    });
  }
  const names = new Set(results.flatMap((result) => result.peers.map(({ name }) => name)));
  return { workload, peers: [...names].map((name) => ({ name })), cases: results, notes: [] };
}

/** The peer that we compare with: the cheapest one of those whose replies are right. */
function bestOf(measured) {
  return measured
    .filter(({ role, wire }) => role === "peer" && wire.faulty !== true)
    .toSorted((a, b) => medianOf(a) - medianOf(b))
    .at(0);
}

/** A target with what was measured. */
export function targetLine(what, limit, measured) {
  if (measured === undefined)
    return `target: ${what} at most ${limit.toFixed(2)}; not measured in the same round`;
  const verdict = measured <= limit ? "met" : "missed";
  return `target: ${what} at most ${limit.toFixed(2)}; measured ${measured.toFixed(2)}: ${verdict}`;
}

/** The ratio of something in the samples of two peers, by round. */
export function ratioOf(one, other, read = valueOf) {
  const samples = ({ samples: all }) => all.map((sample) => ({ round: sample.round, value: read(sample) }));
  return ratioByRound(samples(one), samples(other));
}

/**
 * For a case's `targets`: a limit for each of some peers, by its name.
 * `what` is said of the ratio, `read` is what is compared in a sample.
 */
export const targetsAgainst =
  (limits, what = "CPU time", read = valueOf) =>
  ({ ours, named }) =>
    Object.entries(limits).flatMap(([name, limit]) => {
      const other = named(name);
      if (other === undefined) return [];
      return ours.map((peer) =>
        targetLine(`${what}, ${peer.name} ÷ ${name}`, limit, ratioOf(peer, other, read)),
      );
    });

function tableOf({ subject = "server", cost, columns = [], against = [] }, measured, markdown) {
  const names = new Set([bestOf(measured)?.name, ...against]);
  const bases = [...names]
    .map((name) => measured.find((peer) => peer.name === name))
    .filter((base) => base !== undefined);
  const headings = [subject, cost, ...bases.map(({ name }) => `÷ ${name}`)];
  const rows = measured.map((peer) => [
    peer.name,
    spread(summary(peer.samples.map(valueOf))),
    ...bases.map((base) => ratio(ratioOf(peer, base))),
    ...columns.map(({ value }) => digits(summary(peer.samples.map(value)).median)),
  ]);
  return formatTable([...headings, ...columns.map(({ heading }) => heading)], rows, markdown);
}

function remarksOf({ ofBest = TARGET_OF_BEST, targets }, { peers: measured, notes }) {
  const lines = [...notes];
  const best = bestOf(measured);
  const ours = measured.filter(({ role }) => role === "ours");
  if (best !== undefined && ofBest !== false)
    for (const peer of ours)
      lines.push(targetLine(`CPU time, ${peer.name} ÷ ${best.name}`, ofBest, ratioOf(peer, best)));
  const named = (name) => measured.find((peer) => peer.name === name);
  return [...lines, ...(targets?.({ ours, named }) ?? [])];
}

/** The tables of a workload, each with its remarks. */
export function formatCases(cases, result, markdown) {
  const texts = result.cases.map((found) => {
    const described = cases.find(({ name }) => name === found.case);
    const parts = [markdown ? `**${described.title}**` : `  ${described.title}`];
    if (found.peers.length > 0) parts.push(tableOf(described, found.peers, markdown));
    const remarks = remarksOf(described, found);
    if (remarks.length > 0) parts.push(formatNotes(remarks, markdown));
    return parts.join("\n\n");
  });
  return texts.join("\n\n");
}
