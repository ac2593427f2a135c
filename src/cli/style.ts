import { styleText } from "node:util";
import type { Io, OutputStream } from "./io.ts";

/** What a part of a text is, which decides how it looks. */
export type Role = "strong" | "faint" | "good" | "bad" | "warning" | "name";

/** Gives a text the look of its role; without colours, gives it back as it is. */
export type Style = (role: Role, text: string) => string;

const FORMATS: Readonly<Record<Role, Parameters<typeof styleText>[0]>> = {
  strong: "bold",
  faint: "dim",
  good: "green",
  bad: "red",
  warning: "yellow",
  name: "cyan",
};

/** No colours. */
export const plain: Style = (_role, text) => text;

const coloured: Style = (role, text) => styleText(FORMATS[role], text, { validateStream: false });

/** The style of what is written to this stream. */
export function styleFor(stream: OutputStream, env: Io["env"]): Style {
  return usesColours(stream, env) ? coloured : plain;
}

/**
 * FORCE_COLOR, then NO_COLOR, then whether a terminal is there. Decided here and not by `styleText`, which asks the process's own
 * environment, and takes an empty FORCE_COLOR for a wish: a variable that is empty says nothing (no-color.org).
 */
export function usesColours(stream: OutputStream, env: Io["env"]): boolean {
  const { FORCE_COLOR: forced = "", NO_COLOR: none = "", TERM: terminal } = env;
  if (forced !== "") return forced !== "0" && forced !== "false";
  return none === "" && stream.isTTY === true && terminal !== "dumb";
}
