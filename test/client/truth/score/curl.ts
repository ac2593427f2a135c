// What curl takes for whole. One process reads all the cuts of one response.

import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathOf } from "../../../support/programs.ts";
import { run } from "../../../support/run.ts";
import type { Finding, Work } from "./reader.ts";

const SOME = 400;

/** @param authority the certificate to trust */
export async function readByCurl({ url, jobs }: Work, authority: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const method of ["GET", "HEAD"]) {
    const numbered = [...jobs.entries()].filter(([, job]) => job.method === method);
    for (let at = 0; at < numbered.length; at += SOME) {
      const some = numbered.slice(at, at + SOME).map(([job, { target }]) => ({ job, url: url + target }));
      findings.push(...(await readSome(some, method, authority)));
    }
  }
  return findings;
}

async function readSome(
  jobs: readonly { readonly job: number; readonly url: string }[],
  method: string,
  authority: string,
): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-truth-"));
  try {
    const fileOf = (job: number): string => join(folder, String(job));
    const lines = jobs.flatMap(({ job, url }) => [`url = "${url}"`, `output = "${fileOf(job)}"`]);
    const how = [
      "-q",
      "-s",
      "--compressed",
      "--cacert",
      authority,
      "-w",
      "%{urlnum} %{exitcode}\n",
      "-K",
      "-",
    ];
    if (method === "HEAD") how.push("--head");
    const { stdout } = await run(pathOf("curl"), how, lines.join("\n"));
    return stdout
      .trim()
      .split("\n")
      .map((line) => {
        const [index, exit] = line.split(" ").map(Number);
        const { job } = jobs[index];
        if (exit !== 0) return { job, error: `exit ${exit}` };
        const body = method === "GET" && existsSync(fileOf(job)) ? readFileSync(fileOf(job)) : "";
        return { job, whole: createHash("sha256").update(body).digest("hex") };
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
