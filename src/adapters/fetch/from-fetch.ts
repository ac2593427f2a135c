import { ProtocolError } from "../../errors.ts";
import type { Answer, Handler } from "../../exchange/handler.ts";
import { contextOf, type Request as OurRequest } from "../../exchange/request.ts";
import { checkNames, wrongOption } from "../../options.ts";
import { discardSource } from "../../reply/body.ts";
import { isThenable } from "../../reply/piece.ts";
import type { Reply } from "../../reply/reply.ts";
import { CONNECTION_FIELDS } from "../../semantics/connection-fields.ts";
import { replaceGlobals } from "./globals.ts";
import { dropReply, takeNoted } from "./head-replies.ts";
import { LightRequest } from "./light-request.ts";
import { takeReply } from "./light-response.ts";

/** What a fetch-style application gets as its second argument: the bindings of Hono, the `env` of a worker. */
export interface FetchEnv {
  /** The request as the server has it: its peer, trailers, `informational(103, …)`. */
  readonly request: OurRequest;
}

/** What {@link fromFetch} takes. */
export interface FromFetchOptions {
  /**
   * Whether `Request` and `Response` of this process are replaced by light ones, as `@hono/node-server` does. A response of the host's own
   * costs more than all the rest of a small answer. They pass for the host's everywhere but in its own `fetch`, which refuses them.
   * Default false.
   */
  readonly replaceGlobals?: boolean | undefined;
}

const NAMES: ReadonlySet<string> = new Set(["replaceGlobals"]);

/** The pieces of a body that is not sent: how many octets it would have nobody knows. */
const UNKNOWN: readonly string[] = [];

/**
 * Runs a fetch-style application, such as those of Hono, h3, itty-router and React Router: `serve({ port }, fromFetch(app.fetch))`.
 *
 * `Request` and its parts are made when they are asked for. A response's stream is read piece by piece as the reader takes them; where
 * it fails, the answer is cut; where the reader leaves, it is cancelled and `request.signal` aborts. What `fetch` throws is a 500. Where
 * a request can't be read because of the client, the status that says so (413, 400, 408) takes the place of a 5xx of the application.
 * @param fetch called without a `this`; bind it if it needs one
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function fromFetch(
  fetch: (request: Request, env: FetchEnv) => Response | Promise<Response>,
  options: FromFetchOptions = {},
): Handler {
  if (typeof fetch !== "function") throw wrongOption("fetch", fetch, "a function: fromFetch(app.fetch)");
  checkNames("", options, NAMES);
  const { replaceGlobals: replacing = false } = options;
  if (typeof replacing !== "boolean") throw wrongOption("replaceGlobals", replacing, "true or false");
  if (replacing) replaceGlobals();
  return (request) => {
    const response = fetch(new LightRequest(request) as unknown as Request, { request });
    return isThenable(response) ? answered(response, request) : answerOf(response, request);
  };
}

async function answered(response: PromiseLike<Response>, request: OurRequest): Promise<Answer> {
  try {
    return answerOf(await response, request);
  } catch (error) {
    dropReply(request);
    throw error;
  }
}

function answerOf(response: Response, request: OurRequest): Answer {
  // What else was returned is refused where every answer is.
  if (typeof response !== "object" || response === null) return response;
  if (response.status >= 500) refuseForPeer(response, request);
  const answer = takeReply(response) ?? response;
  return request.method === "HEAD" ? answerToHead(answer, request) : answer;
}

/** An application may answer HEAD like GET, as Hono does, and leave the body out: it is the one of GET that the head is about. */
function answerToHead(answer: Reply | Response, request: OurRequest): Answer {
  const noted = takeNoted(request);
  if (answer.body !== null) {
    if (noted !== undefined && noted.body !== answer.body) discardSource(noted.body);
    return answer;
  }
  const { status } = answer;
  const headers = [...(answer.headers as Iterable<[string, string]>)].filter(
    ([name]) => !CONNECTION_FIELDS.has(name),
  );
  if (noted?.status === status) return { ...noted, headers };
  if (noted !== undefined) discardSource(noted.body);
  return { status, headers, body: UNKNOWN };
}

/**
 * Applications make a 5xx of whatever was thrown in them, as Hono does. Where the request has thrown it, it is the client's fault.
 * @throws ProtocolError what the request has thrown, where it has
 */
function refuseForPeer(response: Response, request: OurRequest): void {
  const { blamed } = contextOf(request);
  if (!(blamed instanceof ProtocolError)) return;
  response.body?.cancel().catch(() => {});
  throw blamed;
}
