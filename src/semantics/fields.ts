import { UsageError } from "../errors.ts";
import { isToken, trimOws } from "../bytes/grammar.ts";

/** What fields can be made from: pairs in order (web `Headers` among them), or an object of names and values. */
export type FieldsInit =
  | Fields
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | number | readonly string[]>>;

const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Throws `ERR_SLUICE_INVALID_FIELD` unless name and value can stand on the wire (RFC 9110 sections 5.1 and 5.5). */
export function checkField(name: string, value: string): void {
  // What is not text could say one thing to the check and another one to the wire.
  if (typeof name !== "string")
    throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: `a name of type ${typeof name}` });
  if (!isToken(name)) throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: name });
  if (typeof value !== "string" || !VALUE.test(value)) {
    throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: `${name}: ${value}` });
  }
}

/** Calls back with each name and each of its values, in order and unchecked. */
export function eachField(init: FieldsInit, visit: (name: string, value: string) => void): void {
  // Most often a list; to take its pairs apart one by one would cost more than the rest.
  if (Array.isArray(init)) {
    for (const pair of init as readonly (readonly [string, string])[]) visit(pair[0], pair[1]);
    return;
  }
  if (Symbol.iterator in init) {
    for (const [name, value] of init) visit(name, value);
    return;
  }
  for (const name of Object.keys(init)) {
    const value = init[name];
    if (typeof value === "string") visit(name, value);
    else if (typeof value === "number") visit(name, String(value));
    else if (Array.isArray(value)) for (const each of value) visit(name, each);
    else
      throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: `${name}: a value of type ${typeof value}` });
  }
}

/**
 * Header or trailer fields (RFC 9110 section 5): in the order they were sent, each name in its own spelling, found in any.
 * `new Headers([...fields])` makes web headers of them, `Fields.from(headers)` the way back.
 */
export class Fields {
  readonly #names: string[] = [];
  readonly #keys: string[] = [];
  readonly #values: string[] = [];
  /** A section that the parser has checked and nobody has asked for yet: its lines without the final empty one. */
  #section: string | undefined;
  /** The same in lower case, with a line end before each line, once somebody has looked for one. */
  #lines: string | undefined;

  /** Fields from pairs or an object. @throws UsageError `ERR_SLUICE_INVALID_FIELD` for what may not stand on the wire. */
  static from(init: FieldsInit): Fields {
    const fields = new Fields();
    eachField(init, (name, value) => fields.append(name, value));
    return fields;
  }

  /**
   * Fields from the text of a section that a parser has checked, e.g. `A: 1\r\nB: 2\r\n`. They become strings only when asked for.
   * @internal
   */
  static fromSection(section: string): Fields {
    const fields = new Fields();
    if (section !== "") fields.#section = section;
    return fields;
  }

  /** How many field lines there are. */
  get size(): number {
    this.#split();
    return this.#names.length;
  }

  /** Whether a field of this name is there. */
  has(name: string): boolean {
    const key = name.toLowerCase();
    if (this.#lacks(key)) return false;
    this.#split();
    return this.#keys.includes(key);
  }

  /**
   * The value of a field, several lines joined with `, ` (RFC 9110 section 5.3), or undefined.
   * Set-Cookie is the one field that must not be joined: use {@link Fields.getAll}.
   */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    if (this.#lacks(key)) return undefined;
    this.#split();
    const keys = this.#keys;
    const first = keys.indexOf(key);
    if (first === -1) return undefined;
    let value = this.#values[first];
    for (let at = first + 1; at < keys.length; at++) if (keys[at] === key) value += `, ${this.#values[at]}`;
    return value;
  }

  /** The values of all lines of a field, in order. */
  getAll(name: string): string[] {
    this.#split();
    const key = name.toLowerCase();
    return this.#values.filter((_, at) => this.#keys[at] === key);
  }

  /** Adds a line. @throws UsageError `ERR_SLUICE_INVALID_FIELD` */
  append(name: string, value: string): this {
    checkField(name, value);
    this.#split();
    this.#push(name, value);
    return this;
  }

  /** Puts one line in the place of all lines of this name. @throws UsageError `ERR_SLUICE_INVALID_FIELD` */
  set(name: string, value: string): this {
    checkField(name, value);
    this.delete(name);
    this.#push(name, value);
    return this;
  }

  /** Takes all lines of a name away; says whether there were any. */
  delete(name: string): boolean {
    this.#split();
    const key = name.toLowerCase();
    let found = false;
    for (let at = this.#keys.length - 1; at >= 0; at--) {
      if (this.#keys[at] !== key) continue;
      found = true;
      this.#names.splice(at, 1);
      this.#keys.splice(at, 1);
      this.#values.splice(at, 1);
    }
    return found;
  }

  /** Every line as `[name, value]`, in order, the name as it was spelt. */
  *[Symbol.iterator](): Generator<[string, string]> {
    this.#split();
    for (let at = 0; at < this.#names.length; at++) yield [this.#names[at], this.#values[at]];
  }

  /** @internal The names and values of all lines in turn, in order. Made without what lookups need. */
  flat(): string[] {
    const flat: string[] = [];
    if (this.#section !== undefined) eachLine(this.#section, (name, value) => flat.push(name, value));
    else for (let at = 0; at < this.#names.length; at++) flat.push(this.#names[at], this.#values[at]);
    return flat;
  }

  /** The fields as an object with lower-case names, for logs and `JSON.stringify`. */
  toJSON(): Record<string, string> {
    const object = Object.create(null) as Record<string, string>;
    for (const [name] of this) object[name.toLowerCase()] = this.get(name)!;
    return object;
  }

  #push(name: string, value: string): void {
    this.#names.push(name);
    this.#keys.push(name.toLowerCase());
    this.#values.push(value);
  }

  /** Whether a section that is still text has no such line: to look costs less than to turn it into lines. */
  #lacks(key: string): boolean {
    if (this.#section === undefined) return false;
    this.#lines ??= `\n${this.#section}`.toLowerCase();
    return !this.#lines.includes(`\n${key}:`);
  }

  /** Turns the section's text into lines; its grammar was checked octet by octet before. */
  #split(): void {
    const section = this.#section;
    if (section === undefined) return;
    this.#section = undefined;
    this.#lines = undefined;
    eachLine(section, (name, value) => this.#push(name, value));
  }
}

/** Calls back with each line of a section that was checked. */
function eachLine(section: string, visit: (name: string, value: string) => void): void {
  for (let start = 0; start < section.length;) {
    const end = section.indexOf("\r\n", start);
    const colon = section.indexOf(":", start);
    visit(section.slice(start, colon), trimOws(section, colon + 1, end));
    start = end + 2;
  }
}
