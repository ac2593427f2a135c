import { hash } from "node:crypto";
import { isEntityTag, strongMatch } from "../../semantics/entity-tag.ts";
import type { ByteRange } from "../../semantics/ranges.ts";
import type { Known } from "./answer.ts";

/** What is known of the octets in a part file. */
export interface Journal extends Known {
  /** Where they are from, without credentials and fragment. */
  readonly url: string;
  /** Digests of the whole representation that the server has given: algorithm and base64. */
  readonly digests: readonly (readonly [algorithm: string, base64: string])[];
  /** Octets that are there, in order. */
  readonly done: readonly ByteRange[];
}

/** Raised where an older version would read something wrong. */
const VERSION = 1;

/** A journal as text: a line of JSON, and a line with its SHA-256 by which a torn one is known. */
export function formatJournal({ url, validator, size, coding, digests, done }: Journal): string {
  const ranges = done.map(({ start, end }) => [start, end]);
  const line = JSON.stringify({ version: VERSION, url, ...validator, size, coding, digests, done: ranges });
  return `${line}\n${hash("sha256", line)}\n`;
}

/** What a journal says, or why it says nothing. */
export function parseJournal(text: string): Journal | { readonly fault: string } {
  const [line, sum, ...rest] = text.split("\n");
  if (rest.length !== 1 || rest[0] !== "" || sum !== hash("sha256", line))
    return { fault: "the journal is damaged" };
  let value: Record<string, unknown>;
  try {
    value = Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    return { fault: "the journal is damaged" };
  }
  if (value["version"] !== VERSION) return { fault: "the journal is of another version" };
  const { url, etag, lastModified, size, coding, digests, done } = value;
  const validator = readValidator(etag, lastModified);
  const ranges = readRanges(done, size ?? Infinity);
  if (
    validator === undefined ||
    ranges === undefined ||
    typeof url !== "string" ||
    typeof coding !== "string" ||
    !areDigests(digests) ||
    !(size === undefined || isPosition(size))
  )
    return { fault: "the journal is damaged" };
  return { url, validator, size, coding, digests, done: ranges };
}

function readValidator(etag: unknown, lastModified: unknown): Journal["validator"] | undefined {
  if (typeof etag === "string") return isEntityTag(etag) && strongMatch(etag, etag) ? { etag } : undefined;
  return typeof lastModified === "string" ? { lastModified } : undefined;
}

/** Ranges in order that neither overlap nor touch. */
function readRanges(value: unknown, size: unknown): ByteRange[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const ranges: ByteRange[] = [];
  for (const range of value) {
    if (!Array.isArray(range) || range.length !== 2) return undefined;
    const [start, end] = range as unknown[];
    if (!isPosition(start) || !isPosition(end) || start >= end || end > (size as number)) return undefined;
    if (start <= (ranges.at(-1)?.end ?? -1)) return undefined;
    ranges.push({ start, end });
  }
  return ranges;
}

function areDigests(value: unknown): value is [string, string][] {
  return (
    Array.isArray(value) &&
    value.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === "string"),
    )
  );
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
