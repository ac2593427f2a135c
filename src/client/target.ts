import { UsageError } from "../errors.ts";

/** Where a request goes, as its URL says. */
export interface Target {
  /** The URL without its credentials and its fragment. */
  readonly href: string;
  readonly secure: boolean;
  /** The name or the address to connect to, an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
  /** What Host says: the port is left out where it is the scheme's own. */
  readonly authority: string;
  /** Scheme, host and port, which say whose credentials are whose. */
  readonly origin: string;
  /** Path and query, for the request line. */
  readonly path: string;
  /** `Basic …`, where the URL has a user or a password (RFC 7617). */
  readonly authorization: string | undefined;
}

const TARGETS = new Map<string, Target>();
/** URLs that were parsed before are kept, all of them up to here. */
const TARGETS_KEPT = 500;

/** Parses a URL, or finds it among those parsed before. @throws UsageError `ERR_SLUICE_URL` */
export function targetOf(url: string | URL): Target {
  const text = typeof url === "string" ? url : String(url);
  const known = TARGETS.get(text);
  if (known !== undefined) return known;
  const target = parse(text);
  if (TARGETS.size >= TARGETS_KEPT) TARGETS.clear();
  TARGETS.set(text, target);
  return target;
}

function parse(text: string): Target {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new UsageError("ERR_SLUICE_URL", { found: withoutCredentials(text) });
  const secure = url.protocol === "https:";
  return {
    href: `${url.origin}${url.pathname}${url.search}`,
    secure,
    host: url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    origin: url.origin,
    path: url.pathname + url.search,
    authorization: basicOf(url, text),
  };
}

/** The credentials of a URL as an Authorization (RFC 7617); undefined where it has none. */
function basicOf({ username, password }: URL, text: string): string | undefined {
  if (username === "" && password === "") return undefined;
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString("base64")}`;
  } catch (cause) {
    throw new UsageError("ERR_SLUICE_URL", { found: withoutCredentials(text), cause });
  }
}

/** Errors are logged, and passwords shouldn't be. */
export function withoutCredentials(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1");
}
