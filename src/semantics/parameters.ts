import { TOKEN_PATTERN } from "../bytes/grammar.ts";

/** A parameter of a field value, e.g. `charset=utf-8` (RFC 9110 section 5.6.6). */
export interface Parameter {
  /** The name in lower case. */
  readonly name: string;
  /** The value, without quotes and escapes. */
  readonly value: string;
  /** Whether the value was a quoted string, which some parameters may not be. */
  readonly quoted: boolean;
}

// parameters    = *( OWS ";" OWS [ parameter ] )
// parameter     = parameter-name "=" parameter-value      (both tokens, the value possibly a quoted-string)
// quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE
// qdtext        = HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text
// quoted-pair   = "\" ( HTAB / SP / VCHAR / obs-text )
const QDTEXT = "[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]*";
const QUOTED_PAIR = "\\\\[\\t\\x20-\\x7e\\x80-\\xff]";
const QUOTED_STRING = `"${QDTEXT}(?:${QUOTED_PAIR}${QDTEXT})*"`;
const PARAMETER = new RegExp(
  `[\\t ]*;[\\t ]*(?:(${TOKEN_PATTERN})=(${TOKEN_PATTERN}|${QUOTED_STRING}))?`,
  "y",
);

/** The parameters that `text` consists of from `start` on, in order; undefined where they break the grammar. */
export function parseParameters(text: string, start: number): readonly Parameter[] | undefined {
  const parameters: Parameter[] = [];
  for (let at = start; at < text.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(text);
    if (match === null) return undefined;
    const [, name, raw] = match;
    if (name === undefined) continue;
    const quoted = raw.startsWith('"');
    const value = quoted ? raw.slice(1, -1).replace(/\\(.)/g, "$1") : raw;
    parameters.push({ name: name.toLowerCase(), value, quoted });
  }
  return parameters;
}
