import { latin1 } from "../bytes/latin1.ts";
import { CR, LF } from "../bytes/tables.ts";
import type { ChunkScene } from "./chunked-rows.ts";
import { endWords, type FaultScene } from "./fault-scene.ts";
import { bytesOf, countOf, grouped, hexAndDecimal, quotation } from "./wording.ts";

/** A line end with what looks like the line of a chunk size behind it. */
const BORDER = /\r?\n(?=[0-9A-Fa-f]{1,8}[ \t]{0,8}(?:;[^\r\n]{0,200})?\r?\n)/g;
const SIZE_LINE = /([0-9A-Fa-f]{1,8})[ \t]{0,8}(?:;[^\r\n]{0,200})?\r\n/y;

/** Octets around a fault of a chunk as text, one character an octet, and where in it is what. */
interface ChunkText {
  readonly text: string;
  readonly octets: Uint8Array;
  /** Where the data of the chunk begins; negative where it is no longer there. */
  readonly data: number;
  readonly fault: number;
}

/** Why a chunked body was refused. */
export function explainChunks(scene: FaultScene, chunk: ChunkScene): string | undefined {
  const { fault, octets, start } = scene;
  const text = latin1(octets, 0, octets.length);
  const around = { text, octets, data: chunk.dataOffset - start, fault: fault.offset - start };
  if (chunk.last) return trailerWords(scene, around);
  if (fault.code === "ERR_SLUICE_CHUNK_DATA_END") return dataEndWords(around, chunk);
  const line = chunk.nextLine - start;
  switch (fault.code) {
    case "ERR_SLUICE_CHUNK_SIZE":
    case "ERR_SLUICE_LINE_ENDING":
      return sizeLineWords(around, chunk, line);
    case "ERR_SLUICE_CHUNK_SIZE_TOO_LARGE":
      return `a chunk of more than 9 petabytes is announced: ${quotation(text.slice(line, line + 24))} is hardly a size`;
    case "ERR_SLUICE_CHUNK_EXTENSION":
      return `behind a chunk size stands ${quotation(text.slice(line).split("\r")[0])}, which is no extension`;
    default:
      return undefined;
  }
}

/** The data is as long as announced, and no CR LF follows. */
function dataEndWords(around: ChunkText, chunk: ChunkScene): string {
  const { text, octets, fault, data } = around;
  const end =
    octets[fault] === LF && fault > 0 && octets[fault - 1] === CR && data + chunk.size < fault
      ? fault - 1
      : fault;
  if (octets[end] === LF && isSizeLine(text, end + 1))
    return `the data of chunk ${chunk.number} is followed by LF alone, where CR LF has to stand`;
  if (leadsToBorder(text, end))
    return `the CR LF behind the data of chunk ${chunk.number} is missing: the next size follows at once`;
  const wrong = wrongSizeWords(around, chunk);
  if (wrong !== undefined) return wrong;
  if (octets[end] === LF)
    return `the data of chunk ${chunk.number} is followed by LF alone, where CR LF has to stand`;
  return `chunk ${chunk.number} announces ${hexAndDecimal(chunk.digits, chunk.size)} bytes, and behind them stands ${quotation(text.slice(end, end + 16))} in the place of CR LF`;
}

/** The chunk carries more or less than it announces: how much, and what the writer has probably counted. */
function wrongSizeWords({ text, octets, data }: ChunkText, chunk: ChunkScene): string | undefined {
  if (data < 0) return undefined;
  const { digits, size, number } = chunk;
  const decimal = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
  const says = `chunk ${number} announces ${hexAndDecimal(digits, size)} bytes and carries`;
  const asDecimal = (carried: number) =>
    `${says} ${grouped(carried)}: the size is written in decimal, and has to be in hex (${carried.toString(16)})`;
  if (decimal !== size && isBorder(text, data + decimal)) return asDecimal(decimal);
  const carried = nextBorder(text, data) - data;
  if (!(carried >= 0) || carried === size) return undefined;
  if (size === carried + 2) return `${says} ${grouped(carried)}: the CR LF behind the data was counted, too`;
  if (size === carried - 2 && text.endsWith("\r\n", data + carried))
    return `${says} ${grouped(carried)}: a line end that belongs to the data was not counted`;
  const [points, units] = charactersIn(octets.subarray(data, data + carried));
  if (points !== carried) {
    const counted = `the number of its characters, which in UTF-8 are ${bytesOf(carried)}`;
    if (size === points || size === units)
      return `${says} ${grouped(carried)}: ${grouped(size)} is ${counted}`;
    if (decimal === points || decimal === units)
      return `${says} ${grouped(carried)}: ${digits} in decimal is ${counted}`;
  }
  return `${says} ${grouped(carried)}, which is ${carried.toString(16)} in hex`;
}

/** Something else stands where a size should. */
function sizeLineWords(around: ChunkText, chunk: ChunkScene, line: number): string | undefined {
  const { text, octets, fault } = around;
  const number = chunk.number + 1;
  const found = text.slice(line, line + 24).split(/[\r\n]/)[0];
  if (octets[fault] === LF && fault > line && /^[0-9A-Fa-f]/.test(found))
    return `the size of chunk ${number} is followed by LF alone, where CR LF has to stand`;
  if (/^HTTP\/1\.[01] \d/.test(text.slice(line, line + 16)))
    return "another response begins inside the body: the last chunk is missing";
  if (/^0x[0-9a-f]/i.test(found))
    return `the size of chunk ${number} is written ${quotation(found)}: hex digits stand alone, without 0x`;
  if (/^[+-]/.test(found)) return `the size of chunk ${number} has a sign: ${quotation(found)}`;
  if (chunk.number === 0)
    return `the head says chunked, and the body is not: it begins with ${quotation(text.slice(line, line + 24))} where a chunk size has to stand`;
  if (/^\r?\n/.test(text.slice(line, line + 2))) {
    const swallowed = nextBorder(text, around.data) < around.data + chunk.size;
    const why = swallowed ? wrongSizeWords(around, chunk) : undefined;
    return (
      why ??
      `an empty line stands where the size of chunk ${number} should: the line end behind the data was sent twice, or one inside the data was not counted`
    );
  }
  const wrong = wrongSizeWords({ ...around, text: withoutBorderAt(text, around.data + chunk.size) }, chunk);
  if (/^\s/.test(found)) return `white space stands before the size of chunk ${number}`;
  return wrong ?? `${quotation(found)} stands where the size of chunk ${number} should`;
}

function trailerWords({ fault }: FaultScene, { octets, fault: at, text }: ChunkText): string | undefined {
  switch (fault.code) {
    case "ERR_SLUICE_LINE_ENDING":
      return octets[at] === LF
        ? "a line of the trailer section ends with LF alone, where CR LF has to stand"
        : "a CR in the trailer section is not followed by LF";
    case "ERR_SLUICE_OBS_FOLD":
      return "a trailer is folded, or its line begins with white space";
    case "ERR_SLUICE_FIELD_NAME":
      return `behind the last chunk stands ${quotation(text.slice(text.lastIndexOf("\n", at) + 1, at + 16))}, which is no trailer: the empty line may be missing`;
    default:
      return undefined;
  }
}

/** How far a chunked body came that broke off. */
export function explainUnfinishedChunks(scene: FaultScene, chunk: ChunkScene): string {
  const { octets, start, how, fault } = scene;
  const end = endWords(how);
  if (chunk.last) {
    const trailers = fault.offset - chunk.dataOffset;
    return trailers <= 1
      ? `the last chunk came, but not the CR LF behind it that ends the body: ${end}`
      : `the trailer section is not over: ${end}`;
  }
  if (chunk.received < chunk.size) {
    const text = latin1(octets, 0, octets.length);
    const around = { text, octets, data: chunk.dataOffset - start, fault: octets.length };
    const held = around.data >= 0 && octets.length - around.data === chunk.received;
    const wrong = held ? wrongSizeWords(around, chunk) : undefined;
    return (
      wrong ??
      `chunk ${chunk.number} announces ${hexAndDecimal(chunk.digits, chunk.size)} bytes and ${grouped(chunk.received)} came: ${end} inside it`
    );
  }
  const line = scene.received - chunk.nextLine;
  if (chunk.number === 0 && line <= 0)
    return `not a byte of the body came: ${end}, and the last chunk is missing`;
  if (line > 0) return `${end} inside the size of chunk ${chunk.number + 1}`;
  return `the last chunk (of size 0) is missing: ${countOf(chunk.number, "chunk")} came whole, and ${end}`;
}

/** Whether a line end with a size behind it, or with nothing, stands here. */
function isBorder(text: string, at: number): boolean {
  if (at < 0) return false;
  BORDER.lastIndex = at;
  const found = BORDER.exec(text);
  return found?.index === at || (text.startsWith("\r\n", at) && text.length === at + 2);
}

/** Where the next line end with a size behind it is; NaN without one. */
function nextBorder(text: string, from: number): number {
  BORDER.lastIndex = from;
  return BORDER.exec(text)?.index ?? Number.NaN;
}

function isSizeLine(text: string, at: number): boolean {
  SIZE_LINE.lastIndex = at;
  return SIZE_LINE.test(text);
}

/** Whether a size stands here, with data of that size and a line end behind it, or too much to see. */
function leadsToBorder(text: string, at: number): boolean {
  SIZE_LINE.lastIndex = at;
  const line = SIZE_LINE.exec(text);
  if (line === null) return false;
  const end = at + line[0].length + Number.parseInt(line[1], 16);
  return end >= text.length || text.startsWith("\r\n", end);
}

/** The line end that was taken for the chunk's, so that it isn't found again. */
function withoutBorderAt(text: string, at: number): string {
  return at < 0 ? text : `${text.slice(0, at)}  ${text.slice(at + 2)}`;
}

/** Characters of text in UTF-8, as code points and as UTF-16 counts them. */
function charactersIn(octets: Uint8Array): [points: number, units: number] {
  let points = 0;
  let units = 0;
  for (const octet of octets) {
    if ((octet & 0xc0) === 0x80) continue;
    points++;
    units += octet >= 0xf0 ? 2 : 1;
  }
  return [points, units];
}
