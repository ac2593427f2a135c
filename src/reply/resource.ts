import type { Fields } from "../semantics/fields.ts";
import type { Reply } from "./reply.ts";

/** What a reply can depend on: the part of a request that every version of HTTP has. */
export interface RequestView {
  readonly method: string;
  readonly headers: Fields;
}

/** What a handler returns where the reply depends on the request's conditions, ranges or codings: a file, an archive. */
export interface Resource {
  /** The reply to this request. Called once for each time that a handler returns the resource. */
  respond(request: RequestView): Reply | Promise<Reply>;
}
