import type { Reply } from "../reply/reply.ts";
import type { Resource } from "../reply/resource.ts";
import type { Request } from "./request.ts";

/** What a handler returns. */
export type Answer = Reply | Resource | Response;

/** Answers a request. What it throws becomes a 500 without details, and goes to `onError`. */
export type Handler = (request: Request) => Answer | Promise<Answer>;

/** Is told what went wrong on the application's side: what a handler or a body has thrown. */
export type ErrorListener = (error: unknown, request: Request) => void;

/** What is told of errors where nobody says otherwise. */
export function printError(error: unknown, request: Request): void {
  console.error(`${request.method} ${request.target}:`, error);
}

/** @internal Returned by a handler that drives the exchange itself, as the sink that it is. */
export const TAKEN: unique symbol = Symbol("sluice.taken");
