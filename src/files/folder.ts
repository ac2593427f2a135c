import type { Dirent } from "node:fs";
import { SluiceError, UsageError } from "../errors.ts";
import { type DeliveryOptions, type Reply, text } from "../reply/reply.ts";
import { refusal } from "../reply/refusal.ts";
import type { RequestView, Resource } from "../reply/resource.ts";
import { Fields, type FieldsInit } from "../semantics/fields.ts";
import { listHas } from "../semantics/lists.ts";
import { withCharset } from "../semantics/media-type.ts";
import { addVary } from "../semantics/vary.ts";
import { refusalReply } from "./file.ts";
import type { FileDescriptor } from "./file-descriptor.ts";
import { represent } from "./file-representation.ts";
import { isServable, readFolderPath } from "./folder-path.ts";
import { openVariant } from "./folder-precompressed.ts";
import { FolderRoot, type SymlinkPolicy } from "./folder-root.ts";
import { Listing } from "./listing.ts";
import { extensionOf, mediaTypeOf } from "./media-types.ts";
import { checkNames } from "../options.ts";
import { resource } from "./resource.ts";

/** The part of a request that a folder looks at. */
export interface FilesRequest extends RequestView {
  /** The path, percent-encoded as it was sent. */
  readonly path: string;
  /** The request target: its query is kept by redirects. */
  readonly target: string;
}

/** What can be done to a file on its way, as in every reply. */
type Delivery = Pick<DeliveryOptions, "compress" | "digest" | "contentMd5" | "timing">;

/** What {@link files} takes. */
export interface FilesOptions<Request extends FilesRequest = FilesRequest> extends Delivery {
  /** The beginning of all paths, which is taken off, e.g. `/static`. Default: none. */
  readonly prefix?: string | undefined;
  /** The files that stand for their folder, the first that is there. Default `["index.html"]`. */
  readonly index?: readonly string[] | undefined;
  /** Whether names that begin with a dot are served and listed. Default false: they are not found. */
  readonly dotfiles?: boolean | undefined;
  /** What symbolic links below the folder may do. Default `inside`. */
  readonly symlinks?: SymlinkPolicy | undefined;
  /** Whether `page.html.br`, `.zst` or `.gz` is sent for `page.html` to clients that accept it. Default false. */
  readonly precompressed?: boolean | undefined;
  /** Whether a folder without an index is listed. Default false: it is not found. */
  readonly listing?: boolean | undefined;
  /** A file below the folder for pages that are not found, for applications that route in the browser, e.g. `index.html`. */
  readonly fallback?: string | undefined;
  /** What answers where nothing is found. Default: 404 in plain text. */
  readonly notFound?: ((request: Request) => Reply | Resource | Promise<Reply | Resource>) | undefined;
  /** Media types by extension, in the place of the usual ones, e.g. `{ ts: "video/mp2t" }`. */
  readonly types?: Readonly<Record<string, string>> | undefined;
  /** The charset of text types; false for none. Default `utf-8`. */
  readonly charset?: string | false | undefined;
  /** Fields for every file. */
  readonly headers?: FieldsInit | undefined;
  /** The value of Cache-Control for every file, e.g. `max-age=3600`. */
  readonly cacheControl?: string | undefined;
  /** Says that a file never changes under its name: Cache-Control gets `immutable`, and a year where there is no other age. Default false. */
  readonly immutable?: boolean | undefined;
}

const OPTIONS = new Set<keyof FilesOptions>([
  "prefix",
  "index",
  "dotfiles",
  "symlinks",
  "precompressed",
  "listing",
  "fallback",
  "notFound",
  "types",
  "charset",
  "headers",
  "cacheControl",
  "immutable",
  "compress",
  "digest",
  "contentMd5",
  "timing",
]);
const POLICIES: readonly SymlinkPolicy[] = ["inside", "follow", "refuse"];

const ALLOW: FieldsInit = { Allow: "GET, HEAD" };
const YEAR = "max-age=31536000";

/**
 * Serves the files of a folder, with ranges, conditions and HEAD: a handler, or a part of one.
 *
 * No path leads out of the folder: dot segments are refused with 400 in any spelling, as is what is not UTF-8 in percent-encoding;
 * a segment with a separator, a colon or a control character in it is not found. A folder without its slash is redirected to the
 * one with it.
 * @param root a path, or a `file:` URL
 * @throws UsageError `ERR_SLUICE_FILE_NOT_FOUND`, `ERR_SLUICE_FILE_KIND` where the root is no folder, `ERR_SLUICE_OPTION`,
 * `ERR_SLUICE_INVALID_FIELD`. The handler rejects with what is nobody's fault but the system's, such as too many open files
 */
export function files<Request extends FilesRequest = FilesRequest>(
  root: string | URL,
  options: FilesOptions<Request> = {},
): (request: Request) => Promise<Reply> {
  const folder = new Folder(root, options);
  return (request) => folder.answer(request);
}

class Folder<Request extends FilesRequest> {
  readonly #root: FolderRoot;
  readonly #options: FilesOptions<Request>;
  readonly #prefix: string;
  readonly #dotfiles: boolean;
  readonly #types: ReadonlyMap<string, string>;
  readonly #headers: Fields;
  readonly #fallback: readonly string[] | undefined;

  constructor(root: string | URL, options: FilesOptions<Request>) {
    checkOptions(options);
    const { prefix = "", dotfiles = false, symlinks = "inside", types = {}, fallback } = options;
    this.#root = new FolderRoot(root, symlinks);
    this.#options = options;
    this.#prefix = prefix.replace(/\/$/, "");
    this.#dotfiles = dotfiles;
    this.#types = new Map(
      Object.entries(types).map(([extension, type]) => [extension.replace(/^\./, "").toLowerCase(), type]),
    );
    this.#headers = fileFields(options);
    this.#fallback = fallback === undefined ? undefined : namesOf(fallback);
  }

  async answer(request: Request): Promise<Reply> {
    const { method } = request;
    if (method === "OPTIONS") return { status: 204, headers: ALLOW, body: null };
    if (method !== "GET" && method !== "HEAD") return refusal(405, "Method Not Allowed", ALLOW);
    const path = readFolderPath(request.path, this.#prefix, this.#dotfiles);
    if ("refusal" in path) {
      if (path.refusal === 400) return refusal(400, "Bad Request");
      return path.refusal === "outside" ? this.#notFound(request) : this.#missing(request);
    }
    try {
      return await (path.slash ? this.#folder(path.names, request) : this.#file(path.names, request));
    } catch (error) {
      if (!isMissing(error)) return refusalReply(error);
    }
    return this.#missing(request);
  }

  async #file(names: readonly string[], request: Request): Promise<Reply> {
    const file = await this.#root.open(names);
    if (!file.stats.isDirectory()) return this.#send(names, file, this.#headers, request);
    file.close();
    return redirection(request);
  }

  /** @throws UsageError `ERR_SLUICE_FILE_NOT_FOUND` where there is no index, and no list is wanted */
  async #folder(names: readonly string[], request: Request): Promise<Reply> {
    for (const index of this.#options.index ?? ["index.html"]) {
      const inside = [...names, index];
      try {
        const file = await this.#root.open(inside);
        if (file.stats.isFile()) return await this.#send(inside, file, this.#headers, request);
        file.close();
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    if (this.#options.listing !== true) throw new UsageError("ERR_SLUICE_FILE_NOT_FOUND");
    const folder = await this.#root.open(names);
    if (!folder.stats.isDirectory()) {
      folder.close();
      throw new UsageError("ERR_SLUICE_FILE_NOT_FOUND");
    }
    const listing = new Listing(await this.#root.read(folder, names), names, (entry) => this.#lists(entry));
    // Nothing in it is to be run, even if a name should ever get past the escaping.
    const headers = {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": "default-src 'none'",
    };
    return { status: 200, headers, body: listing };
  }

  #lists(entry: Dirent): boolean {
    if (!isServable(entry.name, this.#dotfiles)) return false;
    return (
      entry.isFile() || entry.isDirectory() || (entry.isSymbolicLink() && this.#options.symlinks !== "refuse")
    );
  }

  async #send(
    names: readonly string[],
    original: FileDescriptor,
    headers: Fields,
    request: Request,
  ): Promise<Reply> {
    if (this.#options.precompressed !== true || !original.stats.isFile())
      return this.#respond(names, original, headers, request);
    const accepted = request.headers.get("accept-encoding");
    const { file, coding } = await openVariant(this.#root, names, original, accepted);
    const fields = Fields.from(headers);
    addVary(fields, "Accept-Encoding");
    if (coding !== undefined) fields.set("Content-Encoding", coding);
    return this.#respond(names, file, fields, request);
  }

  async #respond(
    names: readonly string[],
    file: FileDescriptor,
    headers: Fields,
    request: Request,
  ): Promise<Reply> {
    const name = names.at(-1)!;
    const type = this.#types.get(extensionOf(name)) ?? mediaTypeOf(name);
    const { charset, compress, digest, contentMd5, timing } = this.#options;
    const whole = represent(file, name, { type: charset === false ? type : withCharset(type, charset) });
    // At once, and not when the server asks for it: a resource that is never asked would keep the file open.
    return resource(() => whole, { headers, compress, digest, contentMd5, timing }).respond(request);
  }

  /** What is not below the folder: a page is answered with the fallback. */
  async #missing(request: Request): Promise<Reply> {
    const fallback = this.#fallback;
    if (fallback !== undefined && listHas(request.headers.get("accept"), "text/html")) {
      try {
        const headers = fileFields({ ...this.#options, immutable: false });
        addVary(headers, "Accept");
        return await this.#send(fallback, await this.#root.open(fallback), headers, request);
      } catch (error) {
        if (!isMissing(error)) return refusalReply(error);
      }
    }
    return this.#notFound(request, fallback === undefined ? {} : { Vary: "Accept" });
  }

  async #notFound(request: Request, headers: FieldsInit = {}): Promise<Reply> {
    const { notFound } = this.#options;
    if (notFound === undefined) return refusal(404, "Not Found", headers);
    const answer = await notFound(request);
    return "respond" in answer ? answer.respond(request) : answer;
  }
}

/** @throws UsageError `ERR_SLUICE_OPTION` */
function checkOptions(options: FilesOptions<never>): void {
  const { prefix = "", symlinks = "inside", fallback } = options;
  checkNames("", options, OPTIONS);
  // What is only nearly a boolean would publish what was meant to be hidden.
  for (const name of ["dotfiles", "precompressed", "listing", "immutable"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "boolean")
      throw new UsageError("ERR_SLUICE_OPTION", { found: `${name}: ${JSON.stringify(value)}` });
  }
  if (!POLICIES.includes(symlinks))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `symlinks: ${symlinks}` });
  if (typeof prefix !== "string" || (prefix !== "" && !prefix.startsWith("/")))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `prefix: ${prefix}` });
  if (fallback === undefined) return;
  const names = typeof fallback === "string" ? namesOf(fallback) : [];
  if (names.length === 0 || !names.every((name) => isServable(name, true)))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `fallback: ${fallback}` });
}

/** A path below the folder as the names in it. */
function namesOf(path: string): readonly string[] {
  return path.split("/").filter((name) => name !== "");
}

function fileFields({ headers = {}, cacheControl, immutable = false }: FilesOptions<never>): Fields {
  const fields = Fields.from(headers);
  if (immutable) fields.set("Cache-Control", `${cacheControl ?? YEAR}, immutable`);
  else if (cacheControl !== undefined) fields.set("Cache-Control", cacheControl);
  return fields;
}

/** Whether there is nothing to be sent: no file, or what is none, such as a FIFO. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof SluiceError &&
    (error.code === "ERR_SLUICE_FILE_NOT_FOUND" || error.code === "ERR_SLUICE_FILE_KIND")
  );
}

/**
 * To the folder with its slash. The reference is relative to the last segment, so it is right behind a proxy that takes a part of
 * the path away, and can never name another host. 301 and not 308: only GET and HEAD come here, for which they say the same.
 */
function redirection({ path, target }: FilesRequest): Reply {
  const mark = target.indexOf("?");
  const query = mark === -1 ? "" : target.slice(mark);
  const location = `./${path.slice(path.lastIndexOf("/") + 1)}/${query}`;
  return text("Moved permanently\n", { status: 301, headers: { Location: location } });
}
