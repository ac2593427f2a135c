import { ProtocolError } from "../errors.ts";
import type { Fields, FieldsInit } from "../semantics/fields.ts";
import { ChunkedDecoder } from "./chunked-decoder.ts";
import { ChunkedEncoder } from "./chunked-encoder.ts";
import type { WireLimits } from "./limits.ts";

declare global {
  // Empty where nobody else declares them; where Node's or the browser's types do, these merge with them.
  interface ReadableStream<R = any> {}
  interface WritableStream<W = any> {}
}

interface Controller {
  enqueue(chunk: Uint8Array): void;
}

interface Transformer {
  transform(chunk: Uint8Array, controller: Controller): void;
  flush(controller: Controller): void;
}

/** The two ends of a web TransformStream. */
interface Pair {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** The one global that the neutral folders use; every host of web streams has it. */
const host = globalThis as unknown as { TransformStream: new (transformer: Transformer) => Pair };

/**
 * {@link ChunkedDecoder} as a TransformStream: `encoded.pipeThrough(new ChunkedDecoderStream())`.
 * It errors with what the decoder throws, also when the input ends before the body does. The stream is one body, so bytes after its
 * end are an error too: `ERR_SLUICE_SURPLUS`.
 */
export class ChunkedDecoderStream implements Pair {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #decoder: ChunkedDecoder;

  constructor(limits: Partial<WireLimits> = {}) {
    let controller: Controller;
    const decoder = new ChunkedDecoder({ data: (view) => controller.enqueue(view) }, limits);
    ({ readable: this.readable, writable: this.writable } = new host.TransformStream({
      transform(chunk, current) {
        controller = current;
        // The decoder moves payload inside what it is given, and that belongs to whoever wrote it. Buffer's own slice doesn't copy.
        const copy = Uint8Array.prototype.slice.call(chunk);
        if (decoder.write(copy) < copy.length) {
          throw new ProtocolError("ERR_SLUICE_SURPLUS", { offset: decoder.consumed });
        }
      },
      flush: () => decoder.end(),
    }));
    this.#decoder = decoder;
  }

  /** The trailer section; empty until the readable side has ended. */
  get trailers(): Fields {
    return this.#decoder.trailers;
  }
}

/** {@link ChunkedEncoder} as a TransformStream: each piece becomes one chunk, the end of the input the last one. */
export class ChunkedEncoderStream implements Pair {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;

  /** @param trailers called at the end of the input */
  constructor(trailers?: () => FieldsInit) {
    const encoder = new ChunkedEncoder();
    ({ readable: this.readable, writable: this.writable } = new host.TransformStream({
      transform: (chunk, controller) => enqueueAll(encoder.chunk(chunk), controller),
      flush: (controller) => enqueueAll(encoder.last(trailers?.()), controller),
    }));
  }
}

function enqueueAll(pieces: Uint8Array[], controller: Controller): void {
  for (const piece of pieces) controller.enqueue(piece);
}
