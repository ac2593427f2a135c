import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { SluiceError, UsageError } from "../errors.ts";
import { refusal } from "../reply/refusal.ts";
import type { Reply } from "../reply/reply.ts";
import type { Resource } from "../reply/resource.ts";
import { contentDisposition } from "../semantics/content-disposition.ts";
import { Fields } from "../semantics/fields.ts";
import { withCharset } from "../semantics/media-type.ts";
import { openFile } from "./file-representation.ts";
import { mediaTypeOf } from "./media-types.ts";
import { checkNames } from "../options.ts";
import { resource } from "./resource.ts";
import { REPLY_OPTIONS, type ReplyOptions } from "../reply/reply.ts";

/** What {@link file} takes, beside what every resource does. */
export interface FileOptions extends ReplyOptions {
  /** The media type. Default: by the extension of the path. */
  readonly type?: string | undefined;
  /** The charset of a text type that names none; false for none. Default `utf-8`. */
  readonly charset?: string | false | undefined;
  /** Saves the file in the place of showing it: true under its own name, or under another one. */
  readonly download?: boolean | string | undefined;
  /** The value of Cache-Control, e.g. `max-age=3600`. */
  readonly cacheControl?: string | undefined;
  /**
   * An entity tag with its quotes in the place of the one that is made; false for none: the time of modification is then the only
   * validator.
   */
  readonly etag?: string | false | undefined;
}

const OPTIONS = new Set<keyof FileOptions>([
  ...REPLY_OPTIONS,
  "type",
  "charset",
  "download",
  "cacheControl",
  "etag",
]);

/**
 * A file as the answer to a request: with its ranges, its conditions and HEAD. It is opened anew for each request; where it is not
 * there the answer is 404, where it can't be read 403. The method is not looked at: a POST gets 200 and the file, too. A path that comes
 * from the request is a case for `files`.
 * @param path a path, or a `file:` URL
 * @throws UsageError `ERR_SLUICE_OPTION`, and from `respond` `ERR_SLUICE_FILE_KIND` where it's no regular file; Node's error for
 * anything else, such as too many open files
 */
export function file(path: string | URL, options: FileOptions = {}): Resource {
  checkNames("", options, OPTIONS);
  if (typeof path !== "string" && !(path instanceof URL))
    throw new UsageError("ERR_SLUICE_OPTION", { found: `a path of type ${typeof path}` });
  const name = typeof path === "string" ? path : fileURLToPath(path);
  const { type, charset, download, cacheControl, etag, ...rest } = options;
  const mediaType = type ?? mediaTypeOf(name);
  const opening = { type: charset === false ? mediaType : withCharset(mediaType, charset), etag };
  const headers = Fields.from(options.headers ?? {});
  if (download !== undefined && download !== false && !headers.has("content-disposition")) {
    const filename = download === true ? basename(name) : download;
    headers.set("Content-Disposition", contentDisposition("attachment", filename));
  }
  if (cacheControl !== undefined) headers.set("Cache-Control", cacheControl);
  return resource(() => openFile(name, opening).catch(refusalReply), { ...rest, headers });
}

/** The answer where a file is not there, or not for everyone: without its path. @throws any other error */
export function refusalReply(error: unknown): Reply {
  if (error instanceof SluiceError) {
    if (error.code === "ERR_SLUICE_FILE_NOT_FOUND") return refusal(404, "Not Found");
    if (error.code === "ERR_SLUICE_FILE_FORBIDDEN") return refusal(403, "Forbidden");
  }
  throw error;
}
