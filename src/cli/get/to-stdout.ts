import { ChecksumCheck } from "../../client/download/checksum-check.ts";
import { AbortedError } from "../../errors.ts";
import { bytesOf } from "../../inspect/wording.ts";
import { drained } from "../drained.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { answered, failureOf, RequestError } from "../request/failure.ts";
import type { Job } from "./job.ts";
import { send } from "./sending.ts";

const LF = 0x0a;

/** Writes the body to stdout as it arrives, each piece at once, and not faster than it is read there. */
export async function getToStdout(job: Job, named: boolean): Promise<ExitCode> {
  const { plan, io, stop } = job;
  const { options } = plan;
  const { stdout } = io;
  const wary = !named && stdout.isTTY === true;
  const check = options.checksum === undefined ? undefined : new ChecksumCheck(options.checksum);
  let written = 0;
  let lineBegun = false;
  try {
    const response = await send(job);
    for await (const piece of response.body) {
      if (wary && isBinary(piece)) throw binaryRefusal();
      check?.update(piece);
      written += piece.length;
      lineBegun = piece.at(-1) !== LF;
      // A reader that has left stops the command, too.
      if (!stdout.write(piece)) await drained(stdout, stop);
      if (stop.aborted) throw new AbortedError("ERR_SLUICE_ABORTED", { cause: stop.reason });
    }
    const { status, reason } = response;
    if (status >= 400)
      throw new RequestError(answered(status, reason), { exitCode: EXIT.status, code: "ERR_SLUICE_STATUS" });
    check?.verify();
  } catch (error) {
    throw failureOf(error, written === 0 ? undefined : `${bytesOf(written)} went to stdout before`);
  } finally {
    // What people are told next doesn't stand behind it. Whoever has named stdout gets the body alone.
    if (wary && lineBegun) stdout.write("\n");
  }
  return EXIT.ok;
}

/** No text has an octet of zeros, but for UTF-16 and UTF-32, which no terminal shows either. */
const isBinary = (piece: Uint8Array): boolean => piece.includes(0);

function binaryRefusal(): RequestError {
  return new RequestError("the body is binary, and stdout a terminal", {
    exitCode: EXIT.usage,
    hint: "-o <file> or -O saves it, -o - shows it all the same",
  });
}
