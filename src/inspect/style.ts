/** What {@link Style} is asked for: names that `styleText` of node:util knows. */
export type StyleName = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Puts a text into a style: `styleText` of node:util, or what else the terminal needs. */
export type Style = (name: StyleName, text: string) => string;

/** No style at all. */
export const PLAIN: Style = (_, text) => text;
