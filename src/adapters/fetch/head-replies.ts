import type { Request } from "../../exchange/request.ts";
import { discardSource } from "../../reply/body.ts";
import type { Reply } from "../../reply/reply.ts";

/** Replies to HEAD that went into an application, which may return another response, with their head and without their body. */
const replies = new WeakMap<Request, Reply>();

/** Notes what an application was given for a request. */
export function noteReply(request: Request, reply: Reply): void {
  if (request.method !== "HEAD") return;
  dropReply(request);
  replies.set(request, reply);
}

/** The reply that went into the application; what was noted is no longer. */
export function takeNoted(request: Request): Reply | undefined {
  const reply = replies.get(request);
  replies.delete(request);
  return reply;
}

/** What was noted, and nobody returns, is closed. */
export function dropReply(request: Request): void {
  const reply = takeNoted(request);
  if (reply !== undefined) discardSource(reply.body);
}
