// Who takes part: our client, and others, each in a process of its own.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lacks, pathOf } from "../../../support/programs.ts";
import { run } from "../../../support/run.ts";
import { readByCurl } from "./curl.ts";
import type { Finding, Work } from "./reader.ts";

export interface Client {
  readonly name: string;
  read(work: Omit<Work, "module">): Promise<Finding[]>;
}

// This file runs from build/truth.
const HERE = fileURLToPath(new URL(".", import.meta.url));
const PEERS = join(HERE, "../../bench/node_modules");

/**
 * @param nodes the programs of Node to run with
 * @param authority the certificate to trust, in a file
 */
export async function clientsOf(nodes: readonly string[], authority: string): Promise<Client[]> {
  const clients: Client[] = [];
  const add = (name: string, program: string, args: readonly string[], module = ""): void => {
    clients.push({ name, read: (work) => readBy(program, args, { ...work, module }, authority) });
  };
  const peer = join(HERE, "read-peer.js");
  for (const node of nodes) {
    const version = `Node ${(await run(node, ["-p", "process.versions.node"])).stdout.trim()}`;
    add(`sluice, ${version}`, node, [join(HERE, "read-ours.js")]);
    add(`fetch, ${version}`, node, [peer, "fetch"]);
    add(`node:http, ${version}`, node, [peer, "node:http"]);
    add(`undici.request, ${version}`, node, [peer, "undici"], "undici");
    const got = join(PEERS, "got/dist/source/index.js");
    if (existsSync(got)) add(`got, ${version}`, node, [peer, "got"], pathToFileURL(got).href);
  }
  const bun = join(PEERS, ".bin/bun");
  if (existsSync(bun)) add(`fetch, Bun ${await versionOf(bun)}`, bun, [peer, "fetch"]);
  const deno = join(PEERS, ".bin/deno");
  if (existsSync(deno))
    add(`fetch, Deno ${await versionOf(deno)}`, deno, [
      "run",
      "-A",
      "--no-config",
      "--unsafely-ignore-certificate-errors",
      peer,
      "fetch",
    ]);
  if (!lacks("curl")) {
    const version = (await run(pathOf("curl"), ["--version"])).stdout.split(" ")[1];
    clients.push({ name: `curl ${version}`, read: (work) => readByCurl({ ...work, module: "" }, authority) });
  }
  return clients;
}

async function versionOf(program: string): Promise<string> {
  return /\d+\.\d+\.\d+/.exec((await run(program, ["--version"])).stdout)![0];
}

async function readBy(
  program: string,
  args: readonly string[],
  work: Work,
  authority: string,
): Promise<Finding[]> {
  const trust = { NODE_EXTRA_CA_CERTS: authority, DENO_CERT: authority, NODE_NO_WARNINGS: "1" };
  const child = spawn(program, args, {
    env: { ...process.env, ...trust },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(work));
  const lines = (await text(child.stdout)).trim().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Finding);
}
