import { UsageError } from "../errors.ts";
import type { ReplyHead } from "../reply/sink.ts";
import { isWithoutContent, responseLength } from "../semantics/content-length.ts";
import { sortedFields } from "../semantics/framing-fields.ts";
import { checkTrailer } from "../semantics/trailers.ts";

/** A head for whatever frames bodies itself. */
export interface FramedHead {
  readonly status: number;
  /** In order, each checked, without Content-Length and the fields of a connection; names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** What Content-Length is to say; undefined where it is not to be sent. */
  readonly length: number | undefined;
  /** Whether a body follows. */
  readonly wantsBody: boolean;
  /** Names of trailers to announce. */
  readonly trailers: readonly string[];
}

/**
 * The head of a reply where something else does the framing: HTTP/2, another server, fetch. The rules are those of the connection of
 * HTTP/1: what is refused there is refused here, with the same code, and a handler can't tell the difference.
 * @throws UsageError `ERR_SLUICE_INVALID_START_LINE`, `ERR_SLUICE_INVALID_FIELD`, `ERR_SLUICE_FRAMING_FIELD`,
 * `ERR_SLUICE_REPEATED_FIELD`, `ERR_SLUICE_FORBIDDEN_TRAILER`, `ERR_SLUICE_OPTION`, `ERR_SLUICE_LENGTH_MISMATCH`,
 * `ERR_SLUICE_BODY_NOT_ALLOWED`
 */
export function framedHead({ status, headers, size, trailers }: ReplyHead, method: string): FramedHead {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new UsageError("ERR_SLUICE_INVALID_START_LINE", { found: `final ${status}` });
  const { kept: fields, announced } = sortedFields(headers);
  for (const name of trailers) checkTrailer(name);
  const { length, wantsBody } = responseLength(method, status, size, announced);
  return { status, fields, length, wantsBody, trailers: isWithoutContent(method, status) ? [] : trailers };
}
