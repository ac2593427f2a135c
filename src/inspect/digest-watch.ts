import { verify } from "../content/verifier.ts";
import { ProtocolError } from "../errors.ts";
import { Fields } from "../semantics/fields.ts";
import type { WireField } from "./rows.ts";

/** A head with none of these has announced no digest, so the client computes none (RFC 9530 sections 2 and 3, RFC 9110 section 6.6.2). */
const ANNOUNCING = ["content-digest", "repr-digest", "has-digest", "trailer"];

/** Checks a body against its digests, by the client's own check, while it goes by. */
export class DigestWatch {
  /** Whether the head says that there are digests, or may be: the client looks at no others. */
  readonly announced: boolean;
  readonly #checked: Promise<ProtocolError | undefined>;
  readonly #begun: Promise<unknown>;
  #waiting: Uint8Array | undefined;
  #over = false;
  // Whether the check needs no more: a digest that can't be read fails it before the body.
  #settled = false;
  #failure: ProtocolError | undefined;
  #wake: () => void = () => {};
  #taken: () => void = () => {};
  #trailers = new Fields();

  constructor(headers: readonly WireField[]) {
    const fields = fieldsOf(headers);
    this.announced = ANNOUNCING.some((name) => fields.has(name));
    let asked!: () => void;
    const firstAsked = new Promise<void>((resolve) => (asked = resolve));
    this.#checked = check(verify(this.#body(asked), fields, () => Promise.resolve(this.#trailers), false));
    const settle = () => {
      this.#settled = true;
      this.#taken();
    };
    const settled = this.#checked.then((failure) => {
      this.#failure = failure;
      settle();
    }, settle);
    this.#begun = Promise.race([firstAsked, settled]);
  }

  /** Resolves when the digests of the head have been read. Returns why they can't be, where that is so. */
  async begin(): Promise<ProtocolError | undefined> {
    await this.#begun;
    return this.#failure;
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

  async *#body(asked: () => void): AsyncGenerator<Uint8Array, undefined> {
    asked();
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
