/** Digits that a reader can use: three that matter. */
export function digits(number) {
  const size = Math.abs(number);
  if (size >= 100) return Math.round(number).toLocaleString("en-US");
  return number.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

export function spread({ median, min, max }) {
  return `${digits(median)} (${digits(min)}–${digits(max)})`;
}

export const counted = (count, noun) => `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

export const ratio = (number) => (number === undefined ? "" : number.toFixed(2));

/** The first column is text, the others are aligned to the right. */
export function formatTable(columns, rows, markdown) {
  const cells = [columns, ...rows].map((row) => row.map((cell) => String(cell)));
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  const line = (row) =>
    markdown ? `| ${row.map(pad).join(" | ")} |` : `  ${row.map(pad).join("   ")}`.trimEnd();
  const rule = markdown
    ? `|${widths.map((width, column) => (column === 0 ? `:${"-".repeat(width + 1)}` : `${"-".repeat(width + 1)}:`)).join("|")}|`
    : `  ${widths.map((width) => "-".repeat(width)).join("   ")}`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join("\n");
}
