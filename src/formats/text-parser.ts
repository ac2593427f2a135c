import { UsageError } from "../errors.ts";

const BYTE_ORDER_MARK = 0xfeff;

/**
 * What the parsers of text formats have in common: text in any cut, one byte order mark at the very start skipped, and nothing read
 * after an error or after the end.
 *
 * Text is what a UTF-8 decoder has made of the bytes, in streaming mode, so that no character is cut. Positions and limits are in
 * characters: UTF-16 code units, which is what a string's `length` counts.
 */
export abstract class TextParser<Ending = void> {
  // The mark is the first character of the first text that is not empty.
  #started = false;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * Reads on.
   * @throws ProtocolError what the format says; what was whole before it has been delivered, and every later call throws the same error
   * @throws UsageError `ERR_SLUICE_BODY_PIECE` for what is not text, `ERR_SLUICE_OUT_OF_ORDER` after the end
   */
  push(text: string): void {
    if (typeof text !== "string")
      throw new UsageError("ERR_SLUICE_BODY_PIECE", { found: `a ${typeof text} where text is read` });
    this.#mayGoOn();
    if (text === "") return;
    const marked = !this.#started && text.charCodeAt(0) === BYTE_ORDER_MARK;
    this.#started = true;
    this.#guard(() => this.read(marked ? text.slice(1) : text));
  }

  /**
   * Says that nothing will follow.
   * @throws ProtocolError `ERR_SLUICE_FORMAT_TRUNCATED` where the format tells that something is missing
   * @throws UsageError `ERR_SLUICE_OUT_OF_ORDER` the second time
   */
  end(): Ending {
    this.#mayGoOn();
    this.#ended = true;
    return this.#guard(() => this.finish());
  }

  /** Reads the next text of the format. */
  protected abstract read(text: string): void;

  /** Reads the end. */
  protected abstract finish(): Ending;

  #mayGoOn(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#ended) throw new UsageError("ERR_SLUICE_OUT_OF_ORDER", { found: "text after the end" });
  }

  #guard<Result>(step: () => Result): Result {
    try {
      return step();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
