import { checkServer } from "./correctness.mjs";
import { cpuSecondsBetween, readCpuTime } from "./cpu-time.mjs";
import { startPeer } from "./peer-process.mjs";

async function startChecked(peer, { workload, check, args }, notes) {
  let subject;
  try {
    subject = { ...(await startPeer(peer, { args })), peer };
    const wire = check === undefined ? await checkServer(subject, workload) : await check(subject);
    notes.push(...wire.notes);
    return { subject, wire };
  } catch (error) {
    notes.push(`left out: ${peer.name} (${error.message})`);
    await subject?.stop();
    return undefined;
  }
}

/**
 * Measures the peers in turn, A B C … A B C …, so that whatever else the machine does falls on all of them.
 * `load(subject)` puts work on the process that is measured, a server or a client, and tells `units` and `seconds`; a
 * sample is CPU seconds per unit. A load that has a beginning that doesn't count, or whose work is done by a further
 * process, tells `cpuSeconds` itself. What else it tells is kept in the sample.
 */
export async function measureInRounds({
  workload,
  peers,
  rounds,
  scale,
  warmUp,
  load,
  progress,
  check,
  args,
}) {
  const notes = [];
  const entries = [];
  for (const peer of peers) {
    const started = await startChecked(peer, { workload, check, args }, notes);
    if (started !== undefined) entries.push({ name: peer.name, ...started, samples: [] });
  }
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const entry of entries) {
        progress(`${workload}: ${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}, ${entry.name}`);
        await measureOnce(entry, round, { load: round === 0 ? warmUp : load, scale, notes });
      }
    }
  } finally {
    await Promise.all(entries.map(({ subject }) => subject.stop()));
  }
  const results = entries.map(({ name, wire, samples }) => ({ name, wire, samples }));
  return { workload, notes, peers: results.filter(({ samples }) => samples.length > 0) };
}

async function measureOnce({ name, subject, samples }, round, { load, scale, notes }) {
  try {
    const before = readCpuTime(subject.pid);
    const { units, seconds, ...more } = await load(subject);
    const cpuSeconds = more.cpuSeconds ?? cpuSecondsBetween(before, readCpuTime(subject.pid));
    if (round > 0)
      samples.push({
        round,
        value: (cpuSeconds / units) * scale,
        rate: units / seconds,
        units,
        seconds,
        ...more,
        cpuSeconds,
      });
  } catch (error) {
    notes.push(`${name}, round ${round}: ${error.message}`);
  }
}
