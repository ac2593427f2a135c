import { parseParameters } from "../../semantics/parameters.ts";

// What may be in no name: separators and control characters, those that Windows refuses, and those that steer bidirectional text,
// which make "gpj.exe" look like "exe.jpg".
const UNSAFE = /[/\\<>:"|?*\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Names of devices on Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** Octets of a name in UTF-8: file systems take 255, and a download puts `.part.journal.new` behind it. */
const LONGEST = 200;

/**
 * The name under which to save what a response brings: the one that its Content-Disposition proposes, else the last segment of the
 * path that was asked for. Never the path that a redirect led to: whom it points to must not choose where it is written.
 * @returns undefined where nothing of either can be a name
 */
export function fileNameOf(url: URL, disposition: string | undefined): string | undefined {
  const proposed = disposition === undefined ? undefined : proposedName(disposition);
  return safeName(proposed ?? "") ?? safeName(lastSegment(url));
}

/**
 * The name that a Content-Disposition proposes (RFC 6266); undefined where it has none, or breaks the grammar.
 *
 *     content-disposition = disposition-type *( ";" disposition-parm )
 *     disposition-parm    = "filename" "=" value / "filename*" "=" ext-value / …
 */
export function proposedName(disposition: string): string | undefined {
  const end = disposition.indexOf(";");
  const parameters = end === -1 ? [] : (parseParameters(disposition, end) ?? []);
  const valueOf = (wanted: string): string | undefined =>
    parameters.find(({ name }) => name === wanted)?.value;
  const extended = valueOf("filename*");
  const plain = valueOf("filename");
  return (extended === undefined ? undefined : decodeExtended(extended)) ?? (plain && fromUtf8(plain));
}

// ext-value = charset "'" [ language ] "'" *( pct-encoded / attr-char )      (RFC 8187 section 3.2.1)
function decodeExtended(text: string): string | undefined {
  const [, charset, value] = /^(UTF-8|ISO-8859-1)'[^']*'([^']*)$/i.exec(text) ?? [];
  if (charset === undefined) return undefined;
  if (charset.toUpperCase() === "ISO-8859-1") return unescape(value);
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** Servers send UTF-8 in plain parameters, although its grammar is of octets: what can be read as UTF-8 is. */
function fromUtf8(latin1: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(latin1, "latin1"));
  } catch {
    return latin1;
  }
}

function unescape(value: string): string {
  return value.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function lastSegment({ pathname }: URL): string {
  const segment = pathname.slice(pathname.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * A name for the current folder, and for nothing else: the last segment of what may be a path, nothing hidden, no device, and short
 * enough. Undefined where nothing is left.
 */
export function safeName(text: string): string | undefined {
  const segment = text.slice(Math.max(text.lastIndexOf("/"), text.lastIndexOf("\\")) + 1);
  // A name that begins with a dot is hidden, and means something to programs: .bashrc, .npmrc.
  const bare = trimDots(segment.replace(UNSAFE, "_"));
  if (/^_*$/.test(bare)) return undefined;
  return shortened(DEVICE.test(bare) ? `_${bare}` : bare);
}

/** Without dots and spaces at its ends: Windows takes none behind. A pattern for it would take the square of a long run of them. */
function trimDots(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === "." || text[start] === " ")) start++;
  while (end > start && (text[end - 1] === "." || text[end - 1] === " ")) end--;
  return text.slice(start, end);
}

/** Whole characters, and the extension, stay. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && name.length - dot <= 20 ? name.slice(dot) : "";
  let stem = "";
  let room = LONGEST - Buffer.byteLength(extension);
  for (const character of name) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    stem += character;
  }
  return stem + extension;
}
