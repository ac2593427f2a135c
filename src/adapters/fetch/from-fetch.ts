import type { Answer, Handler } from "../../exchange/handler.ts";
import type { Request as OurRequest } from "../../exchange/request.ts";
import { checkNames, optionError } from "../../options.ts";
import { isThenable } from "../../reply/piece.ts";
import { replaceGlobals } from "./globals.ts";
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
 * it fails, the answer is cut; where the reader leaves, it is cancelled and `request.signal` aborts. What `fetch` throws is a 500.
 * @param fetch called without a `this`; bind it if it needs one
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function fromFetch(
  fetch: (request: Request, env: FetchEnv) => Response | Promise<Response>,
  options: FromFetchOptions = {},
): Handler {
  if (typeof fetch !== "function") throw optionError("fromFetch(fetch, options): fetch is a function");
  checkNames("", options, NAMES);
  const { replaceGlobals: replacing = false } = options;
  if (typeof replacing !== "boolean") throw optionError("replaceGlobals is true or false");
  if (replacing) replaceGlobals();
  return (request) => {
    const response = fetch(new LightRequest(request) as unknown as Request, { request });
    return isThenable(response) ? answered(response, request.method) : answerOf(response, request.method);
  };
}

async function answered(response: PromiseLike<Response>, method: string): Promise<Answer> {
  return answerOf(await response, method);
}

function answerOf(response: Response, method: string): Answer {
  // What else was returned is refused where every answer is.
  if (typeof response !== "object" || response === null) return response;
  const answer = takeReply(response) ?? response;
  if (method !== "HEAD" || answer.body !== null) return answer;
  // It is the body of the answer to GET that was left out, and not one without octets.
  return { status: answer.status, headers: answer.headers as Iterable<[string, string]>, body: UNKNOWN };
}
