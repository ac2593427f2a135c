// Text as logs and exports are: words, numbers and names in lines, which gzip makes about a quarter of.
const PIECE = 16 * 1024;
const MIB = 1024 ** 2;
// More than any window here, so that nobody finds the beginning again when it comes around.
const DIFFERENT = 16 * MIB;
const WORDS =
  "request answered from cache by worker slow query on table orders customer updated address payment accepted refused timeout while reading upstream response header session started closed order shipped parcel returned invoice sent reminder queue empty again retry after delay token expired login failed password changed file uploaded scanned clean thumbnail created index rebuilt backup finished volume mounted replica behind leader elected".split(
    " ",
  );

function* randomNumbers() {
  let state = 0x9e3779b9;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

function differentText() {
  const random = randomNumbers();
  const number = (below) => random.next().value % below;
  const lines = [];
  let length = 0;
  for (let at = 1_795_000_000_000; length < DIFFERENT; at += number(5000)) {
    let line = `${new Date(at).toISOString()} host-${number(40)} [${number(65_536)}] `;
    for (let words = 4 + number(12); words > 0; words -= 1) line += `${WORDS[number(WORDS.length)]} `;
    line += `id=${number(4_294_967_295).toString(16)} ms=${number(3000)}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join("").slice(0, DIFFERENT), "latin1");
}

const text = differentText();
const all = Array.from({ length: DIFFERENT / PIECE }, (_, index) =>
  text.subarray(index * PIECE, (index + 1) * PIECE),
);

/** The text in pieces of 16 KiB. */
export function* textPieces(mib) {
  const count = (mib * MIB) / PIECE;
  for (let index = 0; index < count; index += 1) yield all[index % all.length];
}

export const mibOf = (target) => Number(new URLSearchParams(target.split("?")[1]).get("mib"));
