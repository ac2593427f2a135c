import { TOKEN_PATTERN } from "../bytes/grammar.ts";
import { parseParameters } from "./parameters.ts";
import { type Weighted, weightedElements } from "./weights.ts";

/** A media type taken apart. */
export interface MediaType {
  /** Type and subtype in lower case, e.g. `text/html`. */
  readonly essence: string;
  /** The parameters by their lower-case names, without quotes and escapes; of several with one name, the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

// media-type = type "/" subtype parameters
// type       = token
// subtype    = token
const ESSENCE = new RegExp(`${TOKEN_PATTERN}/${TOKEN_PATTERN}`, "y");

/** Reads the value of Content-Type; undefined where it breaks the grammar (RFC 9110 section 8.3.1). */
export function parseMediaType(text: string): MediaType | undefined {
  ESSENCE.lastIndex = 0;
  const match = ESSENCE.exec(text);
  const list = match === null ? undefined : parseParameters(text, match[0].length);
  if (match === null || list === undefined) return undefined;
  const parameters = new Map<string, string>();
  for (const { name, value } of list) if (!parameters.has(name)) parameters.set(name, value);
  return { essence: match[0].toLowerCase(), parameters };
}

/** Kinds that are made of text without saying so, and programs and fonts that are not compressed already. */
const TEXT_LIKE = new Set([
  ...[
    "json json5 jsonl x-jsonlines ndjson x-ndjson json-seq xml xml-dtd yaml x-yaml toml",
    "javascript x-javascript ecmascript wasm graphql sql rtf x-sh x-www-form-urlencoded openmetrics-text",
    "x-mpegurl vnd.apple.mpegurl vnd.ms-fontobject x-font-ttf x-font-otf",
  ].flatMap((line) => line.split(" ").map((subtype) => `application/${subtype}`)),
  "font/ttf",
  "font/otf",
]);

// Structured syntax suffixes of RFC 6839 and later registrations that are text.
const TEXT_SUFFIX = /\+(?:json|json-seq|xml|yaml)$/;

/**
 * Whether a media type is worth compressing: text and what is like it. Not images, video, audio, archives and WOFF2, which are
 * compressed already, and not octet streams, which nobody knows.
 * @param essence type and subtype in lower case
 */
export function isTextLike(essence: string): boolean {
  return essence.startsWith("text/") || TEXT_LIKE.has(essence) || TEXT_SUFFIX.test(essence);
}

// media-range = ( "*/*" / ( type "/" "*" ) / ( type "/" subtype ) ) parameters
const MEDIA_RANGE = new RegExp(`^${TOKEN_PATTERN}/${TOKEN_PATTERN}$`);

/** A media type without its parameters, in lower case, whatever is wrong with it: what is of no known kind is treated as such. */
export function essenceOf(type: string): string {
  const end = type.indexOf(";");
  return (end === -1 ? type : type.slice(0, end)).trim().toLowerCase();
}

/** A media type with its charset, where it is a text type that names none. */
export function withCharset(type: string, charset = "utf-8"): string {
  return /^text\//i.test(type) && !/;\s*charset=/i.test(type) ? `${type}; charset=${charset}` : type;
}

/**
 * The media type for a response (RFC 9110 section 12.5.1), or undefined where the peer accepts none of those offered (406).
 *
 * The weight of a type is that of the most specific range that covers it: with parameters before `type/subtype` before `type/*`
 * before any. The highest weight wins; among equals the one that is covered more specifically, then the server's order. Without
 * the field, or without any element in it that can be read, it is the first.
 *
 * @param accept the value of Accept
 * @param offered media types in the server's order of preference; a range with parameters covers those alone that have them all
 */
export function chooseMediaType(accept: string | undefined, offered: readonly string[]): string | undefined {
  const ranges: readonly Weighted[] =
    accept === undefined ? [] : weightedElements(accept).filter(({ name }) => MEDIA_RANGE.test(name));
  if (ranges.length === 0) return offered[0];
  let chosen: string | undefined;
  let highest = 0;
  let closest = 0;
  for (const text of offered) {
    const type = parseMediaType(text);
    if (type === undefined) continue;
    let weight = 0;
    let specificity = 0;
    for (const range of ranges) {
      const each = coverage(range, type);
      if (each < specificity || each === 0) continue;
      weight = each === specificity ? Math.max(weight, range.weight) : range.weight;
      specificity = each;
    }
    if (weight < highest || weight === 0 || (weight === highest && specificity <= closest)) continue;
    chosen = text;
    highest = weight;
    closest = specificity;
  }
  return chosen;
}

/** How specifically a range covers a type: 0 for not at all. */
function coverage({ name, parameters }: Weighted, type: MediaType): number {
  for (const { name: parameter, value } of parameters) {
    if (type.parameters.get(parameter)?.toLowerCase() !== value.toLowerCase()) return 0;
  }
  if (name === type.essence) return 3 + parameters.length;
  if (name === "*/*") return 1;
  return name.endsWith("/*") && type.essence.startsWith(name.slice(0, -1)) ? 2 : 0;
}
