import { ProtocolError } from "../errors.ts";
import type { Body } from "../reply/body.ts";
import { Fields } from "../semantics/fields.ts";
import { type Target, targetOf, withoutCredentials } from "./target.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What belongs to one origin alone. */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"];
/** What describes a body that isn't sent again. */
const OF_CONTENT = /^(?:content-.*|repr-digest|expect|trailer)$/i;

/**
 * Where a redirect points to; undefined for what is none (RFC 9110 section 15.4). What is not ASCII is UTF-8, as browsers read it.
 * @param location the value of Location, as latin-1
 */
export function locationOf(status: number, location: string | undefined): string | undefined {
  if (location === undefined || !REDIRECTS.has(status)) return undefined;
  return Buffer.from(location, "latin1").toString();
}

/** Whether a body can be sent twice: what is known whole can, and what a function makes; what is read can't. */
export function isReplayable(body: Body): boolean {
  if (body === null || typeof body === "string" || typeof body === "function") return true;
  return body instanceof Uint8Array || Array.isArray(body) || "arrayBuffer" in body;
}

/** A request that has been pointed on. */
export interface Redirected {
  readonly status: number;
  readonly location: string;
  readonly from: Target;
  readonly method: string;
  readonly headers: Fields | undefined;
  readonly body: Body;
}

/**
 * The request to follow a redirect with (RFC 9110 section 15.4): 303 makes it a GET, and 301 and 302 a POST, as all clients do; others
 * stay what they are. Credentials and Host stay behind where it leads to another origin; in the same one, those of the URL go along, unless
 * the redirect has its own.
 * @throws ProtocolError `ERR_SLUICE_REDIRECT`
 */
export function afterRedirect({ status, location, from, method, headers, body }: Redirected): {
  target: Target;
  method: string;
  headers: Fields | undefined;
  body: Body;
} {
  const refusal = (why: string): ProtocolError =>
    new ProtocolError("ERR_SLUICE_REDIRECT", {
      found: `${status} to ${withoutCredentials(location)}: ${why}`,
    });
  const url = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw refusal("no URL over http or https");
  const target = targetFrom(url, from, refusal);
  const fields = headers === undefined ? undefined : Fields.from(headers);
  if (url.origin !== from.origin) for (const name of [...CREDENTIALS, "host"]) fields?.delete(name);
  const becomesGet =
    (status === 303 && method !== "HEAD") || ((status === 301 || status === 302) && method === "POST");
  if (becomesGet) {
    const kept = [...(fields ?? [])].filter(([name]) => !OF_CONTENT.test(name));
    return { target, method: "GET", headers: Fields.from(kept), body: null };
  }
  if (!isReplayable(body)) throw refusal("a body that was read once would have to be sent again");
  return { target, method, headers: fields, body };
}

function targetFrom(url: URL, from: Target, refusal: (why: string) => ProtocolError): Target {
  if (url.username === "" && url.password === "" && url.origin === from.origin)
    return { ...targetOf(url), authorization: from.authorization };
  try {
    return targetOf(url);
  } catch {
    throw refusal("a user or a password that is not percent-encoded as it should be");
  }
}
