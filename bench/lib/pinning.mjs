import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

const SERVER_CPU = 0;
const LOAD_CPU = 1;

const possible =
  availableParallelism() > LOAD_CPU &&
  spawnSync("taskset", ["-c", `${SERVER_CPU},${LOAD_CPU}`, "true"]).status === 0;

export const pinningNote = possible
  ? `server on CPU ${SERVER_CPU}, load on CPU ${LOAD_CPU}`
  : "none (needs two CPUs and taskset of util-linux): expect noise";

const pin = (cpu, command) => (possible ? ["taskset", "-c", String(cpu), ...command] : command);

export const onServerCpu = (command) => pin(SERVER_CPU, command);
export const onLoadCpu = (command) => pin(LOAD_CPU, command);
