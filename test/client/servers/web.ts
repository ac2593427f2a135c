// Other runtimes, where the packages that bring them are installed.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, makeFolder, type Peer, type RunningPeer, startProgram, writeContent } from "./peer.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SERVER = fileURLToPath(new URL("web/server.mjs", import.meta.url));

async function start(program: string, args: readonly string[]): Promise<RunningPeer> {
  const [folder, port] = [makeFolder(), await freePort()];
  mkdirSync(join(folder, "files"));
  writeContent(join(folder, "files"));
  return startProgram(program, [...args, SERVER, String(port), join(folder, "files")], { port, folder });
}

function peerOf(name: string, command: string, args: readonly string[]): Peer[] {
  const program = ["node_modules", "bench/node_modules"]
    .map((modules) => join(ROOT, modules, ".bin", command))
    .find((path) => existsSync(path));
  if (program === undefined) return [];
  return [{ name, programs: [], features: [], cut: "chunked", start: () => start(program, args) }];
}

/** Bun and Deno, or those of them that are here. */
export const webPeers: readonly Peer[] = [
  ...peerOf("Bun", "bun", []),
  ...peerOf("Deno", "deno", ["run", "--allow-all", "--no-config"]),
];
