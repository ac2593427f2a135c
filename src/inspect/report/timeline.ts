import { NOTABLE_GAP } from "../tally.ts";
import { duration, grouped } from "../wording.ts";
import type { Kept } from "./kept.ts";
import type { Mark } from "./marks.ts";

/** The picture's own height; its width is the time in milliseconds. */
const HEIGHT = 160;
/** The upper part shows how much has come, the lower one each chunk by its size. */
const CURVE = 92;
const FLOOR = 156;
const TALLEST = 52;
const MOST_TICKS = 6;

/** The timeline as a picture that stands still without a script, and what the script needs to say what is under the pointer. */
export function timeline(kept: Kept): string {
  const { all: marks } = kept.marks;
  const { verdict } = kept;
  const span = Math.max(
    1,
    verdict?.totals.lastByte ?? 0,
    marks.at(-1)?.at ?? 0,
    kept.faults.at(-1)?.at ?? 0,
    verdict?.outcome === "aborted" ? verdict.at : 0,
  );
  const first = verdict?.totals.firstByte ?? marks[0]?.first ?? span;
  const noun = kept.framing?.framing === "chunked" ? "chunk" : "piece";
  const data = marks.map(({ first: from, at, octets, number, count }) =>
    [fixed(from), fixed(at), octets, number, count].join(","),
  );
  const label = `Timeline of ${duration(span)}: ${grouped(kept.count)} ${noun}s, first byte after ${duration(first)}.`;
  return `<figure class="timeline" data-span="${fixed(span)}" data-noun="${noun}" data-marks="${data.join(";")}">
<svg class="plot" viewBox="0 0 ${fixed(span)} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}" tabindex="0">
<rect class="wait" x="0" y="0" width="${fixed(Math.min(first, span))}" height="${HEIGHT}"><title>${duration(first)} until the first byte</title></rect>
${gaps(marks, noun, kept.last?.gap ?? 0, kept.last?.first ?? 0)}
${curve(marks, span)}
<path class="floor" d="M0 ${FLOOR}H${fixed(span)}"/>
${sticks(marks)}
${kept.faults.map(({ at }) => `<path class="broken" d="M${fixed(at)} 0V${HEIGHT}"><title>Here it broke</title></path>`).join("")}
</svg>
<svg class="axis" aria-hidden="true">${ticks(span)}</svg>
<figcaption><span class="readout">${caption(kept, noun)}</span><span class="keys"></span></figcaption>
</figure>`;
}

function gaps(marks: readonly Mark[], noun: string, lastGap: number, last: number): string {
  const between = marks.map(({ first, gap, number }) => silence(first, gap, `${noun} ${grouped(number)}`));
  return between.join("") + silence(last, lastGap, "the last chunk");
}

function silence(to: number, gap: number, before: string): string {
  if (gap < NOTABLE_GAP) return "";
  return `<rect class="gap" x="${fixed(to - gap)}" y="0" width="${fixed(gap)}" height="${HEIGHT}"><title>${duration(gap)} without a byte before ${before}</title></rect>`;
}

/** How much had come at each time. */
function curve(marks: readonly Mark[], span: number): string {
  const total = marks.reduce((sum, { octets }) => sum + octets, 0);
  if (total === 0) return "";
  let octets = 0;
  let line = `M${fixed(marks[0].first)} ${CURVE}`;
  for (const [index, mark] of marks.entries()) {
    octets += mark.octets;
    const y = fixed(CURVE - (octets / total) * (CURVE - 8));
    line += mark.at > mark.first ? `L${fixed(mark.at)} ${y}` : `V${y}`;
    line += `H${fixed(mark.at)}`;
    const next = marks[index + 1];
    if (next !== undefined) line += `H${fixed(next.first)}`;
  }
  line += `H${fixed(span)}`;
  return `<path class="sum" d="${line}V${CURVE}Z"/><path class="rise" d="${line}"/>`;
}

/** A stick for each mark, as high as its size on a logarithmic scale, and as wide as it took to come. */
function sticks(marks: readonly Mark[]): string {
  const most = Math.log2(1 + marks.reduce((high, { octets, count }) => Math.max(high, octets / count), 1));
  let thin = "";
  let wide = "";
  for (const { first, at, octets, count } of marks) {
    const top = FLOOR - Math.max(4, (Math.log2(1 + octets / count) / most) * TALLEST);
    thin += `M${fixed(first)} ${FLOOR}V${fixed(top)}`;
    if (at > first) wide += `M${fixed(first)} ${FLOOR}V${fixed(top)}H${fixed(at)}V${FLOOR}Z`;
  }
  return `<path class="wide" d="${wide}"/><path class="sticks" d="${thin}"/>`;
}

/** Times at round distances, as percentages, so that they stay where they belong at any width. */
function ticks(span: number): string {
  let step = 10 ** Math.floor(Math.log10(span / MOST_TICKS));
  for (const factor of [2, 2.5, 2]) if (span / step > MOST_TICKS) step *= factor;
  let labels = "";
  for (let at = 0; at <= span * 0.94; at += step)
    labels += `<text x="${fixed((at / span) * 100)}%" y="12">${at === 0 ? "0" : duration(at)}</text>`;
  return labels;
}

function caption({ count, marks }: Kept, noun: string): string {
  const merged = marks.all.some((mark) => mark.count > 1);
  const most = marks.all.reduce((high, mark) => Math.max(high, mark.count), 0);
  return merged
    ? `Above: bytes so far. Below: ${noun}s; there are ${grouped(count)}, so a bar stands for up to ${grouped(most)} of them, its height for their mean size.`
    : `Above: bytes so far. Below: each ${noun}, its height by its size on a logarithmic scale.`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
