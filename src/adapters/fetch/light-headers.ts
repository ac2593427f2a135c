import type { Fields } from "../../semantics/fields.ts";
import { chain } from "./chained.ts";

// token, RFC 9110 section 5.6.2
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The fields of a request as web headers: those that are asked for by name are looked up; for anything else real ones are made. */
export class LightHeaders {
  readonly #fields: Fields;
  #host: Headers | undefined;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  get(name: string): string | null {
    if (this.#host !== undefined || !isName(name)) return this.#made().get(name);
    // Lines of Cookie are parts of one list, whose delimiter is another one (RFC 6265 section 5.4).
    if (name.length === 6 && name.toLowerCase() === "cookie")
      return this.#fields.has(name) ? this.#fields.getAll(name).join("; ") : null;
    return this.#fields.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#host !== undefined || !isName(name) ? this.#made().has(name) : this.#fields.has(name);
  }

  // Whoever makes headers of these looks for their iterator.
  [Symbol.iterator](): ReturnType<Headers["entries"]> {
    return this.#made()[Symbol.iterator]();
  }

  #made(): Headers {
    return (this.#host ??= new Headers([...this.#fields]));
  }

  static {
    chain(this.prototype, Headers, new Headers(), (headers) => (headers as LightHeaders).#made());
  }
}

const isName = (name: unknown): boolean => typeof name === "string" && TOKEN.test(name);
