import type { ClientResponse } from "../../client/response.ts";
import { Backoff } from "../../client/retrying/backoff.ts";
import { pause } from "../../client/retrying/pause.ts";
import { retryAfterOf } from "../../client/retrying/retry-after.ts";
import { isTransient, isTransientStatus } from "../../client/retrying/transient.ts";
import { isIdempotent } from "../../semantics/methods.ts";
import { printable } from "../columns.ts";
import { answered } from "../request/failure.ts";
import { type Job, tell } from "./job.ts";
import { isRepeatable, openBody } from "../request/body.ts";

/** The longest wait before the first repetition, in milliseconds. */
const FIRST_WAIT = 500;

/**
 * Sends the request of a plan, and sends it again as often as `--retry` says where that may help and does no harm: the response has not
 * begun, or is of a status that may be another one a little later.
 */
export async function send(job: Job): Promise<ClientResponse> {
  const { url, method, headers, body, options } = job.plan;
  const { retry = 0, timeout } = options;
  const repeats = isIdempotent(method) && isRepeatable(body) ? retry : 0;
  const backoff = new Backoff({ attempts: repeats, initial: FIRST_WAIT });
  for (;;) {
    let why: string;
    let wait: number | undefined;
    try {
      const response = await job.client.request(url, {
        method,
        headers,
        body: await openBody(body, job.io),
        signal: job.stop,
        redirect: options["no-redirect"] ? "manual" : "follow",
        decode: !options["no-decode"],
        ...(timeout === undefined ? {} : { timeouts: { head: timeout, body: timeout } }),
      });
      const { status, reason } = response;
      if (!isTransientStatus(status)) return response;
      wait = backoff.next(retryAfterOf(response.headers.get("retry-after"), job.io.now()));
      if (wait === undefined) return response;
      why = answered(status, reason);
      await response.body.discard();
    } catch (error) {
      wait = isTransient(error) ? backoff.next() : undefined;
      if (wait === undefined) throw error;
      why = (error as Error).message;
    }
    tell(job, `Trying again in ${(wait / 1000).toFixed(1)} s: ${printable(why)}`);
    await pause(wait, job.stop);
  }
}
