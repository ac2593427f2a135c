// Octets as text of one character an octet, and cut in every way.

const encoder = new TextEncoder();

/** Latin-1 text as octets. */
export function octets(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Text as UTF-8. */
export function utf8(text) {
  return encoder.encode(text);
}

/** Octets as latin-1 text. */
export function latin1(bytes) {
  let text = "";
  for (const octet of bytes) text += String.fromCharCode(octet);
  return text;
}

export function join(pieces) {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The same input (text or octets) whole, item by item, and in two pieces at every place; each time copied, since decoders move things. */
export function* cuts(input) {
  yield [input.slice()];
  yield Array.from({ length: input.length }, (_, at) => input.slice(at, at + 1));
  for (let at = 1; at < input.length; at++) yield [input.slice(0, at), input.slice(at)];
}
