/**
 * Character classes of RFC 9110 section 5.6 and RFC 9112, as tables of 256 flags: one look-up per octet.
 */

const ALPHA = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGIT = "0123456789";

function table(member: (octet: number) => boolean): Uint8Array {
  const flags = new Uint8Array(256);
  for (let octet = 0; octet < 256; octet++) flags[octet] = member(octet) ? 1 : 0;
  return flags;
}

function tableOf(characters: string): Uint8Array {
  return table((octet) => characters.includes(String.fromCharCode(octet)));
}

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;

/** `tchar`, RFC 9110 section 5.6.2. */
export const TOKEN: Uint8Array = tableOf(`!#$%&'*+-.^_\`|~${DIGIT}${ALPHA}`);

/** What a field value is made of: `VCHAR`, `obs-text`, SP and HTAB, RFC 9110 section 5.5. */
export const FIELD_VALUE: Uint8Array = table((octet) => octet === HTAB || (octet >= SP && octet !== 0x7f));

/** `qdtext` of a quoted string, RFC 9110 section 5.6.4: a field value without `"` and `\`. */
export const QUOTED_TEXT: Uint8Array = table(
  (octet) => FIELD_VALUE[octet] === 1 && octet !== 0x22 && octet !== 0x5c,
);

/** `VCHAR`: what a request target is made of. `#` is left out, since a target has no fragment (RFC 9112 section 3.2). */
export const TARGET: Uint8Array = table((octet) => octet > SP && octet < 0x7f && octet !== 0x23);

/** The value of a hex digit, or 255. */
export const HEX: Uint8Array = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  HEX[text.charCodeAt(0)] = digit;
  HEX[text.toUpperCase().charCodeAt(0)] = digit;
}
