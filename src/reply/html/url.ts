import { BEGUN_REFERENCE, decodeReferences } from "./character-references.ts";

// URLs as they are written in attributes: with character references.

/** What stands in the place of a URL that could run a script: an address that leads nowhere. */
export const BLOCKED_URL = "about:invalid#sluice";

const SCHEME_KNOWN = /^(?:[^:/?#]*[/?#]|(?:https?|mailto|tel):)/i;

/** Whether no value behind this beginning of a URL can give it another scheme: it is a relative one, or has one of the common schemes. */
export function schemeIsSettled(beginning: string): boolean {
  return SCHEME_KNOWN.test(decodeReferences(beginning.replace(BEGUN_REFERENCE, "")));
}

/** What `data:` may hold. Not SVG, nor any other `+xml`: a browser that shows it as a document runs its scripts. */
const MEDIA = /^(?:image|audio|video|font)\/[\w.-]+[;,]/;

/**
 * Whether a URL cannot run a script by itself: not one of `javascript:`, of `vbscript:`, or of `data:` but for sounds, fonts, and
 * pictures other than SVG. Relative ones and all other schemes are safe in this sense.
 */
export function isSafeUrl(written: string): boolean {
  const url = decodeReferences(written);
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
