import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { WIRE_LIMITS, type WireLimits } from "../../src/http1/index.ts";
import { fromNotation } from "./notation.ts";

/** What reads the octets of a case. */
export type Seam = "request" | "response" | "chunked";

/** One case of `cases/*.md`: a heading, the octets, and what has to come of them. docs/wire-cases.md describes the format. */
export interface WireCase {
  readonly file: string;
  /** The heading: the class of the fault or attack, and what is special about this one. */
  readonly name: string;
  readonly seam: Seam;
  /** The octets, one character an octet. */
  readonly octets: string;
  /** The expected log, see {@link WireLog}. */
  readonly log: string;
  readonly limits: Partial<WireLimits>;
  /** The methods of the requests that are being answered. */
  readonly answers: readonly string[];
  /** Whether the connection ends after the octets. */
  readonly closed: boolean;
  /** How many messages are read; what follows them is rest. */
  readonly messages: number;
}

const folder = fileURLToPath(new URL("cases", import.meta.url));
const CASE =
  /^## (.+)$([^]*?)^```(request|response|chunked)\b(.*)\n([^]*?)^```$([^]*?)^```log\n([^]*?)^```$/gm;

/** The cases of all files. */
export function readWireCases(): WireCase[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .flatMap((file) => parseWireCases(file, readFileSync(`${folder}/${file}`, "utf8")));
}

/** The cases of one file. */
export function parseWireCases(file: string, markdown: string): WireCase[] {
  const cases = [];
  for (const match of markdown.matchAll(CASE)) {
    const [, name, before, seam, options, octets, between, log] = match;
    if (/^(##|```)/m.test(before + between))
      throw new Error(`${file}, ${name}: a heading, octets, a log, in this order`);
    try {
      const text = {
        file,
        name: name,
        seam: seam as Seam,
        octets: fromNotation(octets),
        log: log.trimEnd(),
      };
      cases.push({ ...text, ...parseOptions(options) });
    } catch (cause) {
      throw new Error(`${file}, ${name}`, { cause });
    }
  }
  const headings = markdown.match(/^## /gm)?.length ?? 0;
  if (cases.length === 0 || cases.length !== headings)
    throw new Error(`${file}: ${cases.length} of ${headings} cases can be read`);
  return cases;
}

/** The words behind the seam: `closed`, `messages=2`, `answers=GET,HEAD` and limits by their names. */
function parseOptions(text: string): Pick<WireCase, "limits" | "answers" | "closed" | "messages"> {
  const limits: Partial<Record<keyof WireLimits, number>> = {};
  let answers = ["GET"];
  let closed = false;
  let messages = 1;
  for (const word of text.split(" ").filter(Boolean)) {
    const [key, value] = word.split("=") as [string, string | undefined];
    if (key === "closed") closed = true;
    else if (key === "messages") messages = Number(value);
    else if (key === "answers") answers = value === undefined ? [] : value.split(",");
    else if (Object.hasOwn(WIRE_LIMITS, key)) limits[key as keyof WireLimits] = Number(value);
    else throw new Error(`there is no option ${word}`);
  }
  return { limits, answers, closed, messages };
}
