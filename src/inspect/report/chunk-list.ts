import type { ChunkRow, PieceRow } from "../rows.ts";
import { NOTABLE_GAP } from "../tally.ts";
import { asciiOf, asText, hexPairs, preview } from "../visible-text.ts";
import { bytesOf, countOf, duration, grouped } from "../wording.ts";
import { escaped, shown } from "./escape.ts";
import type { Kept } from "./kept.ts";

const LINE = 90;
/** LF as the page shows it. */
const LF_SHOWN = shown("\n");
/** From here on rows out of sight are not laid out. */
const LONG = 100;
const DUMP_PER_LINE = 16;
const DUMP = 128;

/** The chunks or pieces, each a line that opens. */
export function chunkList(kept: Kept): string {
  const { listed, count, framing, last } = kept;
  const noun = framing?.framing === "chunked" ? "chunk" : "piece";
  const coded = listed.some(({ decoded }) => decoded !== undefined);
  const span = Math.max(1, last?.at ?? 0, listed.at(-1)?.at ?? 0);
  const lines: string[] = [];
  let next = 1;
  for (const row of listed) {
    if (row.number > next)
      lines.push(
        `<li class="left-out">${countOf(row.number - next, noun)} left out here, to keep the page small</li>`,
      );
    lines.push(item(row, span, coded));
    next = row.number + 1;
  }
  if (last !== undefined)
    lines.push(
      `<li class="last"><div class="cells"><span class="n">end</span><span class="t${last.gap >= NOTABLE_GAP ? " stall" : ""}">${duration(last.gap)}</span><span class="b">0</span><span class="x">0x${last.digits}</span>${bar(last.first, last.at, span)}<span class="p">the last chunk</span></div></li>`,
    );
  const note =
    noun === "piece"
      ? '<p class="note">Without chunks there are only reads: their borders are the network’s, and say nothing about how the body was written.</p>'
      : "";
  const views = coded
    ? `<fieldset class="views"><legend>Show what they carried</legend><label><input type="radio" name="view" id="decoded" checked><span>decoded</span></label><label><input type="radio" name="view" id="as-sent"><span>as sent</span></label></fieldset>`
    : "";
  return `<section aria-labelledby="chunks"><div class="bar"><h2 id="chunks">${noun === "chunk" ? "Chunks" : "Pieces"} <small>${grouped(count)}</small></h2>${views}</div>${note}
<div class="cells titles" aria-hidden="true"><span class="n">#</span><span class="t">after</span><span class="b">bytes</span><span class="x">${noun === "chunk" ? "hex" : ""}</span><span class="w">when</span><span class="p">what it carried</span></div>
<ol class="chunks${listed.length > LONG ? " long" : ""}">${lines.join("\n")}</ol></section>`;
}

function item(row: ChunkRow | PieceRow, span: number, coded: boolean): string {
  const stall = row.gap >= NOTABLE_GAP;
  const digits = row.kind === "chunk" ? `0x${escaped(row.digits)}` : "";
  const first = row.kind === "chunk" ? row.first : row.at;
  const broken =
    row.kind === "chunk" && row.received < row.size ? `<em>${grouped(row.received)} came</em> ` : "";
  const events = row.events !== undefined && row.events > 1 ? `<em>${grouped(row.events)} at once</em> ` : "";
  const sent = `<span class="${coded ? "sent" : "both"}">${line(row.sample)}</span>`;
  const carried =
    row.decoded === undefined ? sent : `<span class="undone">${line(row.decoded.sample)}</span>${sent}`;
  return `<li><details><summary class="cells"><span class="n">${grouped(row.number)}</span><span class="t${stall ? " stall" : ""}">${duration(row.gap)}</span><span class="b">${grouped(row.size)}</span><span class="x">${digits}</span>${bar(first, row.at, span)}<span class="p">${broken}${events}${carried}</span></summary>${inside(row)}</details></li>`;
}

/** What a line opens to. */
function inside(row: ChunkRow | PieceRow): string {
  const facts: [string, string][] = [
    ["On the wire", `byte ${grouped(row.offset)}`],
    ["In the body", `byte ${grouped(row.bodyOffset)}`],
  ];
  if (row.kind === "chunk") {
    facts.push(["Its data", `byte ${grouped(row.dataOffset)}`]);
    facts.push([
      "Came",
      row.at > row.first ? `${duration(row.first)} – ${duration(row.at)}` : duration(row.at),
    ]);
    if (row.extensions.length > 0) facts.push(["Extensions", row.extensions.map(extension).join(" ")]);
  } else facts.push(["Came", duration(row.at)]);
  if (row.decoded !== undefined) facts.push(["Decoded", bytesOf(row.decoded.octets)]);
  const list = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`).join("");
  const text = row.decoded === undefined ? "" : dumpText(row.decoded.sample);
  const more = row.size > DUMP ? `<p class="note">The first ${DUMP} of ${grouped(row.size)} bytes.</p>` : "";
  return `<div class="inside"><dl>${list}</dl>${text}<pre class="hex" tabindex="0">${hexDump(row.sample.subarray(0, DUMP), row.kind === "chunk" ? row.dataOffset : row.offset)}</pre>${more}</div>`;
}

function dumpText(octets: Uint8Array): string {
  const text = asText(octets);
  return text === undefined || text === ""
    ? ""
    : `<pre class="text" tabindex="0">${shown(text).replaceAll(LF_SHOWN, `${LF_SHOWN}\n`)}</pre>`;
}

/** Offset, hex and ASCII, as text of the page. @param mark the index of an octet to be marked */
export function hexDump(octets: Uint8Array, offset: number, mark = -1): string {
  const lines: string[] = [];
  for (let at = 0; at < octets.length; at += DUMP_PER_LINE) {
    const part = octets.subarray(at, at + DUMP_PER_LINE);
    const marked = mark >= at && mark < at + DUMP_PER_LINE ? mark - at : -1;
    const hex = hexPairs(part);
    const pad = " ".repeat(3 * (DUMP_PER_LINE - part.length) + 2);
    lines.push(
      `<i>${(offset + at).toString(16).padStart(8, "0")}</i>  ${highlight(hex, 3 * marked, 2, marked)}${pad}${highlight(asciiOf(part), marked, 1, marked)}`,
    );
  }
  return lines.join("\n");
}

function highlight(text: string, from: number, length: number, marked: number): string {
  if (marked === -1) return escaped(text);
  return `${escaped(text.slice(0, from))}<mark>${escaped(text.slice(from, from + length))}</mark>${escaped(text.slice(from + length))}`;
}

function line(octets: Uint8Array): string {
  if (octets.length === 0) return '<span class="none">nothing yet</span>';
  const text = preview(octets);
  return shown(text.length > LINE ? `${Array.from(text).slice(0, LINE).join("")}…` : text);
}

function extension({ name, value }: ChunkRow["extensions"][number]): string {
  return value === undefined ? `;${name}` : `;${name}=${JSON.stringify(value)}`;
}

/** When it came, between the request and the end. */
function bar(first: number, at: number, span: number): string {
  const percent = (ms: number) => Math.round((ms / span) * 1000) / 10;
  const x = Math.min(percent(first), 98);
  const width = Math.max(2, Math.round((percent(at) - x) * 10) / 10);
  return `<svg class="w" aria-hidden="true"><rect x="0" y="7" width="100%" height="2" rx="1"/><rect class="on" x="${x}%" y="4" width="${width}%" height="8" rx="2"/></svg>`;
}
