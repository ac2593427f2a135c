import { UsageError } from "../../errors.ts";
import { attributeKind, schemeIsSettled } from "./attributes.ts";
import { isSafeUrl } from "./escape.ts";
import { ScriptScanner } from "./script.ts";

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
 * @throws UsageError `ERR_SLUICE_HTML_PLACE` where one stands where nothing can be escaped safely, or the template ends inside a tag
 */
export function placesOf(strings: readonly string[]): readonly Place[] {
  let places = KNOWN.get(strings);
  if (places === undefined) {
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
  | "plain-text"
  | "script"
  // Of the rest no value may be a part.
  | "tag-open"
  | "raw-text"
  | "comment";

const FOUND: Readonly<Partial<Record<State, string>>> = {
  "tag-open": "a value as the name of an element",
  "tag-name": "a value in the name of an element",
  "attribute-name": "a value in the name of an attribute",
  "before-value": "a value in an attribute without quotes",
  unquoted: "a value in an attribute without quotes",
  "raw-text": "a value in an element that nothing can be escaped in, such as <style>",
  comment: "a value in a comment",
};

const SPACE = /[\t\n\f\r ]/;
const LETTER = /[A-Za-z]/;
/** Where a tag that ends the element could go on in a value. */
const TAG_BEGUN = /<\/?[A-Za-z]*$/;

class PlaceScanner {
  #state: State = "text";
  #text = "";
  #at = 0;
  #tag = "";
  #closing = false;
  #name = "";
  // Of the attribute at hand, where it is a URL: what stands between its values.
  #pieces: string[] = [];
  #script = new ScriptScanner();

  scan(strings: readonly string[]): readonly Place[] {
    const places: Place[] = [];
    for (const [index, text] of strings.entries()) {
      this.#text = text;
      this.#at = 0;
      while (this.#at < text.length) this.#step();
      if (index < strings.length - 1) places.push(this.#place());
    }
    if (this.#state !== "text") refuse(`the end of a template inside a tag, a comment or <${this.#tag}>`);
    return places;
  }

  #place(): Place {
    switch (this.#state) {
      case "text":
        return "text";
      case "plain-text":
        if (TAG_BEGUN.test(this.#text)) refuse(FOUND["tag-open"]);
        return "plain-text";
      case "script":
        // A negative number would make it <!--.
        if (/<!-?$/.test(this.#text)) refuse("a value behind <! in a script");
        this.#script.value();
        return "script";
      case "before-attribute":
      case "after-attribute-name":
      case "after-value":
        if (this.#closing) refuse("a value in an end tag");
        this.#state = "before-attribute";
        return "attributes";
      case "double-quoted":
      case "single-quoted":
        return this.#attribute();
      default:
        return refuse(FOUND[this.#state]);
    }
  }

  #attribute(): Place {
    const kind = attributeKind(this.#name);
    if (kind === "code") refuse(`a value in ${this.#name}, which is code`);
    if (kind !== "url") return kind;
    if (schemeIsSettled(this.#pieces[0])) return "attribute";
    // With no value in it yet, what is unsafe is the template's own scheme.
    if (!isSafeUrl(this.#pieces[0])) refuse(`a value in ${this.#name} behind ${this.#pieces[0]}`);
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
        if (SPACE.test(character) || character === "/") this.#at++;
        else this.#state = "attribute-name";
        return undefined;
      case "attribute-name":
        // An equals sign in the first place belongs to the name.
        if (this.#name === "") this.#name = this.#text[this.#at++].toLowerCase();
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
      case "plain-text":
      case "raw-text":
      case "script":
        return this.#readToEndTag();
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
      this.#state = "tag-name";
    } else if (this.#closing || character === "!" || character === "?") {
      this.#readComment();
    }
  }

  /** A comment, a doctype, a processing instruction, or what a browser takes for a comment. */
  #readComment(): void {
    const text = this.#text;
    if (text.startsWith("![", this.#at)) refuse("CDATA");
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

  #readToEndTag(): void {
    const rest = this.#text.slice(this.#at);
    const end = rest.search(new RegExp(`</${this.#tag}[\\t\\n\\f\\r />]`, "i"));
    const content = end === -1 ? rest : rest.slice(0, end);
    if (this.#state === "script") {
      // It can make the element end elsewhere than at its end tag (HTML section 4.12.1.3).
      if (content.includes("<!--")) refuse("<!-- in a script; write <\\!-- in its strings");
      this.#script.read(content);
    }
    if (end === -1) {
      this.#at = this.#text.length;
    } else {
      this.#at += end + 2 + this.#tag.length;
      this.#closing = true;
      this.#state = "before-attribute";
    }
  }

  /** The `>` of a tag. */
  #tagEnd(): void {
    this.#take("text");
    if (this.#closing) return;
    switch (this.#tag) {
      case "title":
      case "textarea":
        this.#state = "plain-text";
        break;
      case "script":
        this.#script = new ScriptScanner();
        this.#state = "script";
        break;
      case "style":
      case "xmp":
      case "iframe":
      case "noembed":
      case "noframes":
        this.#state = "raw-text";
        break;
      case "plaintext":
        refuse("<plaintext>, which has no end");
        break;
      default:
    }
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

function refuse(found: string | undefined): never {
  throw new UsageError("ERR_SLUICE_HTML_PLACE", { found: found ?? "a value in a tag" });
}
