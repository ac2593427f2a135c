import { open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Checksum } from "../../client/download/checksum.ts";
import { ChecksumCheck } from "../../client/download/checksum-check.ts";
import { SpeedMeter } from "../../client/download/speed-meter.ts";
import { statusErrorOf } from "../../client/retrying/status-error.ts";
import type { ClientResponse } from "../../client/response.ts";
import { printable } from "../columns.ts";
import { CommandError } from "../command-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { failureOf } from "../request/failure.ts";
import type { Job } from "./job.ts";
import { checkPlace, isThere } from "./place.ts";
import { tellExcerpt, tellSaved } from "./saved.ts";
import { send } from "./sending.ts";
import { nameOrRefusal } from "./to-download.ts";
import { TransferReport } from "./transfer-report.ts";

/**
 * Saves the answer to one request that can't be had in parts. Until it is whole it is `path.incomplete`: nothing that ended early
 * has the name of a file that didn't.
 */
export async function getToFile(job: Job, named: string | undefined): Promise<ExitCode> {
  const { plan, io } = job;
  const { url, options } = plan;
  // Before the request: it may do something that can't be done twice.
  if (named !== undefined) await checkFree(named, options.force);
  const began = io.clock();
  try {
    const response = await send(job);
    if (response.status >= 300) throw await statusErrorOf(response);
    const path = named ?? nameOrRefusal(url, response.headers.get("content-disposition"));
    if (named === undefined)
      await checkFree(path, options.force).catch((error: unknown) => giveUp(response, error));
    const { size, checksum } = await save(response, path, job);
    const digest = checksum === undefined ? undefined : { ...checksum, by: "checksum" as const };
    tellSaved(job, path, { path: resolve(path), size, digest }, io.clock() - began);
    return EXIT.ok;
  } catch (error) {
    tellExcerpt(job, error);
    throw failureOf(error);
  }
}

async function checkFree(path: string, force: boolean): Promise<void> {
  await checkPlace(path, { continue: true, force });
  if (!force) await checkPlace(`${path}.incomplete`, { continue: true, force });
}

async function giveUp(response: ClientResponse, error: unknown): Promise<never> {
  await response.body.discard();
  throw error;
}

/** What is known of a file that was saved. */
interface Kept {
  readonly size: number;
  /** That it was checked against. */
  readonly checksum: Checksum | undefined;
}

async function save(response: ClientResponse, path: string, job: Job): Promise<Kept> {
  const { options } = job.plan;
  const place = `${path}.incomplete`;
  const file = await open(place, options.force ? "w" : "wx");
  const check = options.checksum === undefined ? undefined : new ChecksumCheck(options.checksum);
  const meter = new SpeedMeter(performance.now());
  const total = sizeOf(response);
  const report = new TransferReport(job, path);
  let received = 0;
  const tellProgress = (): void => {
    const bytesPerSecond = meter.speed(performance.now());
    const secondsLeft =
      total === undefined || bytesPerSecond === 0 ? undefined : (total - received) / bytesPerSecond;
    report.update({ received, total, bytesPerSecond, secondsLeft, lanes: [] });
  };
  try {
    for await (const piece of response.body) {
      await file.writeFile(piece);
      check?.update(piece);
      received += piece.length;
      meter.count(piece.length, performance.now());
      tellProgress();
    }
    const checksum = check?.verify();
    await file.close();
    // Somebody may have made it meanwhile.
    if (!options.force && (await isThere(path)))
      throw new CommandError(`${printable(path)} is there already`, {
        exitCode: EXIT.file,
        hint: `what arrived is ${printable(place)}`,
      });
    await rename(place, path);
    return { size: received, checksum };
  } catch (error) {
    await file.close();
    if (received === 0) await rm(place, { force: true });
    throw failureOf(error, received === 0 ? undefined : `what arrived is ${printable(place)}`);
  } finally {
    report.close();
  }
}

/** Octets of the body as it is saved; undefined where its content coding hides them. */
function sizeOf({ headers }: ClientResponse): number | undefined {
  const length = headers.get("content-length");
  return length === undefined || headers.has("content-encoding") ? undefined : Number(length);
}
