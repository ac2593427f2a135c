import type { DownloadResult } from "../../client/download/download.ts";
import { StatusError } from "../../errors.ts";
import { duration as formatDuration } from "../../inspect/wording.ts";
import { printable } from "../columns.ts";
import { formatBytes, formatRate } from "../quantities.ts";
import { type Job, tell } from "./job.ts";

/** What is told of a file that is whole. */
export type Saved = Pick<DownloadResult, "path" | "size" | "digest"> & Partial<DownloadResult>;

/**
 * Says that a file is there, and what is known of it.
 * @param name as people know it
 * @param milliseconds how long it took
 */
export function tellSaved(job: Job, name: string, saved: Saved, milliseconds: number): void {
  const { path, size, connections = 1, resumed = 0, restarted, digest, etag, coding } = saved;
  const rest = { connections, resumed, restarted, digest, etag, coding };
  job.output.row({ event: "complete", path, size, ...rest, milliseconds: Math.round(milliseconds) });
  const rate = formatRate(((size - resumed) * 1000) / Math.max(1, milliseconds));
  const facts = [`${formatBytes(size)} in ${formatDuration(milliseconds)}`, rate];
  if (connections > 1) facts.push(`${connections} connections`);
  if (resumed > 0) facts.push(`resumed at ${formatBytes(resumed)}`);
  if (digest !== undefined)
    facts.push(`${digest.algorithm} ${digest.by === "checksum" ? "as given" : "as the server says"}`);
  tell(job, `${job.output.style("good", "Saved")} ${printable(name)}: ${facts.join(", ")}`);
  if (coding !== undefined)
    tell(
      job,
      job.output.style(
        "warning",
        `It is coded with ${printable(coding)}: the server sends it in no other way`,
      ),
    );
}

/** Lines and characters of the body of a refusal that are shown. */
const LINES = 10;
const CHARACTERS = 160;
const PAGE = /^\s*(?:<!--|<!doctype html|<html)/i;

/** Shows the beginning of what a server says about a status. */
export function tellExcerpt(job: Job, error: unknown): void {
  // The beginning of a page says nothing.
  if (!(error instanceof StatusError) || error.excerpt === undefined || PAGE.test(error.excerpt)) return;
  const lines = error.excerpt.split(/\r?\n/).filter((line) => line.trim() !== "");
  for (const line of lines.slice(0, LINES))
    tell(job, job.output.style("faint", `  ${printable(line.slice(0, CHARACTERS))}`));
}
