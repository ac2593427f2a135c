// How quantities that change while they are shown are written: rounded, in few columns. Others are in src/inspect/wording.ts.

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Octets in powers of 1000, with three digits from 1 kB on: `0 B`, `999 B`, `1.00 kB`, `12.3 MB`. */
export function formatBytes(octets: number): string {
  let value = Math.max(0, octets);
  let unit = 0;
  // 999.5 would be shown as 1000.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? String(Math.round(value)) : threeDigits(value)} ${UNITS[unit]}`;
}

/** Octets in a second: `1.20 MB/s`. */
export function formatRate(octetsPerSecond: number): string {
  return `${formatBytes(octetsPerSecond)}/s`;
}

/** A span that lies ahead, in whole seconds, since nobody knows it better: `5s`, `1m 05s`, `2h 03m`. */
export function formatSecondsLeft(seconds: number): string {
  const whole = Math.ceil(Math.max(0, seconds));
  return whole < 60 ? `${whole}s` : inTwoUnits(whole);
}

/** A share as whole percent, rounded down: 100 only for all of it. */
export function formatPercent(share: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`;
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

function inTwoUnits(seconds: number): string {
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(seconds / unit));
  if (days >= 1) return `${days}d ${twoDigits(hours % 24)}h`;
  if (hours >= 1) return `${hours}h ${twoDigits(minutes % 60)}m`;
  return `${minutes}m ${twoDigits(seconds % 60)}s`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");
