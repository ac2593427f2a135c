import { UsageError } from "../../errors.ts";
import { Fields } from "../../semantics/fields.ts";
import { HtmlBody } from "./html-body.ts";
import { checkOptions, checkType } from "./options.ts";
import { type Html, isHtml, isStreamedHtml, partsOfHtml, type StreamedHtml, wrongValue } from "./parts.ts";
import { REPLY_ELSEWHERE, REPLY_OPTIONS, type Reply, type ReplyOptions } from "../reply.ts";

export { PATCH_SCRIPT_HASH } from "./patch-script.ts";

/** What {@link page} takes. */
export interface PageOptions extends ReplyOptions {
  /**
   * Fills slots where they stand, in order, without placeholders and without the script: for readers without scripts whose browsers
   * don't know `<template for>`. Default false.
   */
  readonly inOrder?: boolean | undefined;
  /** The nonce of the script that fills slots in browsers that don't know `<template for>`; it is to be in the page's policy. */
  readonly nonce?: string | undefined;
  /** What the browser is to fetch already, sent as `Link`: `</style.css>; rel=preload; as=style`. */
  readonly links?: readonly string[] | undefined;
  /** Gets the error of each slot that fails. Default: the server's `onError` does. */
  readonly onSlotError?: ((error: unknown) => void) | undefined;
}

const OPTIONS: ReadonlySet<keyof PageOptions> = new Set([
  ...REPLY_OPTIONS,
  "inOrder",
  "nonce",
  "links",
  "onSlotError",
]);

/**
 * A page whose slow parts follow. All of it that is there leaves in the first piece, with placeholders for its slots; then each slot's
 * content follows as soon as it is ready, in any order, and takes its placeholder's place. Browsers do that by `<template for>`; a
 * small script does it in those that don't know it yet.
 *
 * The `html` closes the elements that it opens, but for `<body>` and `<html>`: what follows must not become a part of them.
 * @throws UsageError `ERR_SLUICE_HTML_VALUE` for content that is no `html`; `ERR_SLUICE_OPTION`; `ERR_SLUICE_INVALID_FIELD`
 */
export function page(content: Html | StreamedHtml, options: PageOptions = {}): Reply {
  if (typeof content !== "object" || content === null || !(isHtml(content) || isStreamedHtml(content)))
    throw wrongValue(content);
  checkOptions("page", options, OPTIONS, REPLY_ELSEWHERE);
  const { inOrder = false, nonce, onSlotError, links = [], ...rest } = options;
  checkType("inOrder", inOrder, "boolean");
  if (rest.headers !== undefined) checkType("headers", rest.headers, "object");
  if (nonce !== undefined) checkType("nonce", nonce, "string");
  if (onSlotError !== undefined) checkType("onSlotError", onSlotError, "function");
  if (!Array.isArray(links)) throw new UsageError("ERR_SLUICE_OPTION", { found: "links that are no array" });
  const headers = Fields.from(content.headers);
  const own = Fields.from(rest.headers ?? {});
  for (const [name] of own) headers.delete(name);
  for (const [name, value] of own) headers.append(name, value);
  for (const link of links) headers.append("Link", link);
  return {
    ...content,
    ...rest,
    status: rest.status ?? content.status,
    headers,
    body: isStreamedHtml(content)
      ? new HtmlBody(partsOfHtml(content), { inOrder, nonce, onSlotError })
      : content.body,
  };
}
