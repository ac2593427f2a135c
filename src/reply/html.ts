import { UsageError } from "../errors.ts";
import type { Reply } from "./reply.ts";

/** Marks markup that needs no escaping any more. */
const MARKUP: unique symbol = Symbol("sluice.html");

/** Markup: a fragment to be put into other markup, and a reply to be returned as it is. */
export interface Html extends Reply {
  readonly body: string;
  readonly [MARKUP]: true;
}

/** What can stand in an {@link html} template: null, undefined and booleans are left out, arrays are joined. */
export type HtmlValue = Html | string | number | bigint | boolean | null | undefined | readonly HtmlValue[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text, safe inside elements and inside quoted attributes. */
function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

interface HtmlTag {
  (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html;
  /** Markup from a source that is trusted: nothing in it is escaped. */
  raw(markup: string): Html;
}

/**
 * HTML from a template: what is put in is escaped for elements and quoted attributes, unless it is itself `html`.
 * To change the status or headers: `{ ...html`<h1>Not here</h1>`, status: 404 }`.
 */
export const html: HtmlTag = Object.assign(
  (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html => {
    let markup = strings[0];
    for (let at = 0; at < values.length; at++) markup += render(values[at]) + strings[at + 1];
    return trusted(markup);
  },
  { raw: trusted },
);

function trusted(markup: string): Html {
  return {
    status: 200,
    headers: { "Content-Type": "text/html; charset=utf-8" },
    body: markup,
    [MARKUP]: true,
  };
}

function render(value: HtmlValue): string {
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value === null || value === undefined || typeof value === "boolean") return "";
  if (Array.isArray(value)) return value.map(render).join("");
  if (typeof value === "object" && MARKUP in value) return value.body;
  throw new UsageError("ERR_SLUICE_BODY_PIECE", { found: Object.prototype.toString.call(value) });
}
