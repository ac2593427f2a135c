import { UsageError } from "../../errors.ts";
import { ScriptScanner } from "./script.ts";

/** What a value may be in an element's text: text alone, an expression of a script, nothing. */
type Kind = "plain-text" | "script" | "raw-text";

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["title", "plain-text"],
  ["textarea", "plain-text"],
  ["script", "script"],
  ["style", "raw-text"],
  ["xmp", "raw-text"],
  ["iframe", "raw-text"],
  ["noembed", "raw-text"],
  ["noframes", "raw-text"],
]);

/**
 * The text of an element that ends at its end tag alone (HTML section 13.1.2). That holds in HTML: inside `<svg>` and `<math>`, and
 * where the parser ignores the element, its text is read as markup. A template doesn't know where it will stand, so what would be
 * read differently there is refused.
 */
export class RawText {
  readonly #tag: string;
  readonly #kind: Kind;
  readonly #foreign: boolean;
  readonly #endTag: RegExp;
  readonly #script: ScriptScanner = new ScriptScanner();
  /** The static text before the value that may follow. */
  #before = "";

  private constructor(tag: string, kind: Kind, foreign: boolean) {
    this.#tag = tag;
    this.#kind = kind;
    this.#foreign = foreign;
    this.#endTag = new RegExp(`</${tag}(?=[\\t\\n\\f\\r />])`, "i");
  }

  /**
   * The text of this element; undefined where it is markup.
   * @param foreign whether the template has opened `<svg>` or `<math>` around it
   * @throws UsageError `ERR_SLUICE_HTML_PLACE` for `<plaintext>`
   */
  static of(tag: string, foreign: boolean): RawText | undefined {
    if (tag === "plaintext") refusePlace("<plaintext>, which has no end");
    const kind = KINDS.get(tag);
    return kind === undefined ? undefined : new RawText(tag, kind, foreign);
  }

  /**
   * Reads static text.
   * @returns where the name of the end tag ends; undefined where the text goes on behind a value
   * @throws UsageError `ERR_SLUICE_HTML_PLACE`
   */
  read(text: string, from: number): number | undefined {
    const rest = text.slice(from);
    const end = this.#endTag.exec(rest);
    const content = end === null ? rest : rest.slice(0, end.index);
    this.#before = content;
    switch (this.#kind) {
      case "plain-text":
        if (content.includes("<")) refusePlace(`< in <${this.#tag}>; write &lt;`);
        break;
      case "raw-text":
        if (/<[A-Za-z/!?]/.test(content)) refusePlace(`markup in <${this.#tag}>`);
        break;
      default:
        // It can make the element end elsewhere than at its end tag (HTML section 4.12.1.3).
        if (content.includes("<!--")) refusePlace("<!-- in a script; write <\\!-- in its strings");
        this.#script.read(content);
    }
    return end === null ? undefined : from + end.index + end[0].length;
  }

  /** A value follows. @throws UsageError `ERR_SLUICE_HTML_PLACE` */
  value(): "plain-text" | "script" {
    switch (this.#kind) {
      case "plain-text":
        return "plain-text";
      case "script":
        if (this.#foreign) refusePlace("a value in a script inside <svg> or <math>");
        // A negative number would make it <!--.
        if (/<!-?$/.test(this.#before)) refusePlace("a value behind <! in a script");
        this.#script.value();
        return "script";
      default:
        return refusePlace(`a value in <${this.#tag}>, where nothing can be escaped`);
    }
  }
}

/** @throws UsageError `ERR_SLUICE_HTML_PLACE` */
export function refusePlace(found: string): never {
  throw new UsageError("ERR_SLUICE_HTML_PLACE", { found });
}
