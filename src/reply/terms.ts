import { CONTENT_CODINGS, type ContentCoding } from "../content/codings.ts";
import { chooseCoding } from "../semantics/content-coding.ts";
import { codedEntityTag, isEntityTag } from "../semantics/entity-tag.ts";
import { eachField, Fields, type FieldsInit } from "../semantics/fields.ts";
import { parseHttpDate } from "../semantics/http-date.ts";
import { listHas } from "../semantics/lists.ts";
import { essenceOf, isTextLike } from "../semantics/media-type.ts";
import { evaluatePreconditions } from "../semantics/preconditions.ts";
import { addVary } from "../semantics/vary.ts";
import { type Body, bodySize } from "./body.ts";
import { refusal, withoutContent } from "./refusal.ts";
import type { Reply } from "./reply.ts";
import type { RequestView } from "./resource.ts";

/** What one reader gets of a reply: its conditions and its Accept-Encoding have been weighed. */
export interface Terms {
  readonly status: number;
  readonly headers: FieldsInit;
  readonly body: Body;
  /** How the body is to be coded; undefined for as it is. */
  readonly coding: ContentCoding | undefined;
  /** Octets that the headers say the body has, where it is coded and they can't say so to the reader. */
  readonly announced?: number | undefined;
}

/** Bodies that are known to be smaller stay as they are: they fit in one packet, and a coding would gain little. */
const SMALLEST_CODED = 1024;

/** What the headers of a reply say about how it may be sent. */
interface Facts {
  essence: string;
  etag: string | undefined;
  lastModified: string | undefined;
  vary: string | undefined;
  /** What Content-Length says. */
  length: number | undefined;
  /** Whether the body has to stay as it is: coded already, a part of the whole, described octet by octet, not to be transformed. */
  fixed: boolean;
}

/**
 * Weighs a reply against the request: evaluates its conditions (RFC 9110 section 13.2.2), chooses the content coding (section 12.5.3),
 * and sets the fields that follow from it. A strong entity tag gets a name of its own for each coding.
 * @param offered the codings that the server allows, in its order of preference
 */
export function termsFor(reply: Reply, request: RequestView, offered: readonly ContentCoding[]): Terms {
  const { status, body } = reply;
  const headers = repeatable(reply.headers);
  const facts = factsOf(headers);
  const codable = offered.length > 0 && isCodable(reply, facts);
  if (!codable && facts.etag === undefined && facts.lastModified === undefined)
    return { status, headers, body, coding: undefined };

  let coding: string | undefined = "identity";
  if (codable) coding = chooseCoding(request.headers.get("accept-encoding"), offered);
  // What is a refusal already is better read than refused.
  if (coding === undefined && status === 200 && (request.method === "GET" || request.method === "HEAD"))
    return { ...refusal(406, "Not Acceptable", varied(headers, facts.vary)), coding: undefined };
  coding ??= "identity";
  const coded = coding === "identity" ? undefined : (coding as ContentCoding);
  const etag =
    coded === undefined || facts.etag === undefined ? facts.etag : codedEntityTag(facts.etag, coded);

  const outcome = status === 200 ? conditionsOf(request, etag, facts.lastModified) : undefined;
  const told = codable ? varied(headers, facts.vary) : headers;
  if (outcome === undefined && coded === undefined) return { status, headers: told, body, coding: undefined };
  const fields = Fields.from(told);
  if (etag !== undefined) fields.set("ETag", etag);
  if (outcome === 304) return { status: 304, headers: withoutContent(fields), body: null, coding: undefined };
  if (outcome === 412) return { ...refusal(412, "Precondition Failed", fields), coding: undefined };
  fields.delete("content-length");
  fields.delete("accept-ranges");
  return {
    status,
    headers: fields.set("Content-Encoding", coded!),
    body,
    coding: coded,
    announced: facts.length,
  };
}

/** The codings of this runtime that a setting allows. */
export function offeredCodings(setting: boolean | readonly ContentCoding[]): readonly ContentCoding[] {
  if (typeof setting === "boolean") return setting ? CONTENT_CODINGS : [];
  return setting.filter((coding) => CONTENT_CODINGS.includes(coding));
}

/** Fields that can be gone through more than once. */
function repeatable(headers: FieldsInit): FieldsInit {
  if (!(Symbol.iterator in headers) || Array.isArray(headers) || headers instanceof Fields) return headers;
  return [...(headers as Iterable<readonly [string, string]>)];
}

function factsOf(headers: FieldsInit): Facts {
  const facts: Facts = {
    essence: "",
    etag: undefined,
    lastModified: undefined,
    vary: undefined,
    length: undefined,
    fixed: false,
  };
  eachField(headers, (name, value) => {
    // Nothing has been checked yet: who writes the head refuses what is no text.
    if (!isText(name) || !isText(value)) return;
    switch (name.toLowerCase()) {
      case "content-type":
        facts.essence = essenceOf(value);
        break;
      case "etag":
        // What is no entity tag stays as it is, and matches nothing.
        if (isEntityTag(value)) facts.etag = value;
        break;
      case "last-modified":
        facts.lastModified = value;
        break;
      case "vary":
        facts.vary = facts.vary === undefined ? value : `${facts.vary}, ${value}`;
        break;
      case "content-length":
        facts.length = Number(value);
        break;
      case "cache-control":
        facts.fixed ||= listHas(value, "no-transform");
        break;
      case "content-encoding":
      case "content-range":
      case "content-digest":
      case "content-md5":
      case "repr-digest":
        facts.fixed = true;
        break;
      default:
    }
  });
  return facts;
}

const isText = (value: unknown): boolean => typeof value === "string";

function isCodable({ status, body, compress }: Reply, facts: Facts): boolean {
  if (
    compress === false ||
    facts.fixed ||
    body === null ||
    status === 204 ||
    status === 206 ||
    status === 304
  )
    return false;
  if ((bodySize(body) ?? facts.length ?? Infinity) < SMALLEST_CODED) return false;
  return compress === true || isTextLike(facts.essence);
}

function conditionsOf(
  { method, headers }: RequestView,
  etag: string | undefined,
  lastModified: string | undefined,
): 304 | 412 | undefined {
  if (method !== "GET" && method !== "HEAD") return undefined;
  if (etag === undefined && lastModified === undefined) return undefined;
  const date = lastModified === undefined ? undefined : parseHttpDate(lastModified);
  return evaluatePreconditions(method, headers, { etag, lastModified: date });
}

/** Fields that say that the reply depends on Accept-Encoding. */
function varied(headers: FieldsInit, vary: string | undefined): FieldsInit {
  // The usual case. What is spread stands last: the other way round V8 takes fifteen times as long.
  if (vary === undefined && !(Symbol.iterator in headers)) return { Vary: "Accept-Encoding", ...headers };
  return addVary(Fields.from(headers), "Accept-Encoding");
}
