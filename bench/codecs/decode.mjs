// What is timed: feeding one whole body in reads of 64 KiB. A decoder may move payload inside the read it is given, as
// ours does, and then the same bytes can't be fed twice. So every read is copied afresh from the body before each run,
// for every decoder alike and outside of the time: the copy stands for the kernel's, which nobody is spared.
// The head of the message and the making of the decoder are outside of the time, too.
import { Buffer } from "node:buffer";
import { inRounds, timeOf } from "./timing.mjs";

const READ_SIZE = 64 * 1024;
const MIB = 1024 * 1024;

function makeBody(chunkSize) {
  const wanted = chunkSize < 64 ? MIB : 4 * MIB;
  const line = Buffer.from(`${chunkSize.toString(16)}\r\n`);
  const chunks = Math.floor(wanted / (line.length + chunkSize + 2));
  const payload = Buffer.alloc(chunks * chunkSize);
  for (let index = 0; index < payload.length; index += 1) payload[index] = 97 + (index % 23);
  const parts = [];
  for (let index = 0; index < chunks; index += 1) {
    parts.push(line, payload.subarray(index * chunkSize, (index + 1) * chunkSize), Buffer.from("\r\n"));
  }
  const wire = Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
  const reads = [];
  for (let start = 0; start < wire.length; start += READ_SIZE) {
    reads.push(Buffer.allocUnsafeSlow(Math.min(READ_SIZE, wire.length - start)));
  }
  const restore = () => reads.forEach((read, index) => wire.copy(read, 0, index * READ_SIZE));
  return { chunks, payload, reads, restore };
}

function check({ name, create }, { chunks, payload, reads, restore }) {
  const sink = [];
  restore();
  const decoder = create(sink);
  for (const read of reads) decoder.read(read);
  if (!Buffer.concat(sink).equals(payload)) throw new Error(`${name} decodes wrongly`);
  const seen = decoder.chunks?.();
  if (seen !== undefined && seen !== chunks + 1)
    throw new Error(`${name} shows ${seen} chunks of ${chunks + 1}`);
  decoder.close?.();
}

export function measureDecoding(decoders, chunkSize, { rounds, milliseconds }) {
  const body = makeBody(chunkSize);
  for (const decoder of decoders) check(decoder, body);
  const { chunks, payload, reads, restore } = body;
  const run = (decoder) => {
    for (const read of reads) decoder.read(read);
  };
  const results = inRounds(decoders, rounds, ({ name, create }) => {
    let last;
    const prepare = () => {
      last?.close?.();
      restore();
      last = create();
      return last;
    };
    const nanoseconds = timeOf(prepare, run, milliseconds);
    if (last.payload() !== payload.length) throw new Error(`${name} lost payload`);
    last.close?.();
    return nanoseconds / chunks;
  });
  return results.map((result) => ({ ...result, chunkSize }));
}
