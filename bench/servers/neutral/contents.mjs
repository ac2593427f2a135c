// What the neutral server sends, and what a client has to have got in the end.
import { createHash } from "node:crypto";
import { rows } from "../ndjson/rows.mjs";

const KIB = 1024;
export const MIB = 1024 ** 2;

/** Octets whose places can be told apart: a piece that is lost, doubled or misplaced changes the digest. */
const block = Buffer.alloc(MIB);
for (let index = 0; index < MIB; index += 1) block[index] = (index * 31 + (index >> 12)) % 251;

/** Text as an API sends it: a row in each line, which gzip makes about a quarter of. */
function rowsAsText() {
  let text = "";
  let state = 1;
  for (const row of rows(12_000)) {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    text += `${JSON.stringify({ ...row, token: (state >>> 0).toString(36) })}\n`;
  }
  return Buffer.from(text).subarray(0, MIB);
}

const ROWS_IN_BLOCK = 10_000;
const EVENTS_IN_BLOCK = 1000;

const WORDS = " the first byte before you know the last, Größe, and how it ended: always true".split(/(?= )/);
const eventData = (index) =>
  JSON.stringify({ type: "delta", index, text: WORDS[index % WORDS.length], done: false });

function* eventTexts() {
  for (let id = 1; id <= EVENTS_IN_BLOCK; id += 1)
    yield Buffer.from(`event: delta\nid: ${id}\ndata: ${eventData(id)}\n\n`);
}

function* rowTexts() {
  for (const row of rows(ROWS_IN_BLOCK)) yield Buffer.from(`${JSON.stringify(row)}\n`);
}

/** Made when they are asked for first, and kept. */
function lazy(make) {
  let made;
  return () => (made ??= make());
}

export const KIB_OF_OCTETS = block.subarray(0, KIB);
export const octetBlock = () => block;
export const textBlock = lazy(rowsAsText);
export const eventBlock = lazy(() => [...eventTexts()]);
export const rowBlock = lazy(() => Buffer.concat([...rowTexts()]));

/** How often a block of rows, or of events, is sent. */
function repeats(count, inBlock) {
  if (!(count > 0) || count % inBlock !== 0) throw new Error(`${count} is not a multiple of ${inBlock}`);
  return count / inBlock;
}
export const rowBlocks = (count) => repeats(count, ROWS_IN_BLOCK);
export const eventBlocks = (count) => repeats(count, EVENTS_IN_BLOCK);

/** The sum over all rows of their numbers: a row that is lost or read twice changes it. */
export const sumOfRows = (count) => rowBlocks(count) * ((ROWS_IN_BLOCK * (ROWS_IN_BLOCK + 1)) / 2);

/** The sum over all events of the length of their data, in UTF-16 code units. */
export function sumOfEvents(count) {
  let sum = 0;
  for (let id = 1; id <= EVENTS_IN_BLOCK; id += 1) sum += eventData(id).length;
  return eventBlocks(count) * sum;
}

/** Of a block that is repeated. */
export function digestOf(bytes, times) {
  const hash = createHash("sha256");
  for (let index = 0; index < times; index += 1) hash.update(bytes);
  return hash.digest("hex");
}
