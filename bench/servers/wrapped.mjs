// Starts a server that is no script of ours, waits until it listens, tells the bench its process, and ends it with itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { announce } from "./process.mjs";

const ATTEMPTS = 200;

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function answers(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** @param {(child: number) => number} [workOf] the process that does the work, where it isn't the one that is started; 0 while it is not there */
export async function announceWrapped(port, file, args, workOf = (child) => child) {
  const child = spawn(file, args, { stdio: ["ignore", "ignore", "inherit"] });
  process.on("exit", () => child.kill());
  child.on("exit", () => process.exit(1));
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (workOf(child.pid) !== 0 && (await answers(port))) break;
    await sleep(25);
  }
  announce(port, { pid: workOf(child.pid) });
}
