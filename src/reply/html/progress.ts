import { UsageError } from "../../errors.ts";
import { checkOptions, checkType } from "./options.ts";
import {
  type Html,
  type HtmlContent,
  type HtmlValue,
  markup,
  markupOf,
  type Slot,
  type SlotDesk,
  slotOf,
  wrongValue,
} from "./parts.ts";
import { isThenable } from "../piece.ts";
import { errorOf, isItems, type SlotFailureOptions, timeoutOf } from "./slot.ts";

/**
 * Work that says how far it is: an async iterable of numbers, which returns the content, or a function that gets one to call with a
 * number, and gives the content.
 */
export type ProgressSource =
  | AsyncIterable<number, HtmlContent | void>
  | ((report: (done: number) => void, signal: AbortSignal) => HtmlContent | Promise<HtmlContent>);

/** What {@link progress} takes. */
export interface ProgressOptions extends SlotFailureOptions {
  /** What is going on, beside the bar and for those who cannot see it. */
  readonly label: HtmlValue;
  /** The number that stands for all of it. Default 1. */
  readonly max?: number | undefined;
  /** What stands in the slot meanwhile, around the bar. Default: a `<label>` with the label and the bar. */
  readonly placeholder?: ((bar: Html, label: HtmlValue) => Html) | undefined;
}

const OPTIONS: ReadonlySet<keyof ProgressOptions> = new Set([
  "label",
  "max",
  "placeholder",
  "error",
  "timeout",
]);

/**
 * A slot with a bar that moves while the work goes on, and is replaced by its content. The bar moves in hundredths, and a reader who
 * is slower than the work misses the moves in between: the work never waits for the reader. Beyond `page`, and in order, only the
 * content is shown.
 *
 * Each number lets the `timeout` begin anew. What is less than 0, more than `max` or no number moves the bar no further than it goes.
 * @throws UsageError `ERR_SLUICE_OPTION` for a maximum or a timeout that is no positive number, or a placeholder that is no function;
 * `ERR_SLUICE_HTML_VALUE` for a source that is none of these, and a label or an error that would have to be awaited
 */
export function progress(source: ProgressSource, options: ProgressOptions): Slot {
  if (typeof source !== "function" && !isItems(source)) throw wrongValue(source);
  checkOptions("progress", options, OPTIONS);
  const { label, max = 1, placeholder = labelled } = options;
  if (!(typeof max === "number" && max > 0 && max < Infinity))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `max: ${String(max)}` });
  checkType("placeholder", placeholder, "function");
  const text = markup(markupOf(label));
  return slotOf({
    source: typeof source === "function" ? undefined : source,
    begin: (desk) => {
      const report = (done: number): void => desk.move(done / max);
      return typeof source === "function" ? source(report, desk.signal) : follow(source, report, desk);
    },
    placeholder: (bar) => markupOf(placeholder(markup(bar), text)),
    error: errorOf(options),
    timeout: timeoutOf(options),
  });
}

function labelled(bar: Html, label: HtmlValue): Html {
  return markup(`<label>${markupOf(label)} ${bar.body}</label>`);
}

/** Follows an iterable to its end, which is its content. */
async function follow(source: unknown, report: (done: number) => void, desk: SlotDesk): Promise<unknown> {
  const reader = desk.open(source);
  for (;;) {
    const next = reader.next();
    const { done, value } = isThenable(next) ? await next : next;
    if (done === true) return value;
    if (typeof value !== "number") throw wrongValue(value);
    report(value);
  }
}
