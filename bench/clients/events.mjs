// Reads event streams as a browser does, event by event: node clients/events.mjs PORT CONTROL CODING STREAMS EVENTS GAP
// It orders an event for all streams when each of them has shown the one before, and never more often than every GAP
// milliseconds: so each event has to arrive by itself, and all servers have the same rate. Prints {"open":N} when the
// streams have shown some events; after a line from the bench it orders EVENTS and prints what they took.
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createBrotliDecompress, createGunzip } from "node:zlib";
import { ChunkReader } from "../lib/chunk-reader.mjs";

const [port, control, coding, ...numbers] = process.argv.slice(2);
const [streams, events, gap] = numbers.map(Number);
const WARM_UP = 10;
const PATIENCE = 2000;

let wire = 0;
/** The number of the event that is awaited, which the first one tells, and how many streams have shown it. */
let awaited;
let shown = 0;
let allHave = () => {};

function decoderFor(onText) {
  if (coding === "identity") return { write: (bytes) => onText(bytes.utf8Slice()) };
  const decoder = coding === "br" ? createBrotliDecompress() : createGunzip();
  decoder.on("data", (bytes) => onText(bytes.utf8Slice()));
  return decoder;
}

function onEvent(block) {
  const data = block.split("\n").find((line) => line.startsWith("data:"));
  if (data === undefined) return;
  const { number } = JSON.parse(data.slice("data:".length));
  awaited ??= number;
  if (number !== awaited) throw new Error(`event ${number} in the place of event ${awaited}`);
  shown += 1;
  if (shown === streams) allHave();
}

async function openStream() {
  const socket = connect({ port: Number(port), host: "127.0.0.1" });
  await once(socket, "connect");
  let text = "";
  const decoder = decoderFor((more) => {
    const blocks = (text + more).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) onEvent(block);
  });
  const chunks = new ChunkReader((bytes) => decoder.write(bytes));
  let head = "";
  const opened = new Promise((resolve) => {
    socket.on("data", (bytes) => {
      wire += bytes.length;
      if (head.endsWith("\r\n\r\n")) {
        chunks.read(bytes);
        return;
      }
      const before = head.length;
      head += bytes.latin1Slice();
      const end = head.indexOf("\r\n\r\n") + 4;
      if (end < 4) return;
      head = head.slice(0, end);
      const found = /\r\ncontent-encoding: *(\S+)\r\n/i.exec(head)?.[1] ?? "identity";
      if (!head.startsWith("HTTP/1.1 200 ") || found !== coding) throw new Error(`unexpected head: ${head}`);
      resolve();
      chunks.read(bytes.subarray(end - before));
    });
  });
  socket.on("close", () => {
    throw new Error("an event stream was closed");
  });
  socket.write(
    `GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nAccept-Encoding: ${coding}\r\n\r\n`,
  );
  await Promise.race([opened, sleep(PATIENCE).then(() => Promise.reject(new Error("no head of a stream")))]);
}

const ticker = connect({ port: Number(control), host: "127.0.0.1", noDelay: true });

const heldBack = () =>
  new Error(`event ${awaited} is held back: ${shown} of ${streams} streams have shown it`);

async function orderEvent() {
  if (awaited !== undefined) awaited += 1;
  shown = 0;
  let late;
  const done = new Promise((resolve, reject) => {
    allHave = resolve;
    late = setTimeout(() => reject(heldBack()), PATIENCE);
  });
  ticker.write("x");
  await done;
  clearTimeout(late);
}

async function orderEvents(count) {
  const started = performance.now();
  for (let index = 0; index < count; index += 1) {
    await orderEvent();
    const wait = started + (index + 1) * gap - performance.now();
    if (wait > 0) await sleep(wait);
  }
  return (performance.now() - started) / 1000;
}

const orders = createInterface({ input: process.stdin });
await once(ticker, "connect");
// One after the other: all at once is more than some listen for.
for (let index = 0; index < streams; index += 1) await openStream();
// Whoever subscribes behind the head has done so by then.
await sleep(100);
await orderEvents(WARM_UP);
console.log(JSON.stringify({ open: streams }));
await once(orders, "line");
const before = wire;
const seconds = await orderEvents(events);
console.log(JSON.stringify({ seconds, events: events * streams, wire: wire - before }));
process.exit(0);
