import { UsageError } from "../../errors.ts";

/**
 * Reads the static text of a script, to know whether a value behind it stands where an expression may: outside of strings and
 * comments, inside which JSON would not be contained.
 *
 * It knows strings, comments and template literals without substitutions. What it cannot tell apart without parsing all of the
 * language, a division and a regular expression, makes it refuse values from there on: it errs on one side only.
 */
export class ScriptScanner {
  #doubt: string | undefined;

  /** @param text static text up to the next value, or to the end of the element */
  read(text: string): void {
    for (let at = 0; at < text.length && this.#doubt === undefined; at++) {
      switch (text[at]) {
        case '"':
        case "'":
        case "`":
          at = this.#string(text, at);
          break;
        case "/":
          at = this.#slash(text, at);
          break;
        case "-":
          // At the beginning of a line it begins a comment, too (ECMAScript annex B.1.1).
          if (text.startsWith("-->", at)) this.#doubt = "behind -->";
          break;
        default:
      }
    }
  }

  /** A value follows. @throws UsageError `ERR_SLUICE_HTML_PLACE` where it would not be an expression */
  value(): void {
    if (this.#doubt !== undefined)
      throw new UsageError("ERR_SLUICE_HTML_PLACE", { found: `a value in a script, ${this.#doubt}` });
  }

  /** Gives where the string ends that begins here. */
  #string(text: string, start: number): number {
    const quote = text[start];
    for (let at = start + 1; at < text.length; at++) {
      const character = text[at];
      if (character === "\\") at++;
      else if (character === quote) return at;
      else if (quote === "`" ? character === "$" && text[at + 1] === "{" : character === "\n") break;
    }
    this.#doubt = `in or behind a string that begins with ${quote}`;
    return text.length;
  }

  /** Gives where the comment ends that begins here. */
  #slash(text: string, start: number): number {
    const end =
      text[start + 1] === "/"
        ? start + 2 + text.slice(start + 2).search(/[\n\r\u2028\u2029]/)
        : text[start + 1] === "*"
          ? text.indexOf("*/", start + 2) + 1
          : 0;
    if (end > start + 1) return end;
    this.#doubt = "in a comment, or behind a / that may begin a regular expression";
    return text.length;
  }
}
