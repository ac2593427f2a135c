import { visible } from "../visible-text.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const SHORT: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r" };

/** Text from anywhere, fit for a quoted attribute or an element of the page: nothing in it is markup, and all of it can be seen. */
export function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

/** The same for elements alone: control characters set apart from text, since few fonts have pictures of them. */
export function shown(text: string): string {
  return escaped(text).replace(/[\u2400-\u2421]/g, (picture) => {
    const code = picture === "\u2421" ? 0x7f : picture.charCodeAt(0) - 0x2400;
    return `<i class="c">${SHORT[code] ?? `\\x${code.toString(16).padStart(2, "0")}`}</i>`;
  });
}
