import { ProtocolError } from "../errors.ts";

// uri-host [ ":" port ], RFC 3986 section 3.2.2 without userinfo; an http URI has a host (RFC 9110 section 4.2.1).
const HOST_PORT = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]+)(?::\d{0,5})?$/;
const AUTHORITY_FORM = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]+):\d{1,5}$/;
const ABSOLUTE_FORM = /^(https?):\/\/([^/?]*)(.*)$/is;

/** Throws `ERR_SLUICE_TARGET` unless the target has a form that goes with the method (RFC 9112 section 3.2). */
export function checkTarget(method: string, target: string, offset: number): void {
  if (target.charCodeAt(0) === 0x2f && method !== "CONNECT") return;
  if (!fits(method, target)) throw new ProtocolError("ERR_SLUICE_TARGET", { offset, found: target });
}

function fits(method: string, target: string): boolean {
  if (method === "CONNECT") return AUTHORITY_FORM.test(target);
  if (target === "*") return method === "OPTIONS";
  const absolute = ABSOLUTE_FORM.exec(target);
  return absolute !== null && HOST_PORT.test(absolute[2]);
}

/** Whether this is a host with an optional port. */
export function isHost(host: string): boolean {
  return HOST_PORT.test(host);
}

/** Throws `ERR_SLUICE_HOST` unless this is a host with an optional port. */
export function checkHost(host: string, offset: number): void {
  if (!isHost(host)) throw new ProtocolError("ERR_SLUICE_HOST", { offset, found: host });
}

/** A target taken apart: whom it names, if it does, its path and its query without the `?`. */
export interface TargetParts {
  /** The scheme of absolute form, lower-case. */
  readonly scheme: string | undefined;
  /** The authority of absolute form, which wins over Host (RFC 9112 section 3.2.2). */
  readonly authority: string | undefined;
  /** The path, percent-encoded as it was sent; `*` for asterisk form, empty for authority form. */
  readonly path: string;
  /** What stands behind the first `?`. */
  readonly query: string;
}

/** Takes a target that a parser has accepted apart. */
export function targetParts(method: string, target: string): TargetParts {
  if (method === "CONNECT") return { scheme: undefined, authority: target, path: "", query: "" };
  let scheme: string | undefined;
  let authority: string | undefined;
  let rest = target;
  if (target.charCodeAt(0) !== 0x2f && target !== "*") {
    const absolute = ABSOLUTE_FORM.exec(target)!;
    scheme = absolute[1].toLowerCase();
    authority = absolute[2];
    rest = absolute[3].startsWith("/") ? absolute[3] : `/${absolute[3]}`;
  }
  const mark = rest.indexOf("?");
  if (mark === -1) return { scheme, authority, path: rest, query: "" };
  return { scheme, authority, path: rest.slice(0, mark), query: rest.slice(mark + 1) };
}
