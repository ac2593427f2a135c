import { UsageError } from "../errors.ts";
import { kindOf } from "../options.ts";
import { CONNECTION_FIELDS } from "../semantics/connection-fields.ts";
import { type BodyPiece, isThenable } from "./piece.ts";
import type { Reply } from "./reply.ts";
import type { RequestView, Resource } from "./resource.ts";

const CODED: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

/**
 * A web Response as a reply, one that fetch has returned among them.
 * @throws UsageError `ERR_SLUICE_BODY_USED` where its body has been read, `ERR_SLUICE_REPLY` for `Response.error()`
 */
function fromResponse(response: Response): Reply {
  if (response.bodyUsed) throw new UsageError("ERR_SLUICE_BODY_USED", { found: "Response" });
  const { status, headers, url } = response;
  if (status === 0)
    throw new UsageError("ERR_SLUICE_REPLY", {
      found: `Response of type ${response.type}, without a status`,
    });
  const body = response.body as ReadableStream<BodyPiece> | null;
  // Response.url is set by fetch alone, and fetch has undone the coding that these two describe.
  const decoded = url !== "" && headers.has("content-encoding");
  const isOurs = (name: string): boolean => !CONNECTION_FIELDS.has(name) && !(decoded && CODED.has(name));
  return { status, headers: [...headers].filter(([name]) => isOurs(name)), body };
}

/** What a handler returned, as a reply or a resource. @throws UsageError `ERR_SLUICE_REPLY` */
export function asAnswer(value: unknown): Reply | Resource {
  if (typeof value === "object" && value !== null) {
    if (isResource(value)) return value;
    if (isReply(value)) return isResponse(value) ? fromResponse(value) : value;
  }
  throw new UsageError("ERR_SLUICE_REPLY", { found: missing(value), wanted: instead(value) });
}

/** What a reply has. */
const PROPERTIES = ["status", "headers", "body"];

function missing(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const lacking = typeof value === "object" ? PROPERTIES.filter((name) => !(name in value)) : PROPERTIES;
  return `${kindOf(value)}, without ${lacking.join(", ").replace(/, (?=\w+$)/, " and ")}`;
}

/** What to return in a value's place. */
function instead(value: unknown): string {
  if (value === null || value === undefined) return "a reply: return text(…)";
  if (typeof value === "string") return "text(…) or html`…`";
  if (typeof value === "function") return "its result, or createServer(app) of sluice/node-http";
  if (typeof value === "object") {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return "content(type, data)";
    if (Array.isArray(value)) return "json(…), or stream(type, source)";
    if (Symbol.iterator in value || Symbol.asyncIterator in value || "getReader" in value)
      return "stream(type, source)";
  }
  return "a reply, such as text(…), json(…), stream(…)";
}

/** What a resource gives for a request. @throws UsageError `ERR_SLUICE_REPLY` where that is no reply */
export function replyOf(resource: Resource, request: RequestView): Reply | Promise<Reply> {
  const given: unknown = resource.respond(request);
  return isThenable(given) ? Promise.resolve(given).then(asReply) : asReply(given);
}

function asReply(value: unknown): Reply {
  const answer = asAnswer(value);
  if (isResource(answer))
    throw new UsageError("ERR_SLUICE_REPLY", { found: "a resource, given by a resource" });
  return answer;
}

/** Whether it has to be asked for its reply. */
export function isResource(value: object): value is Resource {
  return "respond" in value && typeof value.respond === "function";
}

/** By what it has, since asking for the global class loads all of fetch. */
function isResponse(value: Reply | Response): value is Response {
  return "bodyUsed" in value;
}

function isReply(value: object): value is Reply | Response {
  return "status" in value && "headers" in value && "body" in value;
}
