import { UsageError } from "../errors.ts";
import type { BodyPiece } from "./piece.ts";
import type { Reply } from "./reply.ts";

/**
 * A web Response as a reply.
 * @throws UsageError `ERR_SLUICE_BODY_USED` where its body has been read
 */
function fromResponse(response: Response): Reply {
  if (response.bodyUsed) throw new UsageError("ERR_SLUICE_BODY_USED", { found: "Response" });
  return {
    status: response.status,
    headers: response.headers,
    body: response.body as ReadableStream<BodyPiece> | null,
  };
}

/** What a handler returned, as a reply. @throws UsageError `ERR_SLUICE_REPLY` */
export function asReply(value: unknown): Reply {
  if (!isReply(value))
    throw new UsageError("ERR_SLUICE_REPLY", { found: value === null ? "null" : typeof value });
  return isResponse(value) ? fromResponse(value) : value;
}

/** By what it has, since asking for the global class loads all of fetch. */
function isResponse(value: Reply | Response): value is Response {
  return "bodyUsed" in value;
}

function isReply(value: unknown): value is Reply | Response {
  return (
    typeof value === "object" && value !== null && "status" in value && "headers" in value && "body" in value
  );
}
