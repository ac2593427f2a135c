import { BlockList, isIP } from "node:net";
import { type Target, targetOf } from "./target.ts";

/** A proxy to go through. */
export interface Proxy {
  /** Whether the connection to the proxy itself is over TLS. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** `Basic …`, where its URL has credentials. */
  readonly authorization: string | undefined;
}

/** Says which proxy leads to a target; undefined for none. */
export type Proxies = (target: Target) => Proxy | undefined;

/** One proxy for everything, or none. @throws UsageError `ERR_SLUICE_URL` */
export function proxiesBy(proxy: string | URL | false): Proxies {
  if (proxy === false) return () => undefined;
  const only = proxyOf(String(proxy));
  return () => only;
}

/**
 * What HTTP_PROXY, HTTPS_PROXY and NO_PROXY say, as curl reads them: a name in lower case wins; HTTP_PROXY in upper case doesn't
 * count in a CGI program, where it is a field of somebody's request (CVE-2016-5385).
 * @throws UsageError `ERR_SLUICE_URL` for what is no URL of a proxy
 */
export function environmentProxies(env: NodeJS.ProcessEnv): Proxies {
  const upper = env["REQUEST_METHOD"] === undefined ? env["HTTP_PROXY"] : undefined;
  const plain = given(env["http_proxy"]) ?? given(upper);
  const secure = given(env["https_proxy"]) ?? given(env["HTTPS_PROXY"]);
  if (plain === undefined && secure === undefined) return () => undefined;
  const proxies = {
    plain: plain === undefined ? undefined : proxyOf(plain),
    secure: secure === undefined ? undefined : proxyOf(secure),
  };
  const exceptions = exceptionsOf(given(env["no_proxy"]) ?? given(env["NO_PROXY"]) ?? "");
  return (target) => {
    if (exceptions.some((isExcepted) => isExcepted(target))) return undefined;
    return target.secure ? proxies.secure : proxies.plain;
  };
}

const given = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

function proxyOf(text: string): Proxy {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const { secure, host, port, authorization } = targetOf(url);
  return { secure, host, port, authorization };
}

const withoutLastDot = (name: string): string => name.replace(/\.$/, "");

/**
 * The entries of NO_PROXY: `*` for everything; a name for itself and all below it, with or without a dot in front or behind; an address;
 * each with a port or without; a block of addresses, `10.0.0.0/8`.
 */
function exceptionsOf(list: string): ((target: Target) => boolean)[] {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map((entry) => {
      if (entry === "*") return () => true;
      const parts = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry) ?? /^([^:]+)(?::(\d+))?$/.exec(entry);
      const block = blockOf(entry);
      if (block !== undefined) return ({ host }) => block.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
      const [name, port] = parts === null ? [entry, undefined] : [parts[1], parts[2]];
      const bare = withoutLastDot(name.replace(/^\*?\./, ""));
      return (target) => {
        const host = withoutLastDot(target.host);
        return (
          (port === undefined || Number(port) === target.port) && (host === bare || host.endsWith(`.${bare}`))
        );
      };
    });
}

/** A block of addresses as CIDR writes it; undefined for anything else. */
function blockOf(entry: string): BlockList | undefined {
  const [, address, prefix] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address ?? "");
  if (family === 0 || Number(prefix) > (family === 6 ? 128 : 32)) return undefined;
  const block = new BlockList();
  block.addSubnet(address, Number(prefix), family === 6 ? "ipv6" : "ipv4");
  return block;
}
