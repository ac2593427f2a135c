// Each encoder turns one payload into pieces to be sent in order, the payload among them uncopied.
import { Buffer } from "node:buffer";

const CRLF = Buffer.from("\r\n");

async function sluiceEncoder() {
  const { ChunkedEncoder } = await import("../../dist/http1/index.js");
  // The one place that knows the encoder's interface: change it here.
  const encoder = new ChunkedEncoder();
  return { name: "sluice", encode: (payload) => encoder.chunk(payload) };
}

const byHand = {
  name: "by hand: pieces",
  encode: (payload) => [Buffer.from(`${payload.length.toString(16)}\r\n`, "latin1"), payload, CRLF],
};

const byHandJoined = {
  name: "by hand: Buffer.concat",
  encode: (payload) => [
    Buffer.concat([Buffer.from(`${payload.length.toString(16)}\r\n`, "latin1"), payload, CRLF]),
  ],
};

export async function loadEncoders() {
  try {
    return { encoders: [await sluiceEncoder(), byHand, byHandJoined], notes: [] };
  } catch (error) {
    return {
      encoders: [byHand, byHandJoined],
      notes: [`left out: sluice's encoder (${error.message.split("\n")[0]})`],
    };
  }
}
