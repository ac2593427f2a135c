import { contextOf, type Request } from "../../exchange/request.ts";

/** What a URL has between scheme and path, as parsing and writing it again gives it; by what a request says. */
const origins = new Map<string, string>();
const ORIGINS_KEPT = 256;

// Origin form that a parser of URLs leaves as it is: no dot segments, nothing that it would percent-encode.
const PLAIN_TARGET = /^\/[\w\-~!$&()*+,;=:@/.%]*(?:\?[\w\-~!$&()*+,;=:@/.%?]*)?$/;
const DOT_SEGMENT = /\/(?:\.|%2e)/i;

/**
 * The URL of a request as a text: the same as `request.url.href`, and for most requests without parsing one.
 * @throws ProtocolError as `request.url` does
 */
export function urlOf(request: Request): string {
  const { target } = request;
  if (!PLAIN_TARGET.test(target) || DOT_SEGMENT.test(target)) return request.url.href;
  const { secure, authority = "localhost" } = contextOf(request);
  const key = secure ? `s${authority}` : `p${authority}`;
  let origin = origins.get(key);
  if (origin === undefined) {
    ({ origin } = request.url);
    // Hosts are a few, but whoever sends requests can make them many.
    if (origins.size === ORIGINS_KEPT) origins.clear();
    origins.set(key, origin);
  }
  return origin + target;
}
