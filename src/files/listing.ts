import type { Dir, Dirent } from "node:fs";
import type { BodyPiece } from "../reply/piece.ts";
import { html } from "../reply/html/html.ts";

/** Entries up to which a folder is sorted; of a larger one they come as the file system gives them. */
const SORTED = 10_000;
/** Characters that are gathered for a piece. */
const PIECE = 16 * 1024;

/**
 * A folder as a page of HTML, read while it is sent: of a folder of any size 10,000 entries are in memory at most. An iterator of its
 * own and no generator, since one that was never begun would not close the folder.
 */
export class Listing implements AsyncIterable<BodyPiece>, AsyncIterator<BodyPiece, undefined> {
  readonly #folder: Dir;
  readonly #names: readonly string[];
  readonly #shown: (entry: Dirent) => boolean;
  #entries: Dirent[] | undefined;
  #at = 0;
  /** Whether the folder has been read to its end, or was closed before. */
  #over = false;
  #ended = false;

  /**
   * @param folder closed at the end, or by `return`
   * @param names the path of the folder below the root, decoded
   * @param shown which entries are listed
   */
  constructor(folder: Dir, names: readonly string[], shown: (entry: Dirent) => boolean) {
    this.#folder = folder;
    this.#names = names;
    this.#shown = shown;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<BodyPiece, undefined>> {
    if (this.#ended) return { done: true, value: undefined };
    let piece = "";
    if (this.#entries === undefined) {
      this.#entries = await this.#readSorted();
      piece = this.#heading();
    }
    while (piece.length < PIECE) {
      const entry = this.#at < this.#entries.length ? this.#entries[this.#at++] : await this.#read();
      if (entry === null) {
        this.#ended = true;
        return { done: false, value: `${piece}</ul>\n` };
      }
      piece += line(entry);
    }
    return { done: false, value: piece };
  }

  async return(): Promise<IteratorResult<BodyPiece, undefined>> {
    this.#ended = true;
    await this.#close();
    return { done: true, value: undefined };
  }

  async #readSorted(): Promise<Dirent[]> {
    const entries: Dirent[] = [];
    while (entries.length < SORTED) {
      const entry = await this.#read();
      if (entry === null) return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      entries.push(entry);
    }
    return entries;
  }

  /** The next entry that is shown, or null at the end. */
  async #read(): Promise<Dirent | null> {
    while (!this.#over) {
      const entry = await this.#folder.read();
      if (entry === null) await this.#close();
      else if (this.#shown(entry)) return entry;
    }
    return null;
  }

  async #close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#folder.close();
  }

  #heading(): string {
    const title = `/${this.#names.map((name) => `${name}/`).join("")}`;
    const up = this.#names.length > 0 && html`<li><a href="../">../</a></li>\n`;
    return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<h1>${title}</h1>
<ul>
${up}`.body;
  }
}

/** The link begins with `./`, so that no name can be taken for a scheme or a host. */
function line(entry: Dirent): string {
  const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
  const href = `./${encodeURIComponent(entry.name)}${entry.isDirectory() ? "/" : ""}`;
  return html`<li><a href="${href}">${name}</a></li>\n`.body;
}
