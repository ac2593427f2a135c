import { verify } from "../content/verifier.ts";
import { ProtocolError } from "../errors.ts";
import { Fields } from "../semantics/fields.ts";
import type { WireField } from "./rows.ts";

/** Checks a body against its digests, by the client's own check, while it goes by. */
export class DigestWatch {
  readonly #checked: Promise<ProtocolError | undefined>;
  #waiting: Uint8Array | undefined;
  #over = false;
  // Whether the check needs no more: a digest that can't be read fails it before the body.
  #settled = false;
  #wake: () => void = () => {};
  #taken: () => void = () => {};
  #trailers = new Fields();

  constructor(headers: readonly WireField[]) {
    const fields = fieldsOf(headers);
    this.#checked = check(verify(this.#body(), fields, () => Promise.resolve(this.#trailers), false));
    const settle = () => {
      this.#settled = true;
      this.#taken();
    };
    this.#checked.then(settle, settle);
  }

  /** Resolves when the octets are no longer needed. */
  push(octets: Uint8Array): Promise<void> {
    if (this.#settled) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = octets;
      this.#taken = resolve;
      this.#wake();
    });
  }

  /** Says that the body is whole. Returns why it is not the one that was announced, where it isn't. */
  end(trailers: readonly WireField[]): Promise<ProtocolError | undefined> {
    this.#trailers = fieldsOf(trailers);
    this.#over = true;
    this.#wake();
    return this.#checked;
  }

  async *#body(): AsyncGenerator<Uint8Array, undefined> {
    for (;;) {
      if (this.#waiting !== undefined) {
        yield this.#waiting;
        this.#waiting = undefined;
        this.#taken();
      } else if (this.#over) return undefined;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function fieldsOf(lines: readonly WireField[]): Fields {
  return Fields.from(lines.map(({ name, value }) => [name, value] as const));
}

async function check(pieces: AsyncIterable<Uint8Array>): Promise<ProtocolError | undefined> {
  try {
    for await (const _ of pieces);
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}
