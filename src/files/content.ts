import { CAN_DIGEST, Digester } from "../content/digester.ts";
import { utf8 } from "../content/octets.ts";
import { UsageError } from "../errors.ts";
import { checkReplyOptions, REPLY_OPTIONS, type ReplyOptions } from "../reply/reply.ts";
import { withCharset } from "../semantics/media-type.ts";
import type { Resource } from "../reply/resource.ts";
import type { Representation } from "./representation.ts";
import { resource } from "./resource.ts";

/** What {@link content} takes. */
export interface ContentOptions extends ReplyOptions {
  /** An entity tag with its quotes. False for none. Default: a strong one computed once from the octets; of a Blob, and on hosts without node:crypto, none. */
  readonly etag?: string | false | undefined;
  /** When the content last changed: a date, or milliseconds since 1970. Default: not sent. */
  readonly lastModified?: Date | number | undefined;
}

const OPTIONS = new Set<keyof ContentOptions>([...REPLY_OPTIONS, "etag", "lastModified"]);

/**
 * A resource that is in memory, or in a Blob: with an entity tag, conditions and ranges. Make it once and return it often.
 * @param type the media type; text types without a charset get `charset=utf-8`
 * @param data which must not change any more
 * @throws UsageError `ERR_SLUICE_OPTION`
 */
export function content(
  type: string,
  data: string | Uint8Array | Blob,
  options: ContentOptions = {},
): Resource {
  if (typeof type !== "string")
    throw new UsageError("ERR_SLUICE_OPTION", {
      found: "content(type, data, options): the type comes first",
    });
  if (typeof data !== "string" && !(data instanceof Uint8Array) && !(data instanceof Blob))
    throw new UsageError("ERR_SLUICE_OPTION", {
      found: `content of type ${data === null ? "null" : typeof data}`,
    });
  checkReplyOptions(options, OPTIONS);
  const { etag, lastModified, ...rest } = options;
  const bytes = typeof data === "string" ? utf8(data) : data;
  let computed = etag;
  return resource(() => {
    if (computed === undefined && bytes instanceof Uint8Array && CAN_DIGEST) computed = tagOf(bytes);
    return representationOf(
      type,
      bytes,
      computed === false ? undefined : computed,
      lastModified === undefined ? undefined : Number(lastModified),
    );
  }, rest);
}

function representationOf(
  type: string,
  data: Uint8Array | Blob,
  etag: string | undefined,
  lastModified: number | undefined,
): Representation {
  return {
    type: withCharset(type),
    size: data instanceof Uint8Array ? data.length : data.size,
    etag,
    lastModified,
    local: data instanceof Uint8Array,
    read: (start, end) => (data instanceof Uint8Array ? [data.subarray(start, end)] : data.slice(start, end)),
  };
}

function tagOf(bytes: Uint8Array): string {
  const digester = new Digester("sha-256");
  digester.update(bytes);
  return `"${digester.base64().slice(0, 22).replaceAll("+", "-").replaceAll("/", "_")}"`;
}
