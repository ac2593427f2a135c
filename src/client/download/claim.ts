import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync, utimes } from "node:fs";
import { mkdir, readdir, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "../../errors.ts";
import { pathRefusal } from "./disk-errors.ts";

/** How often a claim says that it is alive, and after which silence it is not, in milliseconds. */
const HEARTBEAT = 10_000;
const SILENCE = 120_000;

/** Two that come at the same instant both step back, and come again. */
const ATTEMPTS = 4;
const STEP_BACK = 50;

/** The right to be the only one who writes something, among all processes that see the same folder. */
export interface Claim {
  /** Gives it back. Never rejects. */
  release(): Promise<void>;
}

/**
 * Claims what a folder stands for. The folder is made, and removed with its last claim.
 *
 * A claim is a file in it, named after its process. Whoever comes first writes its own claim and then looks for others, so of two at
 * least one sees the other; and nobody ever removes a claim but its own or that of a process that is gone: a process of this machine
 * that no longer runs, with the moment it was started at, since numbers of processes come again; one of another machine that has
 * been silent for two minutes.
 * @throws UsageError `ERR_SLUICE_DOWNLOAD_LOCKED`, and what {@link pathRefusal} says
 */
export async function claim(folder: string): Promise<Claim> {
  const name = `${SELF}-${randomBytes(6).toString("hex")}`;
  const path = join(folder, name);
  for (let attempt = 1; ; attempt++) {
    const holder = await tryToClaim(folder, name).catch((error: unknown) => {
      throw pathRefusal(error);
    });
    if (holder === undefined) return hold(folder, path);
    if (attempt >= ATTEMPTS) throw new UsageError("ERR_SLUICE_DOWNLOAD_LOCKED", { found: holder });
    await sleep(Math.random() * STEP_BACK);
  }
}

/** Writes a claim down, and takes it back where there is another one: who has that is returned. */
async function tryToClaim(folder: string, name: string): Promise<string | undefined> {
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const path = join(folder, name);
  try {
    await writeFile(path, "", { flag: "wx" });
    const holder = await holderBeside(folder, name);
    if (holder !== undefined) await leave(folder, path);
    return holder === undefined ? undefined : `process ${holder}`;
  } catch (error) {
    await leave(folder, path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    // The last one that left took the folder along, after it was made here.
    return "another process";
  }
}

function hold(folder: string, path: string): Claim {
  const heartbeat = setInterval(() => utimes(path, new Date(), new Date(), () => {}), HEARTBEAT).unref();
  return {
    async release() {
      clearInterval(heartbeat);
      await leave(folder, path);
    },
  };
}

async function leave(folder: string, path: string): Promise<void> {
  await unlink(path).catch(() => {});
  await rmdir(folder).catch(() => {});
}

/** The number of a living process beside this one; the claims of dead ones are cleared away. */
async function holderBeside(folder: string, own: string): Promise<string | undefined> {
  for (const name of await readdir(folder)) {
    const match = CLAIM.exec(name);
    if (name === own || match === null) continue;
    if (await isAlive(match, join(folder, name), join(folder, own))) return match[2];
    await unlink(join(folder, name)).catch(() => {});
  }
  return undefined;
}

const CLAIM = /^([0-9a-f]{16})-([0-9]+)-([0-9]*)-[0-9a-f]{12}$/;

async function isAlive(
  [, machine, pid, start]: RegExpExecArray,
  path: string,
  own: string,
): Promise<boolean> {
  if (machine === MACHINE) {
    if (!isRunning(Number(pid))) return false;
    if (start !== "") return startOf(pid) === start;
  }
  // Both times are those of the file system, so no two clocks are compared.
  const [theirs, mine] = await Promise.all(
    [stat(path), stat(own)].map((stats) => stats.catch(() => undefined)),
  );
  return theirs !== undefined && mine !== undefined && mine.mtimeMs - theirs.mtimeMs < SILENCE;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process was started, in the ticks of Linux; empty where nobody says, and for one that has ended and not been buried. */
function startOf(pid: number | string): string {
  try {
    const stats = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name of the program stands in parentheses, and may hold any character.
    const fields = stats.slice(stats.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? "" : fields[19];
  } catch {
    return "";
  }
}

/** The machine, or the container: where a number means one process. */
function machineName(): string {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {
    // Only Linux has them.
  }
  return createHash("sha256").update(`${hostname()} ${namespace}`).digest("hex").slice(0, 16);
}

/** How claims of this machine begin. */
export const MACHINE: string = machineName();
const SELF = `${MACHINE}-${process.pid}-${startOf("self")}`;
