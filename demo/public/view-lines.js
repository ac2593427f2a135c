import { readPieces } from "./pieces.js";

const LINES_KEPT = 200;

/** Shows lines of text, each with the time at which its piece arrived. */
export async function openLines(card, link, signal) {
  const list = card.querySelector(".well");
  list.replaceChildren();
  const decoder = new TextDecoder();
  let rest = "";
  let pieces = 0;
  const { accept } = link.dataset;
  for await (const { bytes, after } of readPieces(link.href, signal, accept && { accept })) {
    pieces++;
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop();
    list.append(...lines.map((line, at) => item(line, at === 0 ? after : undefined)));
    while (list.childElementCount > LINES_KEPT) list.firstElementChild.remove();
    list.scrollTop = list.scrollHeight;
  }
  return `Complete: ${pieces} pieces`;
}

/** A line with its time, where it has one, in milliseconds. */
export function item(line, after) {
  const element = document.createElement("li");
  const time = document.createElement("time");
  if (after !== undefined) time.textContent = `${(after / 1000).toFixed(2)} s`;
  const text = document.createElement("span");
  // The record separator of JSON text sequences can't be seen otherwise.
  text.textContent = line.replaceAll("\x1e", "␞");
  if (/^[<>*] /.test(line)) element.className = { "<": "in", ">": "out", "*": "remark" }[line[0]];
  element.append(time, text);
  return element;
}
