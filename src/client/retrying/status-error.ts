import { StatusError } from "../../errors.ts";
import { essenceOf, isTextLike } from "../../semantics/media-type.ts";
import type { ClientResponse } from "../response.ts";
import { retryAfterOf } from "./retry-after.ts";

/** Characters of an excerpt, and octets that are read for it. */
const EXCERPT = 1_000;
const EXCERPT_OCTETS = 4 * EXCERPT;
/** How long an excerpt is waited for, in milliseconds: the status is what counts. */
const EXCERPT_WAIT = 1_000;

/** The error for a response whose status is of no use, with what its body says. The rest of the body is given up. */
export async function statusErrorOf(response: ClientResponse): Promise<StatusError> {
  const { status, reason, headers } = response;
  const excerpt = await excerptOf(response);
  return new StatusError(status, reason, { excerpt, retryAfter: retryAfterOf(headers.get("retry-after")) });
}

/** Where the body is no text, or ends before the first octet, there is none: never an error in place of the status. */
async function excerptOf({ headers, body }: ClientResponse): Promise<string | undefined> {
  if (!isTextLike(essenceOf(headers.get("content-type") ?? ""))) {
    await body.discard();
    return undefined;
  }
  const decoder = new TextDecoder();
  let late: NodeJS.Timeout | undefined;
  let text = "";
  let octets = 0;
  try {
    const pieces = body[Symbol.asyncIterator]();
    late = setTimeout(() => void pieces.return?.(), EXCERPT_WAIT);
    while (octets < EXCERPT_OCTETS && text.length < EXCERPT) {
      const { done, value } = await pieces.next();
      if (done === true) break;
      octets += value.length;
      text += decoder.decode(value.subarray(0, EXCERPT_OCTETS), { stream: true });
    }
    await pieces.return?.();
  } catch {
    // What has arrived of it is still the best there is.
  } finally {
    clearTimeout(late);
  }
  return text === "" ? undefined : text.slice(0, EXCERPT);
}
