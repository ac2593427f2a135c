import { UsageError } from "../../errors.ts";
import { attributeKind } from "./attributes.ts";
import { HtmlBody } from "./html-body.ts";
import { escapeHtml, scriptJson } from "./escape.ts";
import {
  append,
  dataOf,
  type Html,
  type HtmlContent,
  type HtmlValue,
  isHtml,
  isJsonData,
  type JsonData,
  jsonData,
  markup,
  type Part,
  type StreamedHtml,
  streamedMarkup,
  textOf,
  wrongValue,
} from "./parts.ts";
import { type Place, placesOf, type UrlPlace } from "./places.ts";
import { refusePlace } from "./raw-text.ts";
import { BLOCKED_URL, isSafeUrl } from "./url.ts";

export type { Html, HtmlContent, HtmlValue, JsonData, Slot, StreamedHtml } from "./parts.ts";

/** The tag of HTML templates, {@link html}. */
export interface HtmlTag {
  (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html;
  (strings: TemplateStringsArray, ...values: readonly HtmlContent[]): StreamedHtml;
  /** Markup from a source that is trusted: nothing in it is escaped. @throws UsageError `ERR_SLUICE_HTML_VALUE` for what is no string */
  raw(markup: string): Html;
  /** A value for a place in `<script>`, where it is written as JSON. @throws UsageError there, for what has no JSON form */
  json(value: unknown): JsonData;
}

/**
 * HTML from a template. Each value is escaped for the place where it stands, which is read from the template itself; only `html` in
 * text is put in as it is. Values that are awaited make it {@link StreamedHtml}, which streams in order.
 *
 * To change the status or headers: `{ ...html`<h1>Not here</h1>`, status: 404 }`.
 * @throws UsageError `ERR_SLUICE_HTML_PLACE` for a value where nothing can be escaped safely: in names, without quotes, in comments,
 * in `<style>`, in `on*` and `srcdoc`; `ERR_SLUICE_HTML_VALUE` for a value that does not fit its place; `ERR_SLUICE_OPTION` where it is
 * called as a function
 */
export const html: HtmlTag = Object.assign(
  (strings: TemplateStringsArray, ...values: readonly unknown[]): Html & StreamedHtml => {
    const places = placesOf(strings);
    let text = strings[0];
    let parts: Part[] | undefined;
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      const place = places[at];
      if (place !== "text") {
        text += valueAt(place, values, at);
      } else if (typeof value === "string") {
        text += escapeHtml(value);
      } else if (typeof value === "object" && value !== null && isHtml(value)) {
        text += value.body;
      } else {
        const some: Part[] = [];
        append(some, value);
        const [first = ""] = some;
        if (some.length < 2 && typeof first === "string") {
          text += first;
        } else {
          parts ??= [];
          append(parts, markup(text));
          for (const part of some) append(parts, typeof part === "string" ? markup(part) : part);
          text = "";
        }
      }
      text += strings[at + 1];
    }
    if (parts === undefined) return markup(text) as Html & StreamedHtml;
    append(parts, markup(text));
    return streamedMarkup(new HtmlBody(parts, { inOrder: true }), parts) as Html & StreamedHtml;
  },
  {
    raw: (body: string): Html => {
      if (typeof body !== "string") throw wrongValue(body);
      return markup(body);
    },
    json: jsonData,
  },
);

/** A value in a place other than text, where it is written at once. */
function valueAt(place: Exclude<Place, "text">, values: readonly unknown[], at: number): string {
  const value = values[at];
  if (typeof place === "object") return urlAt(place, values, at);
  switch (place) {
    case "attribute":
    case "plain-text":
      return escapeHtml(plain(value));
    case "simple-attribute": {
      const text = plain(value);
      if (!/^[\w#%., +-]*$/.test(text))
        throw new UsageError("ERR_SLUICE_HTML_VALUE", { found: `${text} in style` });
      return text;
    }
    case "script": {
      const json = isData(value) ? scriptJson(dataOf(value)) : scriptValue(value);
      if (json === undefined) throw wrongValue(value);
      return json;
    }
    default:
      return attributes(value);
  }
}

const isData = (value: unknown): value is JsonData =>
  typeof value === "object" && value !== null && isJsonData(value);

/** What can stand in a script without `html.json`: what is text or nothing elsewhere, too. */
function scriptValue(value: unknown): string | undefined {
  const isPlain = value === null || ["string", "number", "boolean"].includes(typeof value);
  return isPlain ? scriptJson(value) : undefined;
}

/** Text as it is, not escaped yet. @throws UsageError `ERR_SLUICE_HTML_VALUE` for markup and what is awaited */
function plain(value: unknown): string {
  if (typeof value === "string") return value;
  const text = textOf(value);
  if (text !== undefined) return text;
  const isList =
    typeof value === "object" && value !== null && Symbol.iterator in value && !ArrayBuffer.isView(value);
  if (!isList) throw wrongValue(value);
  let joined = "";
  for (const item of value as Iterable<unknown>) joined += plain(item);
  return joined;
}

/** A URL's scheme can be made of several values, and of what stands between them: all of the attribute is looked at. */
function urlAt({ index, pieces }: UrlPlace, values: readonly unknown[], at: number): string {
  const first = at - index;
  let url = pieces[0];
  for (let next = 1; next < pieces.length; next++)
    url += escapeHtml(plain(values[first + next - 1])) + pieces[next];
  if (isSafeUrl(url)) return escapeHtml(plain(values[at]));
  return index === 0 ? BLOCKED_URL : "";
}

/** An attribute, with its value in quotes or without any. */
const ATTRIBUTE = /\s*([^\s"'<>/=]+)(?:=(?:"([^"]*)"|'([^']*)'))?(?=\s|$)/y;

/** `html` that is nothing but attributes, put where attributes stand. */
function attributes(value: unknown): string {
  if (textOf(value) === "") return "";
  if (typeof value !== "object" || value === null || !isHtml(value))
    refusePlace("a value, which is not html, between attributes");
  const source = value.body.trim();
  let written = " ";
  ATTRIBUTE.lastIndex = 0;
  while (ATTRIBUTE.lastIndex < source.length) {
    const match = ATTRIBUTE.exec(source);
    const kind = match === null ? "code" : attributeKind(match[1].toLowerCase());
    // Where the fragment was written, its values were escaped as text, which is not enough for these.
    if (match === null || kind === "code" || kind === "simple-attribute")
      refusePlace(`html between attributes: ${source}`);
    const blocked = kind === "url" && !isSafeUrl(match[2] ?? match[3] ?? "");
    written += `${blocked ? `${match[1]}="${BLOCKED_URL}"` : match[0].trim()} `;
  }
  return written;
}
