import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { ChecksumCheck } from "../../client/download/checksum-check.ts";
import { printable } from "../columns.ts";
import type { Job } from "./job.ts";
import { isThere } from "./place.ts";

/**
 * Whether there is nothing to go on with, because the file is there: by its checksum, where one is given, or by the size that the server
 * says. Says so, then.
 * @throws CorruptError `ERR_SLUICE_DIGEST_MISMATCH` where it has another checksum
 */
export async function isWholeAlready(job: Job, path: string): Promise<boolean> {
  const { options } = job.plan;
  if (!options.continue || options.force || (await isThere(`${path}.part`))) return false;
  const file = await stat(path).catch(() => undefined);
  if (file?.isFile() !== true) return false;
  const { checksum } = options;
  if (checksum !== undefined) {
    const check = new ChecksumCheck(checksum);
    for await (const piece of createReadStream(path)) check.update(piece as Uint8Array);
    check.verify();
  } else if ((await sizeOf(job)) !== file.size) {
    return false;
  }
  const how = checksum === undefined ? "as large as the server says" : "its checksum is right";
  job.output.line(`${printable(path)} is there already, ${how}`);
  return true;
}

async function sizeOf({ client, plan: { url, headers, options }, stop }: Job): Promise<number | undefined> {
  const response = await client.request(url, {
    method: "HEAD",
    headers,
    signal: stop,
    decode: false,
    redirect: options["no-redirect"] ? "manual" : "follow",
  });
  const length = response.headers.get("content-length");
  return response.status === 200 && length !== undefined ? Number(length) : undefined;
}
