import { columnsOf, cutToColumns } from "../inspect/display-width.ts";
import { padToColumns } from "./columns.ts";
import { formatBytes, formatPercent, formatRate, formatSecondsLeft } from "./quantities.ts";
import { plain, type Role, type Style } from "./style.ts";

/** What a connection is doing. */
export type LaneState = "waiting" | "connecting" | "receiving" | "stalled" | "done" | "failed";

/** One connection and the span of octets that it gets. */
export interface ProgressLane {
  readonly start: number;
  /** The octet after the last one; undefined where nobody knows. */
  readonly end: number | undefined;
  /** The octet that comes next. */
  readonly position: number;
  readonly state: LaneState;
}

/** How far a transfer is. */
export interface ProgressState {
  /** Octets that are here, those of earlier runs included. */
  readonly received: number;
  /** All there are; undefined where nobody knows. */
  readonly total?: number | undefined;
  readonly bytesPerSecond: number;
  readonly secondsLeft?: number | undefined;
  readonly lanes: readonly ProgressLane[];
  /** A line below, e.g. what is resumed. Empty: none. */
  readonly note: string;
}

const ROLES: Readonly<Record<LaneState, Role>> = {
  waiting: "faint",
  connecting: "faint",
  receiving: "name",
  stalled: "warning",
  done: "good",
  failed: "bad",
};

/** A bar that is shorter says nothing. */
const SHORTEST_BAR = 8;
/** So short that at 80 columns no text beside it changes its length. */
const LONGEST_BAR = 28;
/** Octets for which the mark of a bar without an end moves on by a column: it stands still when nothing arrives. */
const STEP = 64 * 1024;
const MARK = 3;

/**
 * The picture of a transfer, with lines of at most `width` columns: the whole with its speed and the time left, then each connection
 * where there are several, then the note. A pure function.
 */
export function renderProgress(state: ProgressState, width: number, style: Style = plain): string[] {
  const lines = wholeLines(state, width, style);
  if (state.lanes.length > 1) {
    const digits = String(state.lanes.length).length;
    for (const [index, lane] of state.lanes.entries())
      lines.push(laneLine(lane, String(index + 1).padStart(digits), width, style));
  }
  if (state.note !== "") lines.push(style("faint", cutToColumns(state.note, width)));
  return lines;
}

/** The same as one plain line, for logs. */
export function progressLine(state: ProgressState): string {
  const { total, received } = state;
  const share = total === undefined ? [] : [formatPercent(total === 0 ? 1 : received / total)];
  return [...share, ...facts(state)].join("  ");
}

/** One line, or two where the terminal is narrow: the bar, then what is known. */
function wholeLines(state: ProgressState, width: number, style: Style): string[] {
  const { total, received } = state;
  const percent =
    total === undefined ? "" : `  ${formatPercent(total === 0 ? 1 : received / total).padStart(5)}`;
  const known = facts(state).join("  ");
  const bar = (room: number): string =>
    total === undefined
      ? wanderingBar(received, room, style)
      : filledBar(received, total, room, "good", style);
  const beside = Math.min(LONGEST_BAR, width - percent.length - columnsOf(known) - 2);
  if (beside >= SHORTEST_BAR) return [`${bar(beside)}${percent}  ${known}`];
  const alone = Math.min(LONGEST_BAR, width - percent.length);
  const first = alone >= SHORTEST_BAR ? bar(alone) + percent : cutToColumns(percent.trimStart(), width);
  return [first, cutToColumns(known, width)];
}

function facts({ received, total, bytesPerSecond, secondsLeft }: ProgressState): string[] {
  const amount =
    total === undefined ? formatBytes(received) : `${formatBytes(received)} of ${formatBytes(total)}`;
  const texts = [amount, formatRate(bytesPerSecond)];
  if (secondsLeft !== undefined && Number.isFinite(secondsLeft))
    texts.push(`${formatSecondsLeft(secondsLeft)} left`);
  return texts;
}

function laneLine(
  { start, end, position, state }: ProgressLane,
  number: string,
  width: number,
  style: Style,
): string {
  const got = position - start;
  const percent = end === undefined ? "" : formatPercent(end === start ? 1 : got / (end - start)).padStart(5);
  const head = `  ${number} `;
  const behind = `${percent === "" ? "" : `  ${percent}`}  ${padToColumns(formatBytes(got), 7)}  ${state}`;
  const room = Math.min(LONGEST_BAR, width - columnsOf(head) - LANE_TEXT);
  const role = ROLES[state];
  if (room < SHORTEST_BAR) return style(role, cutToColumns(`${head}${behind.trimStart()}`, width));
  const drawn =
    end === undefined ? wanderingBar(got, room, style) : filledBar(got, end - start, room, role, style);
  return style("faint", head) + drawn + cutToColumns(behind, width - columnsOf(head) - room);
}

/** Columns of the widest text behind a lane's bar: all bars are of one length. */
const LANE_TEXT = "  100 %  1.23 kB  connecting".length;

/** Full only where everything is there. */
function filledBar(part: number, whole: number, room: number, role: Role, style: Style): string {
  const share = whole === 0 ? 1 : Math.min(1, Math.max(0, part / whole));
  const filled = Math.floor(share * room);
  return style(role, "━".repeat(filled)) + style("faint", "─".repeat(room - filled));
}

/** A bar of something whose end nobody knows: a mark that goes to and fro as octets arrive. */
function wanderingBar(received: number, room: number, style: Style): string {
  const way = room - MARK;
  const step = Math.floor(received / STEP) % (2 * way);
  const left = step <= way ? step : 2 * way - step;
  return (
    style("faint", "─".repeat(left)) +
    style("name", "━".repeat(MARK)) +
    style("faint", "─".repeat(way - left))
  );
}
