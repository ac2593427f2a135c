// What may be in no name: path separators and control characters, and those that steer bidirectional text, which make
// "gpj.exe" look like "exe.jpg". A surrogate without its other half cannot be encoded.
const UNSAFE = /[/\\\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}]/gu;

// Left out of the ASCII form: quotes, and the percent sign, which some readers decode (RFC 6266 appendix D).
const NOT_PLAIN = /[^\x20-\x7e]|["%]/gu;

// attr-char = ALPHA / DIGIT / "!" / "#" / "$" / "&" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~"
// encodeURIComponent leaves these as they are, and they are none.
const NOT_ATTR_CHAR = /['()*]/g;

/**
 * The value of Content-Disposition (RFC 6266): whether to save the content or to show it, and the name to save it under.
 *
 * The name comes out as a quoted ASCII string, and where that loses something, as `filename*` in UTF-8 too (RFC 8187). Whatever the
 * name is, the value is a valid field value and no path: separators, control characters, bidirectional controls and unpaired
 * surrogates become `_`; a name of nothing but dots and spaces becomes `download`. It is not shortened.
 */
export function contentDisposition(kind: "attachment" | "inline", filename: string): string {
  const safe = filename.replace(UNSAFE, "_");
  const name = /^[. ]*$/.test(safe) ? "download" : safe;
  const plain = name.replace(NOT_PLAIN, "_");
  const value = `${kind}; filename="${plain}"`;
  if (plain === name) return value;
  const encoded = encodeURIComponent(name).replace(
    NOT_ATTR_CHAR,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${value}; filename*=UTF-8''${encoded}`;
}
