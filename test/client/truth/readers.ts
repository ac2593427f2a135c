// Every way of reading a response, and what each of them makes of it.

import { Writable } from "node:stream";
import type { ClientResponse, ResponseBody } from "../../../src/client/index.ts";

/** How a body is read whole, and what it was. */
export type Reading = (body: ResponseBody) => Promise<Uint8Array>;

export const READINGS: Readonly<Record<string, Reading>> = {
  "for await": async (body) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return Buffer.concat(pieces);
  },
  "bytes()": (body) => body.bytes(),
  "stream()": async (body) => {
    const reader = body.stream().getReader();
    const pieces: Uint8Array[] = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(pieces);
      pieces.push(value);
    }
  },
  "pipeTo() a WritableStream": async (body) => {
    const pieces: Uint8Array[] = [];
    let closed = false;
    await body.pipeTo(
      new WritableStream<Uint8Array>({
        write: (piece) => {
          pieces.push(piece);
        },
        close: () => {
          closed = true;
        },
      }),
    );
    if (!closed) throw new Error("resolved before the stream was closed");
    return Buffer.concat(pieces);
  },
  "pipeTo() a Writable": async (body) => {
    const pieces: Buffer[] = [];
    const writable = new Writable({
      write: (piece: Buffer, _encoding, done) => {
        pieces.push(piece);
        done();
      },
    });
    await body.pipeTo(writable);
    if (!writable.writableFinished) throw new Error("resolved before the stream was finished");
    return Buffer.concat(pieces);
  },
};

/** Whatever came of a request: a response with content, or an error before it or while reading. */
export interface Outcome {
  readonly response?: ClientResponse;
  readonly content?: Uint8Array;
  readonly error?: unknown;
}

export async function outcomeOf(request: Promise<ClientResponse>, reading: Reading): Promise<Outcome> {
  let response: ClientResponse | undefined;
  try {
    response = await request;
    return { response, content: await reading(response.body) };
  } catch (error) {
    return response === undefined ? { error } : { response, error };
  }
}
