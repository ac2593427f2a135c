import type { WireRow } from "./rows.ts";
import { asText } from "./visible-text.ts";

/**
 * A row as one line of NDJSON, its line end included. Octets become `{"text": …}` where they are UTF-8, else `{"base64": …}`; milliseconds
 * have three decimals at most.
 */
export function jsonRow(row: WireRow): string {
  return `${JSON.stringify(plain(row))}\n`;
}

function plain(value: unknown): unknown {
  if (typeof value === "number") return Math.round(value * 1000) / 1000;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) {
    const text = asText(value);
    return text !== undefined && Buffer.from(text).equals(value)
      ? { text }
      : { base64: Buffer.from(value).toString("base64") };
  }
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
