import { UsageError } from "../errors.ts";
import type { ReplyHead } from "../reply/sink.ts";
import { sortedFields } from "../semantics/framing-fields.ts";
import { checkTrailer } from "../semantics/trailers.ts";

/** A head for whatever frames bodies itself. */
export interface FramedHead {
  readonly status: number;
  /** In order, each checked, without Content-Length and the fields of a connection; names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** What Content-Length is to say; undefined where the size isn't known. */
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
 * `ERR_SLUICE_REPEATED_FIELD`, `ERR_SLUICE_FORBIDDEN_TRAILER`, `ERR_SLUICE_LENGTH_MISMATCH`, `ERR_SLUICE_BODY_NOT_ALLOWED`
 */
export function framedHead({ status, headers, size, trailers }: ReplyHead, method: string): FramedHead {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new UsageError("ERR_SLUICE_INVALID_START_LINE", { found: `final ${status}` });
  const { kept: fields, announced } = sortedFields(headers);
  for (const name of trailers) checkTrailer(name);
  // A length without a body is that of another answer: to GET, or without the condition. The caller knows it best.
  const bodiless = method === "HEAD" || status === 304;
  const own = bodiless && announced !== undefined ? undefined : size;
  if (own !== undefined && announced !== undefined && own !== announced)
    throw new UsageError("ERR_SLUICE_LENGTH_MISMATCH", { found: `${own} of ${announced}` });
  const known = own ?? announced;
  if (status === 204 || status === 205 || (method === "CONNECT" && status < 300)) {
    if (known !== undefined && known > 0)
      throw new UsageError("ERR_SLUICE_BODY_NOT_ALLOWED", { found: `${status}` });
    return { status, fields, length: status === 205 ? 0 : undefined, wantsBody: false, trailers: [] };
  }
  const length = status === 304 ? announced : known;
  return { status, fields, length, wantsBody: !bodiless, trailers };
}
