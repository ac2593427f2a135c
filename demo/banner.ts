import { type Html, html } from "sluice";

const WAVE = 60;
/** Beyond the drawing on both sides: it keeps its height, so that wide windows see more water. */
const SHORE = 2400;
/** Where the upper water is held back. */
const POST = 40;

/** Water with waves on it, one wave longer than is seen, because it drifts by one. */
function water(level: number, height: number): string {
  const waves = `t${WAVE} 0`.repeat((2 * SHORE) / WAVE + 2);
  return `M${-SHORE - 2 * WAVE} ${level} q${WAVE / 2} ${-height} ${WAVE} 0 ${waves} V190 H${-SHORE - 2 * WAVE} Z`;
}

/** The gate between two levels of water. Its colours and its movement are the stylesheet's. */
export const banner: Html = html`<svg
  class="gate"
  viewBox="-140 0 280 180"
  preserveAspectRatio="xMidYMax meet"
  aria-hidden="true"
  focusable="false"
>
  <clipPath id="below"><rect x="${-SHORE}" y="0" width="${SHORE + POST}" height="190" /></clipPath>
  <clipPath id="above"><rect x="${POST}" y="0" width="${SHORE}" height="190" /></clipPath>
  <g clip-path="url(#below)">
    <path class="wave slow" d="${water(140, 8)}" />
    <path class="wave" d="${water(147, 7)}" />
  </g>
  <g clip-path="url(#above)">
    <path class="wave slow" d="${water(78, 12)}" />
    <path class="wave" d="${water(88, 10)}" />
  </g>
  <g class="leaf">
    <path class="timber" d="M-4 -24 h8 V58 h36 V152 h-80 V58 h36 Z" />
    <path
      class="planks"
      d="M-40 58 h80 v22 h-80 Z m0 24 h80 v22 h-80 Z m0 24 h80 v22 h-80 Z m0 24 h80 v22 h-80 Z"
    />
  </g>
  <g class="timber">
    <rect x="-54" y="14" width="14" height="176" />
    <rect x="40" y="14" width="14" height="176" />
    <rect x="-64" y="10" width="128" height="14" rx="3" />
  </g>
  <g class="wheel">
    <circle r="13" cy="17" />
    <path d="M0 4 V30 M-13 17 H13 M-9 8 L9 26 M9 8 L-9 26" />
  </g>
</svg>`;
