import { createHash } from "node:crypto";
import type { ExplanationRow, FaultRow, HeadRow, WireField, WireTrailer } from "../rows.ts";
import { duration, grouped } from "../wording.ts";
import { chunkList, hexDump } from "./chunk-list.ts";
import { escaped, shown } from "./escape.ts";
import type { Kept } from "./kept.ts";
import { SCRIPT } from "./script.ts";
import { STYLESHEET } from "./stylesheet.ts";
import { timeline } from "./timeline.ts";

const TITLES = {
  complete: "Complete",
  truncated: "Truncated",
  corrupt: "Broken",
  aborted: "Given up",
} as const;

const DROPPED = ' class="dropped"';

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Nothing but what is in the page itself: no connection, no image, no form, no frame. */
const POLICY = `default-src 'none'; style-src ${hash(STYLESHEET)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;

/** The whole page. */
export function page(kept: Kept): string {
  const { options } = kept;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(options.url)} on the wire</title>
<style>${STYLESHEET}</style>
</head>
<body>
<main>
${top(kept)}
${faults(kept)}
${kept.count > 0 || kept.heads.length > 0 ? `<section aria-labelledby="timeline"><div class="bar"><h2 id="timeline">Timeline</h2><div class="zoom" hidden><button type="button" data-do="out" aria-label="Show more time">−</button><button type="button" data-do="in" aria-label="Look closer">+</button><button type="button" data-do="all">All</button></div></div>${timeline(kept)}</section>` : ""}
${kept.count > 0 || kept.last !== undefined ? chunkList(kept) : ""}
${kept.heads.map(head).join("\n")}
${trailers(kept)}
</main>
<footer>Made by sluice inspect. Times are since the request was sent; offsets count bytes from the first one of the response.</footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function top(kept: Kept): string {
  const { options, verdict, faults: broken } = kept;
  const sent =
    options.sent === undefined
      ? ""
      : ` · ${escaped(options.sent.toISOString().replace("T", " ").slice(0, 19))} UTC`;
  const outcome = verdict?.outcome ?? "aborted";
  const whole = verdict?.sentence ?? "Under way: the response is not over yet.";
  // The sentence begins with what it comes to: that is the title of the rest.
  const [, title, rest] = /^((?:Complete|Truncated|Broken|Timed out|Left|Under way)[^:]*): (.*)$/s.exec(
    whole,
  ) ?? ["", TITLES[outcome], whole];
  const colour = outcome === "complete" && broken.length > 0 ? "aborted" : outcome;
  const notes = verdict?.notes.map((note) => `<li>${escaped(note)}</li>`).join("") ?? "";
  return `<header><p class="kicker">On the wire · ${escaped(options.method ?? "GET")}${sent}</p><h1>${escaped(options.url)}</h1></header>
<div class="verdict ${colour}" role="status"><p class="outcome">${escaped(title)}</p><p class="sentence">${escaped(capital(rest))}</p>${notes === "" ? "" : `<ul>${notes}</ul>`}</div>
${facts(kept)}`;
}

function facts({ verdict, heads, framing, count }: Kept): string {
  const final = heads.findLast(({ interim }) => !interim);
  const totals = verdict?.totals;
  const list: [string, string][] = [];
  if (final !== undefined) list.push(["Status", `${final.status} ${final.reason}`]);
  if (framing !== undefined)
    list.push([
      "Body",
      framing.framing === "length"
        ? "with a length"
        : framing.framing === "close"
          ? "until the close"
          : framing.framing,
    ]);
  if (totals !== undefined) {
    if (count > 0) list.push([totals.chunks > 0 ? "Chunks" : "Pieces", grouped(count)]);
    list.push(["Payload", bytes(totals.payload)]);
    if (totals.decoded !== undefined) list.push(["Decoded", bytes(totals.decoded)]);
    list.push(["On the wire", bytes(totals.octets)]);
    if (totals.firstByte !== undefined) list.push(["First byte", duration(totals.firstByte)]);
    if (totals.lastByte !== undefined) list.push(["Last byte", duration(totals.lastByte)]);
    if (totals.longestGap !== undefined) list.push(["Longest gap", duration(totals.longestGap.ms)]);
  }
  const items = list.map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`);
  return items.length === 0 ? "" : `<dl class="facts">${items.join("")}</dl>`;
}

function faults({ faults: rows, explanations }: Kept): string {
  if (rows.length === 0) return "";
  const cards = rows.map((row) =>
    faultCard(
      row,
      explanations.find(({ offset }) => offset === row.offset),
    ),
  );
  return `<section aria-labelledby="faults"><h2 id="faults">${rows.length === 1 ? "The fault" : "Faults"}</h2>${cards.join("")}</section>`;
}

function faultCard(row: FaultRow, explanation: ExplanationRow | undefined): string {
  const context = explanation?.context;
  const dump =
    context === undefined || context.octets.length === 0
      ? ""
      : `<pre class="hex" tabindex="0">${hexDump(context.octets, context.offset, row.offset - context.offset)}</pre>`;
  const section = row.section === undefined ? "" : `<span>${escaped(row.section)}</span>`;
  const why = explanation?.sentence === undefined ? "" : `<p>${escaped(capital(explanation.sentence))}.</p>`;
  return `<article class="fault"><p class="where"><b>Byte ${grouped(row.offset)}</b>${section}<span>after ${duration(row.at)}</span><code>${row.code}</code></p>${why}<p class="rule">The rule: ${escaped(row.rule)}.</p>${dump}</article>`;
}

function head(row: HeadRow, index: number): string {
  const id = `head-${index}`;
  const decisive = /^(?:transfer-encoding|content-length|content-encoding|connection|trailer)$/i;
  const lines = row.fields.map((field) =>
    fieldRow(field, decisive.test(field.name) ? ' class="decisive"' : "", ""),
  );
  return `<section aria-labelledby="${id}"><h2 id="${id}">${row.interim ? "Interim response" : "Head"} <small>byte ${grouped(row.offset)}, ${duration(row.at)}</small></h2><p class="status-line">${escaped(row.line)}</p><table class="fields"><tbody>${lines.join("")}</tbody></table></section>`;
}

function trailers({ trailers: row, framing }: Kept): string {
  const decision =
    framing === undefined
      ? ""
      : `<p class="note">${escaped(framing.words)} (RFC 9112 section 6.3, step ${framing.step}).</p>`;
  if (row === undefined) return decision;
  const lines = row.fields.map((field: WireTrailer) => {
    const notes = [
      field.declared ? "" : "not declared",
      field.allowed ? "" : "dropped: may not be a trailer",
    ];
    return fieldRow(field, field.allowed ? "" : DROPPED, notes.filter((note) => note !== "").join(", "));
  });
  return `${decision}<section aria-labelledby="trailers"><h2 id="trailers">Trailers <small>byte ${grouped(row.offset)}, ${duration(row.at)}</small></h2><table class="fields"><tbody>${lines.join("")}</tbody></table></section>`;
}

function fieldRow({ name, value, offset }: WireField, attributes: string, note: string): string {
  const text = attributes === DROPPED ? `<s>${shown(value)}</s>` : shown(value);
  return `<tr${attributes}><th scope="row">${escaped(name)}</th><td>${text}${note === "" ? "" : ` <em>${note}</em>`}</td><td class="at">${grouped(offset)}</td></tr>`;
}

function bytes(count: number): string {
  return count < 10_000
    ? `${grouped(count)} B`
    : count < 10_000_000
      ? `${(count / 1000).toFixed(1)} kB`
      : `${(count / 1e6).toFixed(1)} MB`;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
