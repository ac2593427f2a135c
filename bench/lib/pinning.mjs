import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const MEASURED_CPU = 0;
const LOAD_CPU = 1;

const possible =
  availableParallelism() > LOAD_CPU &&
  spawnSync("taskset", ["-c", `${MEASURED_CPU},${LOAD_CPU}`, "true"]).status === 0;

export const pinningNote = possible
  ? `what is measured on CPU ${MEASURED_CPU}, what it works with on CPU ${LOAD_CPU}`
  : "none (needs two CPUs and taskset of util-linux): expect noise";

const pin = (cpu, command) => (possible ? ["taskset", "-c", String(cpu), ...command] : command);

export const onMeasuredCpu = (command) => pin(MEASURED_CPU, command);
export const onLoadCpu = (command) => pin(LOAD_CPU, command);
