import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pathOf } from "../../support/programs.ts";
import { freePort, makeFolder, type Peer, type RunningPeer, startProgram, writeContent } from "./peer.ts";

const SOURCE = fileURLToPath(new URL("go/main.go", import.meta.url));

async function start(): Promise<RunningPeer> {
  const [folder, port] = [makeFolder(), await freePort()];
  mkdirSync(join(folder, "files"));
  writeContent(join(folder, "files"));
  const program = join(folder, "server");
  // It has nothing to download, and must not try to.
  const env = { ...process.env, GO111MODULE: "off", GOPROXY: "off" };
  execFileSync(pathOf("go"), ["build", "-o", program, SOURCE], {
    env,
    stdio: "pipe",
    timeout: BUILD_PATIENCE,
  });
  return startProgram(program, [String(port), join(folder, "files")], { port, folder });
}

/** Newer versions of Go compile their library at the first build. */
const BUILD_PATIENCE = 100_000;

export const go: Peer = {
  name: "Go net/http",
  programs: ["go"],
  features: ["range", "close", "trailers", "request trailers"],
  cut: "chunked",
  start,
};
