import { download } from "../../client/download/download.ts";
import type { DownloadProgress, SegmentProgress } from "../../client/download/progress.ts";
import { isTransient } from "../../client/retrying/transient.ts";
import { EndedError, ProtocolError, SluiceError, TruncatedError } from "../../errors.ts";
import { bytesOf, grouped } from "../../inspect/wording.ts";
import { printable } from "../columns.ts";
import { CommandError } from "../command-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { ProgressLane, ProgressState } from "../progress-view.ts";
import { failureOf, RequestError, isRedirect, isStopped } from "../request/failure.ts";
import { fileNameOf } from "./file-name.ts";
import type { Job } from "./job.ts";
import { checkPlace, isThere } from "./place.ts";
import { resumeCommand } from "./resume-command.ts";
import { tellExcerpt, tellSaved } from "./saved.ts";
import { TransferReport } from "./transfer-report.ts";
import { isWholeAlready } from "./whole-already.ts";

/** How long a server may take to tell a name, in milliseconds: without one the URL has it. */
const NAME_WAIT = 10_000;

/** Fetches a file with the download engine. What is cut can be taken up by a later call. */
export async function getDownload(job: Job, named: string | undefined): Promise<ExitCode> {
  const { plan, io, client, stop } = job;
  const { url, headers, options } = plan;
  const { connections, retry, timeout, checksum } = options;
  const path = named ?? (await proposedPath(job));
  try {
    if (await isWholeAlready(job, path)) return EXIT.ok;
  } catch (error) {
    throw failureOf(error);
  }
  await checkPlace(path, options);
  const began = io.clock();
  const report = new TransferReport(job, path);
  try {
    const result = await download(url, path, {
      client,
      headers,
      connections,
      checksum,
      signal: stop,
      resume: options.continue,
      attempts: retry,
      timeouts: timeout === undefined ? undefined : { head: timeout, body: timeout },
      redirect: options["no-redirect"] ? "error" : "follow",
      onProgress: (progress) => {
        if (progress.note !== undefined) report.note(progress.note);
        report.update(stateOf(progress));
      },
    });
    report.close();
    tellSaved(job, path, result, io.clock() - began);
    return EXIT.ok;
  } catch (error) {
    report.close();
    tellExcerpt(job, error);
    throw await downloadFailure(error, job, path, report);
  }
}

/** The name that the server or the URL gives: nothing is written for it yet. @throws CommandError where there is none */
async function proposedPath({ client, plan, stop }: Job): Promise<string> {
  const { url, headers, options } = plan;
  const { timeout = NAME_WAIT } = options;
  let disposition: string | undefined;
  try {
    const response = await client.request(url, {
      method: "HEAD",
      headers,
      signal: stop,
      redirect: options["no-redirect"] ? "manual" : "follow",
      timeouts: { head: Math.min(timeout === 0 ? NAME_WAIT : timeout, NAME_WAIT) },
    });
    if (response.ok) disposition = response.headers.get("content-disposition");
  } catch (error) {
    if (!dislikesHead(error)) throw failureOf(error);
  }
  return nameOrRefusal(url, disposition);
}

/** Some servers know nothing but GET. */
function dislikesHead(error: unknown): boolean {
  if (error instanceof ProtocolError) return true;
  const { code } = error as SluiceError;
  return (
    error instanceof EndedError &&
    (code === "ERR_SLUICE_CONNECTION_LOST" || code === "ERR_SLUICE_RESPONSE_TIMEOUT")
  );
}

/** @throws CommandError usage */
export function nameOrRefusal(url: URL, disposition: string | undefined): string {
  const name = fileNameOf(url, disposition);
  if (name === undefined)
    throw new CommandError("neither the URL nor the server gives a name", { hint: "-o <file> does" });
  return name;
}

function stateOf(progress: DownloadProgress): Omit<ProgressState, "note"> {
  const { received, total, bytesPerSecond, secondsLeft, segments } = progress;
  return { received, total, bytesPerSecond, secondsLeft, lanes: segments.map(laneOf) };
}

function laneOf({ start, end, position, state }: SegmentProgress): ProgressLane {
  return { start, end, position, state: state === "waiting" ? "connecting" : state };
}

async function downloadFailure(
  error: unknown,
  { plan, stop }: Job,
  path: string,
  { received, total }: TransferReport,
): Promise<unknown> {
  const { options } = plan;
  if (options["no-redirect"] && isRedirect(error))
    return new RequestError("the server points elsewhere, so nothing was saved", {
      exitCode: EXIT.status,
      code: error.code,
      hint: "without --no-redirect it is followed",
      cause: error,
    });
  if (!(error instanceof SluiceError)) return error;
  if (error.code === "ERR_SLUICE_DIGEST_MISMATCH")
    return failureOf(error, `what arrived is ${printable(path)}.corrupt`);
  const stopped = isStopped(error);
  if (!stopped && !isTransient(error) && error.code !== "ERR_SLUICE_DISK_FULL") return failureOf(error);
  const resumable = await isThere(`${path}.part.journal`);
  const amount = total === undefined ? bytesOf(received) : `${grouped(received)} of ${bytesOf(total)}`;
  const hint = resumable
    ? `${amount} ${amount === "1 byte" ? "is" : "are"} in ${printable(path)}.part, go on with: ${resumeCommand(plan, path)}`
    : received > 0
      ? "nothing was kept: the server sends no strong ETag, and no Last-Modified that is old enough, by which a part could be gone on with"
      : undefined;
  if (!stopped)
    // Its offset counts in one of several responses.
    return failureOf(error instanceof TruncatedError ? error.withoutOffset() : error, hint);
  return new RequestError(`stopped by ${String(stop.reason)}`, {
    exitCode: EXIT.interrupted,
    code: error.code,
    hint,
    cause: error,
  });
}
