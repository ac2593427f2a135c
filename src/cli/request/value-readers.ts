import { isToken, trimOws } from "../../bytes/grammar.ts";
import { proxiesBy } from "../../client/proxies.ts";
import { checkField } from "../../semantics/fields.ts";
import type { ValueReader } from "../value-readers.ts";

/** Where the body of a request comes from. */
export type BodyOrigin =
  | { readonly from: "text"; readonly text: string }
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "stdin" };

/** `@file`, `-` for stdin, or the text itself. */
export const bodyOrigin: ValueReader<BodyOrigin> = {
  placeholder: "body",
  expected: "body: write text, @file, or - for stdin",
  read(text) {
    if (text === "-") return { from: "stdin" };
    if (!text.startsWith("@")) return { from: "text", text };
    return text === "@" ? undefined : { from: "file", path: text.slice(1) };
  },
};

/** A field, by its name and its value. */
export type HeaderLine = readonly [name: string, value: string];

/** A header as it is sent, `Name: value`. */
export const headerLine: ValueReader<HeaderLine> = {
  placeholder: "header",
  expected: "header: write 'Name: value'",
  read(text) {
    const colon = text.indexOf(":");
    if (colon === -1) return undefined;
    const name = text.slice(0, colon);
    const value = trimOws(text, colon + 1, text.length);
    return passes(() => checkField(name, value)) ? [name, value] : undefined;
  },
};

/** A method; upper and lower case are different ones (RFC 9110 section 9.1). */
export const requestMethod: ValueReader<string> = {
  placeholder: "method",
  completion: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  expected: "method: write GET, POST",
  read: (text) => (isToken(text) ? text : undefined),
};

/** The URL of a proxy, or false for `none`. */
export const proxyUrl: ValueReader<string | false> = {
  placeholder: "url",
  expected: "URL of a proxy: write http://proxy:3128, or none",
  read(text) {
    if (text === "none") return false;
    return text !== "" && passes(() => proxiesBy(text)) ? text : undefined;
  },
};

/** Whether a check throws nothing. */
export function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}
