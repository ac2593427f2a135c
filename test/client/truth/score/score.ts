// Cuts every reference response at every octet, and prints which clients tell a cut body from a whole one.
//
//   npm run truth -- [--node PATH ...] [--client NAME ...]

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeCertificate } from "../../../support/certificate.ts";
import { type CuttingServer, startCuttingServer, targetOf } from "../cutting-server.ts";
import { REFERENCES, type Reference } from "../responses.ts";
import { type CutBy, everyCut, someCuts, verdictOn } from "../verdicts.ts";
import { type Client, clientsOf } from "./clients.ts";
import type { Finding } from "./reader.ts";

const COLUMNS = ["head", "identity", "gzip", "br", "zstd", "digest", "reset", "tls"] as const;
type Column = (typeof COLUMNS)[number];

interface Job {
  readonly column: Column;
  readonly reference: Reference;
  readonly method: string;
  readonly target: string;
  readonly secure: boolean;
  /** Whether the response is whole, so that an error would be a false alarm. */
  readonly whole: boolean;
}

function jobsOf(reference: Reference): Job[] {
  const { framing, coding, digest, method, octets } = reference;
  const jobs: Job[] = [];
  const add = (column: Column, by: CutBy, cuts: readonly number[]): void => {
    for (const count of cuts) {
      const { verdict } = verdictOn(reference, count, by);
      if (verdict === "cannot be told") continue;
      const target = targetOf(reference, count, by);
      const secure = by === "notify" || by === "tls-fin";
      const within = count < reference.body ? "head" : column;
      jobs.push({ column: within, reference, method, target, secure, whole: verdict === "whole" });
    }
  };
  const onlyByDigest = digest && framing === "close" && coding === "identity";
  add(onlyByDigest ? "digest" : coding, "fin", everyCut(reference));
  add("reset", "reset", someCuts(reference));
  if (framing === "close") {
    add("tls", "tls-fin", someCuts(reference, 5));
    add("tls", "notify", [octets.length]);
  }
  return jobs;
}

function options(): { nodes: string[]; wanted: string[] | undefined } {
  const { values } = parseArgs({
    options: { node: { type: "string", multiple: true }, client: { type: "string", multiple: true } },
  });
  return { nodes: [process.execPath, ...(values.node ?? [])], wanted: values.client };
}

interface Score {
  readonly right: Record<Column, number>;
  readonly all: Record<Column, number>;
  /** How many cuts were taken for whole, by column and by what was cut. */
  readonly lies: ReadonlyMap<Column, ReadonlyMap<string, number>>;
  readonly falseAlarms: string[];
  /** Codings that it does not undo. */
  readonly notUndone: ReadonlySet<string>;
}

const none = (): Record<Column, number> =>
  Object.fromEntries(COLUMNS.map((column) => [column, 0])) as Record<Column, number>;

function judge(jobs: readonly Job[], findings: readonly Finding[]): Score {
  const [right, all, falseAlarms] = [none(), none(), [] as string[]];
  const lies = new Map<Column, Map<string, number>>();
  const found = new Map(findings.map((finding) => [finding.job, finding]));
  const isRight = (job: Job, index: number): boolean => {
    const finding = found.get(index);
    return job.whole ? finding?.whole === sha256(job.reference.content) : finding?.error !== undefined;
  };
  // Whoever does not undo a coding is not judged by it.
  const notUndone = new Set(
    ["gzip", "br", "zstd"].filter((coding) =>
      jobs.every((job, index) => job.column !== coding || !job.whole || !isRight(job, index)),
    ),
  );
  for (const [index, job] of jobs.entries()) {
    const { column, reference } = job;
    if (notUndone.has(reference.coding)) continue;
    all[column]++;
    const finding = found.get(index);
    const waits = finding === undefined || finding.error === "waits for ever";
    if (isRight(job, index) && !waits) right[column]++;
    else if (job.whole)
      falseAlarms.push(
        `${column}, ${reference.name}: ${finding?.error ?? (finding === undefined ? "no answer" : "other content")}`,
      );
    else {
      const what = `${reference.name}${waits ? " (waits for ever)" : ""}`;
      const counts = lies.get(column) ?? new Map<string, number>();
      lies.set(column, counts.set(what, (counts.get(what) ?? 0) + 1));
    }
  }
  return { right, all, lies, falseAlarms, notUndone };
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function rowOf(name: string, { right, all, falseAlarms }: Score): string[] {
  const cells = COLUMNS.map((column) => {
    if (all[column] === 0) return "-";
    const percent = (100 * right[column]) / all[column];
    // What is not all is not 100.0 either.
    return right[column] === all[column] ? "100" : (Math.floor(percent * 10) / 10).toFixed(1);
  });
  return [name, ...cells, String(falseAlarms.length)];
}

function print(rows: readonly (readonly string[])[]): void {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
    );
    console.log(cells.join("  "));
  }
}

/** The answers to all jobs, those over TLS from a server of their own. */
async function readAll(
  client: Client,
  jobs: readonly Job[],
  plain: CuttingServer,
  secure: CuttingServer,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const overTls of [false, true]) {
    const numbers = [...jobs.keys()].filter((index) => jobs[index].secure === overTls);
    const url = overTls ? `https://localhost:${secure.port}` : `http://127.0.0.1:${plain.port}`;
    const some = await client.read({ url, jobs: numbers.map((index) => jobs[index]) });
    findings.push(...some.map((finding) => ({ ...finding, job: numbers[finding.job] })));
  }
  return findings;
}

async function main(): Promise<void> {
  const { nodes, wanted } = options();
  const jobs = REFERENCES.flatMap(jobsOf);
  const folder = mkdtempSync(join(tmpdir(), "sluice-truth-"));
  const certificate = makeCertificate();
  const authority = join(folder, "authority.pem");
  writeFileSync(authority, certificate.cert);
  const [plain, secure] = [await startCuttingServer(), await startCuttingServer(certificate)];
  const rows: string[][] = [["% told right", ...COLUMNS, "false alarms"]];
  const remarks: string[] = [];
  try {
    for (const client of await clientsOf(nodes, authority)) {
      if (wanted !== undefined && !wanted.some((name) => client.name.startsWith(name))) continue;
      const score = judge(jobs, await readAll(client, jobs, plain, secure));
      rows.push(rowOf(client.name, score));
      remarks.push(...remarksOn(client.name, score));
    }
  } finally {
    await Promise.all([plain.close(), secure.close()]);
    rmSync(folder, { recursive: true });
  }
  console.log(
    `${jobs.length} cuts of ${REFERENCES.length} responses; cuts that nobody could tell are left out.\n`,
  );
  print(rows);
  if (remarks.length > 0) console.log(`\n${remarks.join("\n")}`);
}

function remarksOn(name: string, { lies, falseAlarms, notUndone }: Score): string[] {
  const remarks: string[] = [];
  if (lies.size > 0) remarks.push(`${name} took for whole what was cut:`);
  for (const [column, counts] of lies) {
    const lines = [...counts].map(([what, count]) => `${count} x ${what}`);
    remarks.push(`  ${column}: ${lines.join("; ")}`);
  }
  if (falseAlarms.length > 0) remarks.push(`${name} did not take for whole what was:`);
  for (const alarm of falseAlarms) remarks.push(`  ${alarm}`);
  if (notUndone.size > 0) remarks.push(`${name} does not undo ${[...notUndone].join(", ")}`);
  return remarks;
}

await main();
