import { writeJson } from "../../formats/json-text.ts";

// How a value is written, for each kind of place that it can stand in.

const SPECIAL = /[&<>"']/;

/** Text, safe inside elements and inside quoted attributes. */
export function escapeHtml(value: string): string {
  const first = value.search(SPECIAL);
  if (first === -1) return value;
  let escaped = "";
  let from = 0;
  for (let at = first; at < value.length; at++) {
    const escape = escapeOf(value.charCodeAt(at));
    if (escape === undefined) continue;
    escaped += value.slice(from, at) + escape;
    from = at + 1;
  }
  return escaped + value.slice(from);
}

function escapeOf(unit: number): string | undefined {
  switch (unit) {
    case 0x22:
      return "&quot;";
    case 0x26:
      return "&amp;";
    case 0x27:
      return "&#39;";
    case 0x3c:
      return "&lt;";
    case 0x3e:
      return "&gt;";
    default:
      return undefined;
  }
}

/**
 * JSON as an expression in a script. No character is left that could end the element, begin
 * a comment or a character reference, or, in a script from before ECMAScript 2019, end the line.
 * @throws UsageError `ERR_SLUICE_NO_JSON`
 */
export function scriptJson(value: unknown): string {
  return writeJson(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** What stands in the place of a URL that could run a script: an address that leads nowhere. */
export const BLOCKED_URL = "about:invalid#sluice";

/** What `data:` may hold. Not SVG, nor any other `+xml`: a browser that shows it as a document runs its scripts. */
const MEDIA = /^(?:image|audio|video|font)\/[\w.-]+[;,]/;

/**
 * Whether a URL cannot run a script by itself: not one of `javascript:`, of `vbscript:`, or of `data:` but for sounds, fonts, and
 * pictures other than SVG. Relative ones and all other schemes are safe in this sense.
 */
export function isSafeUrl(url: string): boolean {
  let scheme = "";
  for (let at = 0; at < url.length; at++) {
    const unit = url.charCodeAt(at);
    if (unit === 0x3a) return isSafeScheme(scheme, url.slice(at + 1));
    // Before a scheme, the URL standard's parser drops control characters and spaces, inside it tabs and line ends.
    if (unit <= 0x20) continue;
    // A colon behind "/", "?" or "#" ends no scheme any more, nor does one behind what no known scheme is as long as.
    if (unit === 0x2f || unit === 0x3f || unit === 0x23 || scheme.length > LONGEST) return true;
    scheme += url[at];
  }
  return true;
}

const LONGEST = "javascript".length;

function isSafeScheme(scheme: string, rest: string): boolean {
  switch (scheme.toLowerCase()) {
    case "javascript":
    case "vbscript":
      return false;
    case "data":
      return MEDIA.test(
        rest
          .slice(0, 64)
          .replace(/[\0- ]/g, "")
          .toLowerCase(),
      );
    default:
      return true;
  }
}
