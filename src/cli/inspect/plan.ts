import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type Target, targetOf } from "../../client/target.ts";
import { printable } from "../columns.ts";
import { CommandError } from "../command-error.ts";
import { EXIT } from "../exit-codes.ts";
import { httpUrl, type ValueReader } from "../value-readers.ts";
import type { ListenAddress } from "./one-request.ts";
import type { View } from "./presentation.ts";

/** What a command line asks for. */
export interface InspectPlan {
  readonly view: View;
  readonly subject:
    | { readonly kind: "url"; readonly target: Target }
    | { readonly kind: "capture"; readonly path: string }
    | { readonly kind: "relay"; readonly address: ListenAddress; readonly to: Target | undefined };
}

/** Options as they were read, as far as they can contradict each other. */
export interface PlannedOptions extends Readonly<Record<string, unknown>> {
  readonly hex: boolean;
  readonly raw: boolean;
  readonly quiet: boolean;
  readonly html: string | undefined;
  readonly output: string | undefined;
  readonly listen: ListenAddress | undefined;
}

/** Where to listen: a port of this machine, or a host and a port. */
export const listenAddress: ValueReader<ListenAddress> = {
  placeholder: "address",
  expected: "address to listen on: write 8081, 127.0.0.1:8081, [::1]:8081, or 0 for a free port",
  read(text) {
    const match = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+)):)?(\d{1,5})$/i.exec(text);
    if (match === null || Number(match[3]) > 65_535) return undefined;
    return { host: match[1] ?? match[2] ?? "127.0.0.1", port: Number(match[3]) };
  },
};

/** They are of no use for a capture. */
const OF_CONNECTIONS = "header data compressed no-te http1.0 follow insecure cacert proxy listen".split(" ");
/** Where somebody else makes the request. */
const OF_REQUESTS = "request header data compressed no-te http1.0 follow proxy".split(" ");

/** @throws CommandError usage, where parts of a command line contradict each other */
export function planOf(source: string | undefined, options: PlannedOptions, json: boolean): InspectPlan {
  const view = viewOf(options, json);
  const { listen, output } = options;
  if (output === "-")
    throw new CommandError("--output names a file", { hint: "--raw writes the octets to stdout" });
  if (source === undefined && listen === undefined)
    throw new CommandError("<source> is missing", { hint: "see sluice inspect --help" });
  const url = source === undefined ? undefined : urlOf(source);
  if (source !== undefined && url === undefined) {
    refuseBeside(OF_CONNECTIONS, options, "a captured response");
    return { view, subject: { kind: "capture", path: source } };
  }
  if (listen !== undefined) {
    refuseBeside(OF_REQUESTS, options, "--listen");
    const to = url === undefined ? undefined : targetOf(url);
    if (to !== undefined && to.path !== "/")
      throw new CommandError("with --listen the path is the request's own", { hint: `write ${to.origin}/` });
    return { view, subject: { kind: "relay", address: listen, to } };
  }
  return { view, subject: { kind: "url", target: targetOf(url!) } };
}

/** @throws CommandError usage */
function refuseBeside(names: readonly string[], options: PlannedOptions, beside: string): void {
  const given = names.find((name) => {
    const value = options[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  if (given !== undefined) throw new CommandError(`--${given} does not go with ${beside}`);
}

/** @throws CommandError usage, where two views are asked for */
function viewOf({ hex, raw, quiet, html }: PlannedOptions, json: boolean): View {
  const asked = [
    ...(hex ? (["hex"] as const) : []),
    ...(raw ? (["raw"] as const) : []),
    ...(json ? (["json"] as const) : []),
    ...(html === "-" ? (["html"] as const) : []),
  ];
  const names = { hex: "--hex", raw: "--raw", json: "--json", html: "--html -" };
  if (asked.length > 1)
    throw new CommandError(`${names[asked[0]]} and ${names[asked[1]]} both want stdout`, {
      hint: "write one of them, and --output or --html to a file",
    });
  const [view = quiet ? "verdict" : "text"] = asked;
  if (quiet && (view === "hex" || view === "raw"))
    throw new CommandError(`--quiet and ${names[view]} contradict each other`);
  return view;
}

/** The URL that a source is; undefined where it is a file. @throws CommandError usage */
function urlOf(source: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return undefined;
  if (httpUrl.read(source) === undefined)
    throw new CommandError(`"${printable(source.slice(0, 80))}" is no ${httpUrl.expected}`);
  return source;
}

/** Before anything is sent: a report that can't be kept would be noticed at the end only. @throws what the file system says */
export async function checkWritable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true)
    throw new CommandError(`${printable(path)} is a folder`, { exitCode: EXIT.file });
  await access(found === undefined ? dirname(path) : path, constants.W_OK);
}
