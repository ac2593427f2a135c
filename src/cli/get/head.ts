import { printable } from "../columns.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { answered, failureOf, RequestError } from "../request/failure.ts";
import type { Job } from "./job.ts";
import { send } from "./sending.ts";

/** Shows the head of the response to HEAD on stdout, or a row of it. */
export async function getHead(job: Job): Promise<ExitCode> {
  const { io, output } = job;
  let response;
  try {
    response = await send(job);
  } catch (error) {
    throw failureOf(error);
  }
  const { status, reason, httpVersion, headers, url } = response;
  if (output.json) {
    output.row({ event: "head", url: url.href, status, reason, httpVersion, headers: [...headers] });
  } else {
    const statusLine = `HTTP/${httpVersion} ${status} ${reason}`.trimEnd();
    const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
    io.stdout.write([statusLine, ...lines, ""].map((line) => `${printable(line)}\n`).join(""));
  }
  if (status >= 400)
    throw new RequestError(answered(status, reason), { exitCode: EXIT.status, code: "ERR_SLUICE_STATUS" });
  return EXIT.ok;
}
