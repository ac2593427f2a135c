import { Buffer } from "node:buffer";
import { inRounds, timeOf } from "./timing.mjs";

const CHUNKS_IN_A_RUN = 20_000;

function check({ name, encode }, payload) {
  const wanted = Buffer.concat([
    Buffer.from(`${payload.length.toString(16)}\r\n`),
    payload,
    Buffer.from("\r\n"),
  ]);
  if (!Buffer.concat(encode(payload)).equals(wanted)) throw new Error(`${name} encodes wrongly`);
}

export function measureEncoding(encoders, chunkSize, { rounds, milliseconds }) {
  const payload = Buffer.alloc(chunkSize, 120);
  for (const encoder of encoders) check(encoder, payload);
  const results = inRounds(encoders, rounds, ({ encode }) => {
    let octets = 0;
    const run = () => {
      for (let index = 0; index < CHUNKS_IN_A_RUN; index += 1) {
        for (const piece of encode(payload)) octets += piece.length;
      }
    };
    const nanoseconds = timeOf(() => undefined, run, milliseconds);
    if (octets === 0) throw new Error("nothing was encoded");
    return nanoseconds / CHUNKS_IN_A_RUN;
  });
  return results.map((result) => ({ ...result, chunkSize }));
}
