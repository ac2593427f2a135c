import { UsageError } from "../errors.ts";
import { isToken, trimOws } from "../bytes/grammar.ts";

/** What fields can be made from: pairs in order (web `Headers` among them), or an object of names and values. */
export type FieldsInit =
  | Fields
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | number | readonly string[]>>;

/** `field-value` (RFC 9110 section 5.5), one octet a character; white space around it passes, too. */
export const FIELD_VALUE: RegExp = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Throws `ERR_SLUICE_INVALID_FIELD` unless name and value can stand on the wire (RFC 9110 sections 5.1 and 5.5). */
export function checkField(name: string, value: string): void {
  // What is not text could say one thing to the check and another one to the wire.
  if (typeof name !== "string")
    throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: `a name of type ${typeof name}` });
  if (!isToken(name)) throw new UsageError("ERR_SLUICE_INVALID_FIELD", { found: name });
  if (typeof value !== "string" || !FIELD_VALUE.test(value)) {
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
  /** Names and values in turn. */
  #flat: string[] = [];
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

  /** @internal Fields from names and values in turn, which a parser has checked. The list is theirs from now on. */
  static fromFlat(flat: string[]): Fields {
    const fields = new Fields();
    fields.#flat = flat;
    return fields;
  }

  /** How many field lines there are. */
  get size(): number {
    return this.#split().length / 2;
  }

  /** Whether a field of this name is there. */
  has(name: string): boolean {
    const key = name.toLowerCase();
    return !this.#lacks(key) && indexOf(this.#split(), key, 0) !== -1;
  }

  /**
   * The value of a field, several lines joined with `, ` (RFC 9110 section 5.3), or undefined.
   * Set-Cookie is the one field that must not be joined: use {@link Fields.getAll}.
   */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    if (this.#lacks(key)) return undefined;
    const flat = this.#split();
    let at = indexOf(flat, key, 0);
    if (at === -1) return undefined;
    let value = flat[at + 1];
    while ((at = indexOf(flat, key, at + 2)) !== -1) value += `, ${flat[at + 1]}`;
    return value;
  }

  /** The values of all lines of a field, in order. */
  getAll(name: string): string[] {
    const flat = this.#split();
    const key = name.toLowerCase();
    const values: string[] = [];
    for (let at = -2; (at = indexOf(flat, key, at + 2)) !== -1;) values.push(flat[at + 1]);
    return values;
  }

  /** Adds a line. @throws UsageError `ERR_SLUICE_INVALID_FIELD` */
  append(name: string, value: string): this {
    checkField(name, value);
    this.#split().push(name, value);
    return this;
  }

  /** Puts one line in the place of all lines of this name. @throws UsageError `ERR_SLUICE_INVALID_FIELD` */
  set(name: string, value: string): this {
    checkField(name, value);
    this.delete(name);
    this.#flat.push(name, value);
    return this;
  }

  /** Takes all lines of a name away; says whether there were any. */
  delete(name: string): boolean {
    const flat = this.#split();
    const key = name.toLowerCase();
    const { length } = flat;
    for (let at = 0; (at = indexOf(flat, key, at)) !== -1;) flat.splice(at, 2);
    return flat.length < length;
  }

  /** Every line as `[name, value]`, in order, the name as it was spelt. */
  *[Symbol.iterator](): Generator<[string, string]> {
    const flat = this.#split();
    for (let at = 0; at < flat.length; at += 2) yield [flat[at], flat[at + 1]];
  }

  /** @internal The names and values of all lines in turn, in order. */
  flat(): string[] {
    return [...this.#split()];
  }

  /** The fields as an object with lower-case names, for logs and `JSON.stringify`. */
  toJSON(): Record<string, string> {
    const object = Object.create(null) as Record<string, string>;
    for (const [name] of this) object[name.toLowerCase()] = this.get(name)!;
    return object;
  }

  /** Whether a section that is still text has no such line: to look costs less than to turn it into lines. */
  #lacks(key: string): boolean {
    if (this.#section === undefined) return false;
    this.#lines ??= `\n${this.#section}`.toLowerCase();
    return !this.#lines.includes(`\n${key}:`);
  }

  /** Turns the section's text into lines; its grammar was checked octet by octet before. */
  #split(): string[] {
    const section = this.#section;
    if (section === undefined) return this.#flat;
    this.#section = undefined;
    this.#lines = undefined;
    for (let start = 0; start < section.length;) {
      const end = section.indexOf("\r\n", start);
      const colon = section.indexOf(":", start);
      this.#flat.push(section.slice(start, colon), trimOws(section, colon + 1, end));
      start = end + 2;
    }
    return this.#flat;
  }
}

/** Where in names and values in turn a name stands, in any spelling; -1 for nowhere. @param from where to begin */
function indexOf(flat: readonly string[], key: string, from: number): number {
  for (let at = from; at < flat.length; at += 2)
    if (flat[at].length === key.length && flat[at].toLowerCase() === key) return at;
  return -1;
}
