/** A colour as 0xRRGGBB. */
export type Colour = number;

/** Between two colours: 0 is the first, 1 the second. */
export function mix(from: Colour, to: Colour, share: number): Colour {
  const at = Math.min(1, Math.max(0, share));
  const channel = (shift: number): number => {
    const begin = (from >> shift) & 0xff;
    return Math.round(begin + (((to >> shift) & 0xff) - begin) * at) << shift;
  };
  return channel(16) | channel(8) | channel(0);
}

/** A picture in memory, three octets a pixel, row by row. */
export class Raster {
  readonly width: number;
  readonly height: number;
  readonly octets: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.octets = new Uint8Array(width * height * 3);
  }

  set(x: number, y: number, colour: Colour): void {
    const at = (y * this.width + x) * 3;
    this.octets[at] = colour >> 16;
    this.octets[at + 1] = colour >> 8;
    this.octets[at + 2] = colour;
  }

  /** A rectangle, cut off at the edges. */
  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    const [x0, y0] = [Math.max(0, Math.round(left)), Math.max(0, Math.round(top))];
    const x1 = Math.min(this.width, Math.round(left + width));
    const y1 = Math.min(this.height, Math.round(top + height));
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) this.set(x, y, colour);
  }

  /** Digits, colons and points, each in 5 by 7 dots. */
  write(text: string, left: number, top: number, dot: number, colour: Colour): void {
    let x = left;
    for (const character of text) {
      (GLYPHS[character] ?? []).forEach((row, y) => {
        for (let column = 0; column < 5; column++) {
          if ((row >> (4 - column)) & 1) this.fill(x + column * dot, top + y * dot, dot, dot, colour);
        }
      });
      x += 6 * dot;
    }
  }
}

/** A row of dots is five bits. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  "0": [14, 17, 19, 21, 25, 17, 14],
  "1": [4, 12, 4, 4, 4, 4, 14],
  "2": [14, 17, 1, 2, 4, 8, 31],
  "3": [31, 2, 4, 2, 1, 17, 14],
  "4": [2, 6, 10, 18, 31, 2, 2],
  "5": [31, 16, 30, 1, 1, 17, 14],
  "6": [6, 8, 16, 30, 17, 17, 14],
  "7": [31, 1, 2, 4, 8, 8, 8],
  "8": [14, 17, 17, 14, 17, 17, 14],
  "9": [14, 17, 17, 15, 1, 2, 12],
  ":": [0, 12, 12, 0, 12, 12, 0],
  ".": [0, 0, 0, 0, 0, 12, 12],
};
