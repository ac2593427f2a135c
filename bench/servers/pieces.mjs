// What every server sends. Text, as a user who renders rows has it; a peer whose streams take only bytes
// gets the same pieces encoded in advance, which is in its favour.
export const TEN_PIECES = Array.from({ length: 10 }, (_, index) =>
  String.fromCharCode(97 + index).repeat(100),
);
export const THOUSAND_PIECES = Array.from(
  { length: 1000 },
  (_, index) => `${String(index).padStart(15, "0")}\n`,
);
export const BIG_PIECE = new Uint8Array(64 * 1024).fill(120);

const encoder = new TextEncoder();
export const TEN_BYTE_PIECES = TEN_PIECES.map((piece) => encoder.encode(piece));
export const THOUSAND_BYTE_PIECES = THOUSAND_PIECES.map((piece) => encoder.encode(piece));

export function bigPieceCount(mib) {
  return (Number(mib ?? 1024) * 1024 * 1024) / BIG_PIECE.length;
}

export function* bigPieces(mib) {
  const count = bigPieceCount(mib);
  for (let index = 0; index < count; index += 1) yield BIG_PIECE;
}
