import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../bundle.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Starts workerd with the worker. @returns its port, and what ends it */
export async function startWorkerd() {
  const folder = mkdtempSync(join(tmpdir(), "sluice-workerd-"));
  const worker = readFileSync(join(here, "worker.mjs"), "utf8").replaceAll('"../suite/', '"./suite/');
  writeFileSync(join(folder, "worker.js"), await bundle(worker));
  copyFileSync(join(here, "config.capnp"), join(folder, "config.capnp"));
  const command = join(here, "../node_modules/workerd/bin/workerd");
  const child = spawn(command, ["serve", join(folder, "config.capnp"), "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const port = await new Promise((resolve, reject) => {
    let text = "";
    child.stdio[3].setEncoding("utf8").on("data", (piece) => {
      text += piece;
      const listening = /"event":"listen".*"port":(\d+)/.exec(text);
      if (listening !== null) resolve(Number(listening[1]));
    });
    child.once("error", reject);
    void ended.then((code) => reject(new Error(`workerd ended with ${code} before it listened`)));
  });
  return {
    port,
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
