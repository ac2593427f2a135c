// Distinguished Encoding Rules (X.690), as much of them as a certificate needs. Each function gives one element: tag, length, content.

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

/** Up to 127 in one octet; else the number of octets, and then those. */
function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets = base256(length);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

function base256(number: number): number[] {
  const octets = [number % 256];
  for (let rest = Math.floor(number / 256); rest > 0; rest = Math.floor(rest / 256))
    octets.unshift(rest % 256);
  return octets;
}

export const sequence = (...elements: readonly Uint8Array[]): Buffer => element(0x30, ...elements);
export const set = (...elements: readonly Uint8Array[]): Buffer => element(0x31, ...elements);
export const octetString = (content: Uint8Array): Buffer => element(0x04, content);
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]));

/** Bits, in whole octets. */
export const bitString = (content: Uint8Array): Buffer => element(0x03, Buffer.from([0]), content);

/** A number that isn't negative, from its octets: the shortest form, with a zero before a first bit that would be a sign. */
export function unsigned(octets: Uint8Array): Buffer {
  let start = 0;
  while (start < octets.length - 1 && octets[start] === 0) start++;
  const digits = octets.subarray(start);
  return element(0x02, Buffer.from(digits[0] >= 0x80 ? [0] : []), digits);
}

/** An object identifier from its dotted form. The first two arcs share an octet; the others are in base 128. */
export function objectIdentifier(dotted: string): Buffer {
  const [first, second, ...others] = dotted.split(".").map(Number);
  const octets = [first * 40 + second];
  for (const arc of others) {
    const digits = [arc % 128];
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      digits.unshift((rest % 128) | 0x80);
    octets.push(...digits);
  }
  return element(0x06, Buffer.from(octets));
}

/** A time in seconds: UTCTime through 2049, then GeneralizedTime (RFC 5280 section 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2)))
    : element(0x18, Buffer.from(digits));
}

/** Element `number` of a structure that has several kinds: around another element, or in the place of its tag. */
export function tagged(number: number, kind: "around" | "instead", content: Uint8Array): Buffer {
  return element((kind === "around" ? 0xa0 : 0x80) | number, content);
}
