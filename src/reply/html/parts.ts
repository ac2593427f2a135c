import { UsageError } from "../../errors.ts";
import { escapeHtml } from "./escape.ts";
import type { PieceReader } from "../body.ts";
import { type BodyPiece, forget, isThenable } from "../piece.ts";
import type { Reply } from "../reply.ts";

/** Marks markup that needs no escaping any more. */
const MARKUP: unique symbol = Symbol("sluice.html");
const PARTS: unique symbol = Symbol("sluice.html.parts");
const SLOT: unique symbol = Symbol("sluice.html.slot");
const JSON_DATA: unique symbol = Symbol("sluice.html.json");

/** Markup: a fragment to be put into other markup, and a reply to be returned as it is. */
export interface Html extends Reply {
  readonly body: string;
  readonly [MARKUP]: true;
}

/**
 * Markup of which some is still awaited. Returned from a handler it streams in order: what is there leaves, then what it waits for.
 * In a {@link page} its slots are filled in the order in which they become ready.
 */
export interface StreamedHtml extends Reply {
  readonly body: AsyncIterable<BodyPiece>;
  readonly [PARTS]: readonly Part[];
}

/** A place in a page for content that is not there yet. */
export interface Slot {
  readonly [SLOT]: SlotPlan;
}

/** A value for a script, made by `html.json`. */
export interface JsonData {
  readonly [JSON_DATA]: unknown;
}

/**
 * What can stand in an `html` template without being awaited: null, undefined and booleans are left out, the items of arrays and
 * other iterables are joined.
 */
export type HtmlValue =
  | Html
  | JsonData
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Iterable<HtmlValue>;

/** What can stand in an `html` template: promises and async iterables are awaited in order, when their turn comes. */
export type HtmlContent =
  | HtmlValue
  | StreamedHtml
  | Slot
  | PromiseLike<HtmlContent>
  | AsyncIterable<HtmlContent>
  | Iterable<HtmlContent>;

/** Markup, or what has to be awaited to have it. */
export type Part = string | Slot | PromiseLike<unknown> | AsyncIterable<unknown>;

/** What a slot asks of the reading that it is filled in. */
export interface SlotDesk {
  /** Aborts when the reader leaves, or the slot is given up. */
  readonly signal: AbortSignal;
  /** Whether nobody waits for the slot any more. */
  readonly stopped: boolean;
  /** Opens a source that is stopped with the slot. */
  open(source: unknown): PieceReader;
  /** Moves the bar: from 0 to 1. */
  move(fraction: number): void;
}

/** What a slot does once there is a reader. */
export interface SlotPlan {
  /** Begins the work: gives content, a promise of it, or an async iterable of it. */
  begin(desk: SlotDesk): unknown;
  /** What is shown meanwhile. */
  placeholder(bar: string): string;
  /** What is shown when it fails. */
  error(reason: unknown): HtmlValue;
  /** What was given and will never be begun. */
  readonly source: unknown;
  readonly timeout: number | undefined;
}

/** @internal */
export const slotOf = (plan: SlotPlan): Slot => ({ [SLOT]: plan });
/** @internal */
export const planOf = (slot: Slot): SlotPlan => slot[SLOT];
/** @internal */
export const isSlot = (value: object): value is Slot => SLOT in value;
/** @internal */
export const isHtml = (value: object): value is Html =>
  MARKUP in value && typeof (value as Html).body === "string";
/** @internal */
export const isStreamedHtml = (value: object): value is StreamedHtml => PARTS in value;
/** @internal */
export const isAsyncIterable = (value: object): value is AsyncIterable<unknown> =>
  Symbol.asyncIterator in value || typeof (value as { getReader?: unknown }).getReader === "function";
/** @internal */
export const isJsonData = (value: object): value is JsonData => JSON_DATA in value;
/** @internal */
export const jsonData = (value: unknown): JsonData => ({ [JSON_DATA]: value });
/** @internal */
export const dataOf = (value: JsonData): unknown => value[JSON_DATA];

/** Shared by all of them, and so never changed. */
const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "Content-Type": "text/html; charset=utf-8",
});

/** @internal Markup from a source that is trusted. */
export function markup(body: string): Html {
  return { status: 200, headers: HEADERS, body, [MARKUP]: true };
}

/** @internal */
export function streamedMarkup(body: AsyncIterable<BodyPiece>, parts: readonly Part[]): StreamedHtml {
  return { status: 200, headers: HEADERS, body, [PARTS]: parts };
}

/** @internal What a reply made by `html` consists of. */
export function partsOfHtml(content: Html | StreamedHtml): readonly Part[] {
  return isStreamedHtml(content) ? content[PARTS] : [content.body];
}

/** @internal Content of a text, as parts. @throws UsageError `ERR_SLUICE_HTML_VALUE` */
export function partsOf(value: unknown): Part[] {
  const parts: Part[] = [];
  append(parts, value);
  return parts;
}

/** @internal Adds content of a text; two strings never stand side by side. @throws UsageError `ERR_SLUICE_HTML_VALUE` */
export function append(parts: Part[], value: unknown): void {
  const text = textOf(value);
  if (text !== undefined) {
    addText(parts, text);
    return;
  }
  if (typeof value !== "object" || value === null) throw wrongValue(value);
  if (isHtml(value)) {
    addText(parts, value.body);
  } else if (isStreamedHtml(value)) {
    for (const part of value[PARTS]) {
      if (typeof part === "string") addText(parts, part);
      else parts.push(part);
    }
  } else if (isSlot(value)) {
    parts.push(value);
  } else if (isThenable(value)) {
    // It may be rejected long before its turn comes, or have none.
    forget(value);
    parts.push(value);
  } else if (ArrayBuffer.isView(value)) {
    throw wrongValue(value);
  } else if (isAsyncIterable(value)) {
    parts.push(value);
  } else if (Symbol.iterator in value) {
    for (const item of value as Iterable<unknown>) append(parts, item);
  } else {
    throw wrongValue(value);
  }
}

function addText(parts: Part[], text: string): void {
  const last = parts.length - 1;
  const before = parts[last];
  if (typeof before === "string") parts[last] = before + text;
  else if (text !== "") parts.push(text);
}

/** @internal A primitive value as text; undefined for all that is none, or has none. */
export function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return escapeHtml(value);
    case "number":
    case "bigint":
      return String(value);
    case "boolean":
    case "undefined":
      return "";
    default:
      return value === null ? "" : undefined;
  }
}

/** @internal Content that is to be there at once, as markup. @throws UsageError `ERR_SLUICE_HTML_VALUE` */
export function markupOf(value: unknown): string {
  const parts = partsOf(value);
  const [text = ""] = parts;
  if (parts.length > 1 || typeof text !== "string")
    throw wrongValue(parts.find((part) => typeof part !== "string"));
  return text;
}

/** @internal */
export function wrongValue(value: unknown): UsageError {
  const found = typeof value === "symbol" ? "a symbol" : Object.prototype.toString.call(value);
  return new UsageError("ERR_SLUICE_HTML_VALUE", { found });
}
