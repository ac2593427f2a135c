// The grammar of RFC 9651 section 3, as far as dictionaries of items need it:
//
// sf-dictionary = dict-member *( OWS "," OWS dict-member )
// dict-member   = member-key ( parameters / ( "=" bare-item parameters ) )
// parameters    = *( ";" *SP param-key [ "=" bare-item ] )
// key           = ( lcalpha / "*" ) *( lcalpha / DIGIT / "_" / "-" / "." / "*" )
const KEY = /[a-z*][a-z0-9_\-.*]*/y;
const OWS = /[\t ]*/y;
const SPACES = / */y;

// sf-decimal, sf-date, sf-integer, sf-string, sf-token, sf-binary, sf-boolean, sf-displaystring.
const BARE_ITEM = new RegExp(
  [
    "-?[0-9]{1,12}\\.[0-9]{1,3}",
    "@?-?[0-9]{1,15}",
    '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\["\\\\])*"',
    "[A-Za-z*][!#$%&'*+\\-.^_`|~0-9A-Za-z:/]*",
    ":(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?:",
    "\\?[01]",
    '%"(?:[\\x20\\x21\\x23\\x24\\x26-\\x7e]|%[0-9a-f]{2})*"',
  ].join("|"),
  "y",
);

/**
 * The members of a structured dictionary in order, each as the text of its bare item, e.g. `10`, `?1` or `:AQI=:`; of several with
 * one key, the last (RFC 9651 section 4.2.2). Parameters are checked and dropped. Undefined where the grammar is broken, which makes
 * the whole field void, and for inner lists, which no dictionary read here has.
 */
export function parseDictionary(value: string): Map<string, string> | undefined {
  const members = new Map<string, string>();
  let end = value.length;
  while (value[end - 1] === " ") end--;
  let at = skip(SPACES, value, 0);
  while (at < end) {
    const key = take(KEY, value, at);
    if (key === undefined) return undefined;
    at += key.length;
    let item = "?1";
    if (value[at] === "=") {
      const text = takeBareItem(value, at + 1);
      if (text === undefined) return undefined;
      item = text;
      at += 1 + text.length;
    }
    const behind = skipParameters(value, at);
    if (behind === undefined) return undefined;
    members.set(key, item);
    at = skip(OWS, value, behind);
    if (at >= end) return members;
    if (value[at] !== ",") return undefined;
    at = skip(OWS, value, at + 1);
    // A comma at the end.
    if (at >= end) return undefined;
  }
  return members;
}

function skipParameters(value: string, start: number): number | undefined {
  let at = start;
  while (value[at] === ";") {
    at = skip(SPACES, value, at + 1);
    const key = take(KEY, value, at);
    if (key === undefined) return undefined;
    at += key.length;
    if (value[at] !== "=") continue;
    const item = takeBareItem(value, at + 1);
    if (item === undefined) return undefined;
    at += 1 + item.length;
  }
  return at;
}

function takeBareItem(value: string, at: number): string | undefined {
  const text = take(BARE_ITEM, value, at);
  if (text === undefined || !text.startsWith("%")) return text;
  // What is percent-encoded in a display string is UTF-8.
  try {
    decodeURIComponent(text.slice(2, -1));
    return text;
  } catch {
    return undefined;
  }
}

function take(pattern: RegExp, value: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(value)?.[0];
}

function skip(pattern: RegExp, value: string, at: number): number {
  return at + take(pattern, value, at)!.length;
}
