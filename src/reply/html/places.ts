import { UsageError } from "../../errors.ts";
import { attributeKind } from "./attributes.ts";
import { BEGUN_REFERENCE } from "./character-references.ts";
import { RawText, refusePlace } from "./raw-text.ts";
import { isSafeUrl, schemeIsSettled } from "./url.ts";

/** Where a value stands in a template, which says how it is written. */
export type Place =
  /** In an element: text, or markup. */
  | "text"
  /** In `<title>` or `<textarea>`, where markup would be shown as it is written: text alone. */
  | "plain-text"
  /** In a quoted attribute. */
  | "attribute"
  /** In a quoted attribute that is, or becomes, something else than text, such as CSS: letters, digits and a few signs. */
  | "simple-attribute"
  /** Where an attribute could stand: nothing, or `html` that is attributes. */
  | "attributes"
  /** In `<script>`: JSON. */
  | "script"
  | UrlPlace;

/** In a quoted attribute that is a URL, whose scheme can only be told when all of it is there. */
export interface UrlPlace {
  /** Which of the values in this attribute this one is. */
  readonly index: number;
  /** What stands in the attribute before, between and after its values. */
  readonly pieces: readonly string[];
}

const KNOWN = new WeakMap<readonly string[], readonly Place[]>();

/**
 * Where each value of a template stands, read once from its static strings.
 * @throws UsageError `ERR_SLUICE_HTML_PLACE` where one stands where nothing can be escaped safely, or the template ends inside a tag;
 * `ERR_SLUICE_OPTION` for what is no template
 */
export function placesOf(strings: readonly string[]): readonly Place[] {
  let places = KNOWN.get(strings);
  if (places === undefined) {
    // An array that has come from outside, such as one of JSON, is no template.
    if (!Array.isArray(strings) || !("raw" in strings))
      throw new UsageError("ERR_SLUICE_OPTION", {
        found: "html called as a function; it is a tag: html`<p>...`",
      });
    places = new PlaceScanner().scan(strings);
    KNOWN.set(strings, places);
  }
  return places;
}

/** The tokenizer's states (HTML section 13.2.5), as far as they differ in what a value may be. Named after what is awaited. */
type State =
  | "text"
  | "tag-name"
  | "before-attribute"
  | "attribute-name"
  | "after-attribute-name"
  | "before-value"
  | "double-quoted"
  | "single-quoted"
  | "unquoted"
  | "after-value"
  | "raw-text"
  // Of the rest no value may be a part.
  | "tag-open"
  | "comment";

const FOUND: Readonly<Partial<Record<State, string>>> = {
  "tag-open": "a value as the name of an element",
  "tag-name": "a value in the name of an element",
  "attribute-name": "a value in the name of an attribute",
  "before-value": "a value in an attribute without quotes",
  unquoted: "a value in an attribute without quotes",
  comment: "a value in a comment",
};

const SPACE = /[\t\n\f\r ]/;
const LETTER = /[A-Za-z]/;

class PlaceScanner {
  #state: State = "text";
  #text = "";
  #at = 0;
  #tag = "";
  #closing = false;
  /** Whether a slash has stood between the attributes: the tag may be a self-closing one. */
  #slash = false;
  /** How many `<svg>` and `<math>` are open. */
  #foreign = 0;
  #name = "";
  // Of the attribute at hand, where it is a URL: what stands between its values.
  #pieces: string[] = [];
  #raw: RawText | undefined;

  scan(strings: readonly string[]): readonly Place[] {
    const places: Place[] = [];
    for (const [index, text] of strings.entries()) {
      this.#text = text;
      this.#at = 0;
      while (this.#at < text.length) this.#step();
      if (index < strings.length - 1) places.push(this.#place());
    }
    if (this.#state !== "text")
      refusePlace(`the end of a template inside a tag, a comment or <${this.#tag}>`);
    return places;
  }

  #place(): Place {
    switch (this.#state) {
      case "text":
        return "text";
      case "raw-text":
        return this.#raw!.value();
      case "before-attribute":
      case "after-attribute-name":
      case "after-value":
        if (this.#closing) refusePlace("a value in an end tag");
        this.#state = "before-attribute";
        return "attributes";
      case "double-quoted":
      case "single-quoted":
        return this.#attribute();
      default:
        return refusePlace(FOUND[this.#state] ?? "a value in a tag");
    }
  }

  #attribute(): Place {
    const kind = attributeKind(this.#name);
    if (kind === "code") refusePlace(`a value in ${this.#name}, which is code`);
    // What the value can be completes a character reference, too, and so would be another character.
    if (kind === "simple-attribute" && BEGUN_REFERENCE.test(this.#pieces[0]))
      refusePlace(`a value in a character reference in ${this.#name}`);
    if (kind !== "url") return kind;
    if (schemeIsSettled(this.#pieces[0])) return "attribute";
    // With no value in it yet, what is unsafe is the template's own scheme.
    if (!isSafeUrl(this.#pieces[0])) refusePlace(`a value in ${this.#name} behind ${this.#pieces[0]}`);
    this.#pieces.push("");
    return { index: this.#pieces.length - 2, pieces: this.#pieces };
  }

  /** Reads what belongs to the state at hand; at least one character, but for a change of state. */
  #step(): void {
    const character = this.#text[this.#at];
    switch (this.#state) {
      case "text":
        return this.#readText();
      case "tag-name":
        this.#tag += this.#until(/[\t\n\f\r />]/).toLowerCase();
        if (this.#at < this.#text.length) this.#state = "before-attribute";
        return undefined;
      case "before-attribute":
        this.#name = "";
        if (character === ">") return this.#tagEnd();
        // Behind a value that is attributes it would belong to the last of them, whatever that is.
        if (character === "=") refusePlace("= without the name of an attribute before it");
        if (character === "/") this.#slash = true;
        if (SPACE.test(character) || character === "/") this.#at++;
        else this.#state = "attribute-name";
        return undefined;
      case "attribute-name":
        this.#name += this.#until(/[\t\n\f\r />=]/).toLowerCase();
        if (this.#at < this.#text.length) this.#state = "after-attribute-name";
        return undefined;
      case "after-attribute-name":
        if (SPACE.test(character)) this.#at++;
        else if (character === "=") this.#take("before-value");
        else this.#state = "before-attribute";
        return undefined;
      case "before-value":
        this.#pieces = [""];
        if (SPACE.test(character)) this.#at++;
        else if (character === '"') this.#take("double-quoted");
        else if (character === "'") this.#take("single-quoted");
        else if (character === ">") this.#tagEnd();
        else this.#state = "unquoted";
        return undefined;
      case "double-quoted":
        return this.#readValue('"');
      case "single-quoted":
        return this.#readValue("'");
      case "unquoted":
        this.#until(/[\t\n\f\r >]/);
        if (this.#at < this.#text.length) this.#state = "before-attribute";
        return undefined;
      case "after-value":
        this.#state = "before-attribute";
        return undefined;
      case "raw-text":
        return this.#readRawText();
      default:
        // What has begun here did not end in this string: a value follows, and is refused, or the template ends.
        this.#at = this.#text.length;
        return undefined;
    }
  }

  #readText(): void {
    const text = this.#text;
    const open = text.indexOf("<", this.#at);
    this.#at = open === -1 ? text.length : open + 1;
    if (open === -1) return;
    this.#closing = text[this.#at] === "/";
    if (this.#closing) this.#at++;
    const character = text[this.#at];
    if (character === undefined) {
      this.#state = "tag-open";
    } else if (LETTER.test(character)) {
      this.#tag = "";
      this.#slash = false;
      this.#state = "tag-name";
    } else if (this.#closing || character === "!" || character === "?") {
      this.#readComment();
    }
  }

  /** A comment, a doctype, a processing instruction, or what a browser takes for a comment. */
  #readComment(): void {
    const text = this.#text;
    if (text.startsWith("![", this.#at)) refusePlace("CDATA");
    const long = !this.#closing && text.startsWith("!--", this.#at);
    const rest = text.slice(long ? this.#at + 3 : this.#at);
    const end = (long ? /^-?>|--!?>/ : />/).exec(rest);
    this.#at = end === null ? text.length : text.length - rest.length + end.index + end[0].length;
    this.#state = end === null ? "comment" : "text";
  }

  #readValue(quote: string): void {
    const end = this.#text.indexOf(quote, this.#at);
    const text = this.#text.slice(this.#at, end === -1 ? undefined : end);
    const last = this.#pieces.length - 1;
    this.#pieces[last] += text;
    if (end === -1) this.#at = this.#text.length;
    else {
      this.#at = end;
      this.#take("after-value");
    }
  }

  #readRawText(): void {
    const end = this.#raw!.read(this.#text, this.#at);
    this.#at = end ?? this.#text.length;
    if (end === undefined) return;
    this.#closing = true;
    this.#state = "before-attribute";
  }

  /** The `>` of a tag. */
  #tagEnd(): void {
    const isForeign = this.#tag === "svg" || this.#tag === "math";
    if (isForeign && this.#closing) this.#foreign = Math.max(0, this.#foreign - 1);
    else if (isForeign && !(this.#slash && this.#text[this.#at - 1] === "/")) this.#foreign++;
    this.#take("text");
    if (this.#closing) return;
    this.#raw = RawText.of(this.#tag, this.#foreign > 0);
    if (this.#raw === undefined) return;
    // In HTML it is ignored, inside <svg> it ends the element.
    if (this.#slash) refusePlace(`a / in the tag of <${this.#tag}>`);
    this.#state = "raw-text";
  }

  #take(state: State): void {
    this.#at++;
    this.#state = state;
  }

  /** Reads up to a character of this class. */
  #until(end: RegExp): string {
    const rest = this.#text.slice(this.#at);
    const length = rest.search(end);
    const read = length === -1 ? rest : rest.slice(0, length);
    this.#at += read.length;
    return read;
  }
}
