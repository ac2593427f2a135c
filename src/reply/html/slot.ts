import { UsageError } from "../../errors.ts";
import { type HtmlContent, type HtmlValue, markupOf, type Slot, slotOf } from "./parts.ts";
import { forget } from "../piece.ts";

/** Where a slot's content comes from: a promise that is under way, items one after the other, or a function that begins the work. */
export type SlotSource =
  | PromiseLike<HtmlContent>
  | AsyncIterable<HtmlContent>
  | ((signal: AbortSignal) => HtmlContent | Promise<HtmlContent>);

/** What every slot can be told. */
export interface SlotFailureOptions {
  /** Shown when the slot fails: content, or a function that gets the error. Default: a neutral sentence. */
  readonly error?: HtmlValue | ((error: unknown) => HtmlValue);
  /**
   * For how many milliseconds the source may be silent: until its content, or each of its items, is there. A slow reader does not
   * count. Default: for ever.
   */
  readonly timeout?: number | undefined;
}

/** What {@link slot} takes. */
export interface SlotOptions extends SlotFailureOptions {
  /** Shown until there is content. Default: nothing. */
  readonly placeholder?: HtmlValue;
}

/** The longest that a timer can be set to, in milliseconds. */
const LONGEST_TIMEOUT = 0x7f_ff_ff_ff;

/**
 * A place in a page for content that is not there yet. Its placeholder leaves with the page, its content when it is ready: a
 * promise's all at once, an async iterable's item by item, each behind the one before it. In `html` outside of a `page`, content is
 * awaited in its place, in order.
 *
 * A promise or iterable has been begun by the caller; a function is called once there is a reader, with a signal that aborts when the
 * reader leaves or the slot is given up. What fails or takes too long shows `error` and is reported; the page goes on.
 * @param source where its content comes from; each item of an iterable closes the elements it opens
 * @throws UsageError `ERR_SLUICE_OPTION` for a timeout that is no positive number, `ERR_SLUICE_HTML_VALUE` for a placeholder that would
 * have to be awaited
 */
export function slot(source: SlotSource, options: SlotOptions = {}): Slot {
  forget(source);
  const placeholder = markupOf(options.placeholder);
  return slotOf({
    source: typeof source === "function" ? undefined : source,
    begin: (desk) => (typeof source === "function" ? source(desk.signal) : source),
    placeholder: () => placeholder,
    error: errorOf(options),
    timeout: timeoutOf(options),
  });
}

/** @internal What is shown when a slot fails. */
export function errorOf({ error }: SlotFailureOptions): (reason: unknown) => HtmlValue {
  return typeof error === "function" ? error : () => error;
}

/** @internal @throws UsageError `ERR_SLUICE_OPTION` */
export function timeoutOf({ timeout }: SlotFailureOptions): number | undefined {
  if (timeout === undefined || (typeof timeout === "number" && timeout > 0 && timeout <= LONGEST_TIMEOUT))
    return timeout;
  throw new UsageError("ERR_SLUICE_OPTION", { found: `timeout: ${timeout}` });
}
