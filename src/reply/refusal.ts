import { Fields, type FieldsInit } from "../semantics/fields.ts";
import type { Reply } from "./reply.ts";

/** What describes a content, and is not sent where there is none of it (RFC 9110 section 15.4.5). */
const ABOUT_CONTENT = [
  "content-type",
  "content-length",
  "content-encoding",
  "content-language",
  "content-range",
  "content-disposition",
  "content-digest",
  "content-md5",
  "repr-digest",
];

/** What is about the representation that is not sent, and how long it may be kept: a refusal may not. */
const ABOUT_REPRESENTATION = [
  "etag",
  "last-modified",
  "accept-ranges",
  "cache-control",
  "expires",
  "age",
  "link",
  "incremental",
];

/** A reply in plain text that stands in the place of another one, and keeps of its fields what is about neither content nor caching. */
export function refusal(status: number, phrase: string, headers: FieldsInit = {}): Reply {
  const fields = withoutContent(Fields.from(headers));
  for (const name of ABOUT_REPRESENTATION) fields.delete(name);
  return {
    status,
    headers: fields.set("Content-Type", "text/plain; charset=utf-8"),
    body: `${status} ${phrase}\n`,
  };
}

/** Takes away what describes a content. */
export function withoutContent(fields: Fields): Fields {
  for (const name of ABOUT_CONTENT) fields.delete(name);
  return fields;
}
