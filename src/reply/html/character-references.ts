// As far as they matter to the scheme of a URL: static text may be written with them, and a browser decodes them before it looks for one.

/**
 * In decimal, in hexadecimal, and the names of what ends a scheme or is dropped from one. No other name stands for any of these or for
 * a letter of a scheme that is looked for. (HTML section 13.5)
 */
const REFERENCE = /&(?:#[xX]([\dA-Fa-f]+);?|#(\d+);?|(colon|Tab|NewLine);)/g;

const NAMED: Readonly<Record<string, string>> = { colon: ":", Tab: "\t", NewLine: "\n" };

/** Text of an attribute as a browser reads it, where that could be a part of a scheme. */
export function decodeReferences(written: string): string {
  if (!written.includes("&")) return written;
  return written.replace(REFERENCE, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name];
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point > 0x10_ff_ff ? "\uFFFD" : String.fromCodePoint(point);
  });
}

/** The end of a text in which a character reference has begun that what follows could complete. */
export const BEGUN_REFERENCE: RegExp = /&[#\dA-Za-z]*$/;
