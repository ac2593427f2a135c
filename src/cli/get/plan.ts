import { Fields } from "../../semantics/fields.ts";
import { CommandError } from "../command-error.ts";
import type { BodyOrigin } from "../request/value-readers.ts";

/** The options of `sluice get` as they are read. */
export interface GetOptions {
  readonly output: string | undefined;
  readonly "remote-name": boolean;
  readonly continue: boolean;
  readonly force: boolean;
  readonly connections: number | undefined;
  readonly checksum: string | undefined;
  readonly head: boolean;
  readonly request: string | undefined;
  readonly header: readonly (readonly [name: string, value: string])[];
  readonly data: BodyOrigin | undefined;
  readonly "no-redirect": boolean;
  readonly "no-decode": boolean;
  readonly "http1.1": boolean;
  readonly "http2-prior-knowledge": boolean;
  readonly insecure: boolean;
  readonly cacert: string | undefined;
  readonly proxy: string | false | undefined;
  readonly timeout: number | undefined;
  readonly retry: number | undefined;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Where what arrives goes to. */
export type Destination =
  /** The head of the response, shown. */
  | { readonly to: "head" }
  /** stdout; a terminal gets what is binary only where it was named. */
  | { readonly to: "stdout"; readonly named: boolean }
  /** A file, by the download engine: parts of it, several connections, and a later call can go on. */
  | { readonly to: "download"; readonly path: string | undefined }
  /** A file that one request fills, since its answer can't be had in parts. */
  | { readonly to: "file"; readonly path: string | undefined };

/** What a command line asks for. A path that is undefined is still to be found: the response or the URL names it. */
export interface GetPlan {
  readonly url: URL;
  readonly method: string;
  readonly headers: Fields;
  readonly body: BodyOrigin | undefined;
  readonly destination: Destination;
  readonly options: GetOptions;
}

/** Of these the download engine has its own. */
const OF_PARTS = /^(?:range|if-.+)$/i;

/**
 * What a command line asks for, where its options go together.
 * @throws CommandError usage
 */
export function planOf(url: URL, options: GetOptions): GetPlan {
  const { data: body, request, head } = options;
  const method = request ?? (head ? "HEAD" : body === undefined ? "GET" : "POST");
  const headers = headersOf(options);
  const destination = destinationOf(method, headers, options);
  checkCombination(destination, method, options);
  return { url, method, headers, body, destination, options };
}

/** Those of the command line, and what every request of a program should say of itself. */
function headersOf({ header }: GetOptions): Fields {
  const headers = Fields.from(header);
  if (!headers.has("user-agent")) headers.append("User-Agent", "sluice");
  if (!headers.has("accept")) headers.append("Accept", "*/*");
  return headers;
}

function destinationOf(method: string, headers: Fields, options: GetOptions): Destination {
  const { output, "remote-name": remoteName, head, data } = options;
  if (output !== undefined && remoteName) throw together("-o", "-O", "one file has one name");
  const toFile = remoteName || (output !== undefined && output !== "-");
  if (head || method === "HEAD") {
    if (toFile) throw together("-I", remoteName ? "-O" : "-o", "a response to HEAD has no body");
    return { to: "head" };
  }
  if (!toFile) return { to: "stdout", named: output === "-" };
  const inParts =
    method === "GET" && data === undefined && ![...headers].some(([name]) => OF_PARTS.test(name));
  return { to: inParts ? "download" : "file", path: output };
}

/** An option that would do nothing was meant otherwise. */
function checkCombination({ to }: Destination, method: string, options: GetOptions): void {
  const { head, request, data, json, checksum, verbose, quiet } = options;
  if (options["http1.1"] && options["http2-prior-knowledge"])
    throw together("--http1.1", "--http2-prior-knowledge", "a connection speaks one version");
  if (head && request !== undefined && request !== "HEAD")
    throw together("-I", "-X", "the method of -I is HEAD");
  if (method === "HEAD" && data !== undefined) throw together("-I", "-d", "HEAD has no body");
  if (method === "HEAD" && checksum !== undefined)
    throw together("-I", "--checksum", "a response to HEAD has no body");
  if (verbose && quiet) throw together("-v", "-q", "they want the opposite");
  if (json && to === "stdout")
    throw new CommandError("--json and the body would both be on stdout", {
      hint: "-o <file> or -O puts the body into a file",
    });
  const inFile = to === "download" || to === "file";
  for (const [name, flag] of [
    ["continue", "-c"],
    ["force", "--force"],
    ["connections", "-x"],
  ] as const) {
    const given = options[name] !== undefined && options[name] !== false;
    if (!given || to === "download" || (name === "force" && inFile)) continue;
    throw inFile
      ? new CommandError(`${flag} is for a plain GET`, {
          hint: "only that can be fetched in parts: leave out -X, -d, and the headers Range and If-…",
        })
      : new CommandError(`${flag} needs a file`, { hint: "-o <file> or -O names it" });
  }
}

function together(one: string, other: string, why: string): CommandError {
  return new CommandError(`${one} and ${other} don't go together: ${why}`);
}
