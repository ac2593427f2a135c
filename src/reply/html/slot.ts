import { UsageError } from "../../errors.ts";
import { checkOptions } from "./options.ts";
import {
  type HtmlContent,
  type HtmlValue,
  isAsyncIterable,
  markup,
  markupOf,
  type Slot,
  slotOf,
  wrongValue,
} from "./parts.ts";
import { forget, isThenable } from "../piece.ts";

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

const OPTIONS: ReadonlySet<keyof SlotOptions> = new Set(["placeholder", "error", "timeout"]);

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
 * @throws UsageError `ERR_SLUICE_OPTION`, for a timeout that is no positive number, too; `ERR_SLUICE_HTML_VALUE` for a source that is none of
 * these, and a placeholder or an error that would have to be awaited
 */
export function slot(source: SlotSource, options: SlotOptions = {}): Slot {
  forget(source);
  if (!isSource(source)) throw wrongValue(source);
  checkOptions("slot", options, OPTIONS);
  const placeholder = markupOf(options.placeholder);
  return slotOf({
    source: typeof source === "function" ? undefined : source,
    begin: (desk) => (typeof source === "function" ? source(desk.signal) : source),
    placeholder: () => placeholder,
    error: errorOf(options),
    timeout: timeoutOf(options),
  });
}

const isSource = (source: unknown): boolean =>
  typeof source === "function" || isThenable(source) || isItems(source);

/** @internal */
export const isItems = (source: unknown): source is AsyncIterable<unknown> =>
  typeof source === "object" && source !== null && isAsyncIterable(source);

/** @internal What is shown when a slot fails. @throws UsageError `ERR_SLUICE_HTML_VALUE` */
export function errorOf({ error }: SlotFailureOptions): (reason: unknown) => HtmlValue {
  if (typeof error === "function") return error;
  const shown = markup(markupOf(error));
  return () => shown;
}

/** @internal @throws UsageError `ERR_SLUICE_OPTION` */
export function timeoutOf({ timeout }: SlotFailureOptions): number | undefined {
  if (timeout === undefined || (typeof timeout === "number" && timeout > 0 && timeout <= LONGEST_TIMEOUT))
    return timeout;
  throw new UsageError("ERR_SLUICE_OPTION", { found: `timeout: ${String(timeout)}` });
}
