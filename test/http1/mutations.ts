/**
 * Random changes to octets, the same ones for the same seed.
 */

/** Pieces that mean something to a parser. */
const PIECES = [
  "\r\n",
  "\r",
  "\n",
  "\r\n\r\n",
  "0\r\n\r\n",
  " ",
  "	",
  ";",
  "=",
  '"',
  "\\",
  ":",
  ",",
  "\0",
  "\v",
  "",
  "",
  "ÿ",
  "0",
  "1",
  "5",
  "a",
  "F",
  "0x",
  "-",
  "+",
  "_",
  "00000000",
  "ffffffff",
  "1fffffffffffff",
  ";a=b",
  ';a="b"',
  '\\"',
  "X: y\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Content-Length: 5\r\n",
  "Host: b\r\n",
  "Connection: close\r\n",
  "chunked",
  "gzip, ",
  "HTTP/1.0",
  "HTTP/1.1",
  "HTTP/2.0",
  "GET ",
  "HEAD ",
  "CONNECT ",
  "OPTIONS * ",
  "http://a/",
  "204",
  "304",
  "100",
  "200",
];

/** Numbers from 0 to below `below`, by the mulberry32 of Tommy Ettinger. */
export function randomBelow(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One to three changes to a text of latin-1; `others` are texts to take parts from. */
export function mutate(text: string, random: (below: number) => number, others: readonly string[]): string {
  let mutant = text;
  for (let times = 1 + random(3); times > 0; times--) mutant = changeOnce(mutant, random, others);
  return mutant;
}

function changeOnce(text: string, random: (below: number) => number, others: readonly string[]): string {
  const at = random(text.length + 1);
  const length = 1 + random(random(8) === 0 ? 64 : 4);
  switch (random(7)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + PIECES[random(PIECES.length)] + text.slice(at);
    case 3:
      return text.slice(0, at) + PIECES[random(PIECES.length)] + text.slice(at + length);
    case 4:
      return (
        text.slice(0, at + length) +
        text.slice(at, at + length).repeat(1 + random(4)) +
        text.slice(at + length)
      );
    case 5: {
      const other = others[random(others.length)] ?? "";
      const from = random(other.length + 1);
      return text.slice(0, at) + other.slice(from, from + 1 + random(40)) + text.slice(at);
    }
    default: {
      const flipped = (text.charCodeAt(at) || 0) ^ (1 << random(8));
      return text.slice(0, at) + String.fromCharCode(flipped & 0xff) + text.slice(at + 1);
    }
  }
}
