import { stripVTControlCharacters } from "node:util";

/**
 * Code points that take two columns of a terminal: East Asian wide and fullwidth ones (Unicode Annex 11), in coarse ranges that rather
 * hold too many. Pictures are not among them: they are known by their property.
 */
const WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x1f90c, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];
const FIRST_WIDE = 0x1100;

const NARROW_ONLY = /^[\x20-\x7e]*$/;
/** Marks, controls, and the vowels and final consonants of Hangul, which stand inside the syllable that an initial one has begun. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
const PICTURE = /\p{Emoji_Presentation}|.\ufe0f/u;
/** In UTF-16. What is longer is no picture that anybody has agreed on, so it is drawn as several. */
const LONGEST_PICTURE = 16;
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
/** In UTF-16. The segmenter takes quadratic time, so it sees no more of a text at once. */
const WINDOW = 128;

/** Columns that a line takes in a terminal, its escape sequences left out; of what terminals draw differently, rather too many. */
export function columnsOf(line: string): number {
  if (NARROW_ONLY.test(line)) return line.length;
  let columns = 0;
  for (const grapheme of graphemesOf(stripVTControlCharacters(line))) columns += columnsOfGrapheme(grapheme);
  return columns;
}

/** What is drawn in one place, each. What is longer than the window comes in several pieces. */
function* graphemesOf(text: string): Generator<string, void> {
  for (let at = 0; at < text.length;) {
    // A pair of surrogates stays together.
    const length = (text.charCodeAt(at + WINDOW - 1) & 0xfc00) === 0xd800 ? WINDOW - 1 : WINDOW;
    const window = text.slice(at, at + length);
    const goesOn = at + length < text.length;
    let last = "";
    for (const { segment } of segmenter.segment(window)) {
      if (last !== "") yield last;
      at += last.length;
      last = segment;
    }
    // The last one may go on behind the window.
    if (goesOn && last.length < length) continue;
    yield last;
    at += last.length;
  }
}

function columnsOfGrapheme(grapheme: string): number {
  if (grapheme.length <= LONGEST_PICTURE && PICTURE.test(grapheme)) return 2;
  let columns = 0;
  for (const character of grapheme) columns += columnsOfCharacter(character);
  return columns;
}

function columnsOfCharacter(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  if (PICTURE.test(character)) return 2;
  const code = character.codePointAt(0)!;
  return code >= FIRST_WIDE && WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** The beginning of a text without escape sequences, in no more columns than these, with `…` where something was left out. */
export function cutToColumns(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = "";
  let taken = 0;
  for (const grapheme of graphemesOf(text)) {
    taken += columnsOfGrapheme(grapheme);
    // One column is for the sign.
    if (taken > columns - 1) break;
    kept += grapheme;
  }
  return columns < 1 ? "" : `${kept}…`;
}

/**
 * Text without escape sequences, broken between words into lines of no more columns; a word that is longer is broken, too. Lines after
 * the first one begin with `indent`.
 */
export function wrap(text: string, columns: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  let taken = 0;
  for (const word of text.split(" ")) {
    const width = columnsOf(word);
    if (line === "" && width <= columns) {
      line = word;
      taken = width;
      continue;
    }
    if (line !== "" && taken + 1 + width <= columns) {
      line += ` ${word}`;
      taken += 1 + width;
      continue;
    }
    if (line.trim() !== "") lines.push(line);
    let lead = lines.length === 0 ? "" : indent;
    line = lead;
    taken = columnsOf(lead);
    if (taken + width <= columns) {
      line += word;
      taken += width;
      continue;
    }
    for (const grapheme of graphemesOf(word)) {
      const more = columnsOfGrapheme(grapheme);
      if (taken + more > columns && line !== lead) {
        lines.push(line);
        line = lead = indent;
        taken = columnsOf(indent);
      }
      line += grapheme;
      taken += more;
    }
  }
  lines.push(line);
  return lines;
}
