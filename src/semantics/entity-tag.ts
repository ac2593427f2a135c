// entity-tag = [ weak ] opaque-tag
// weak       = %s"W/"
// opaque-tag = DQUOTE *etagc DQUOTE
// etagc      = "!" / %x23-7E / obs-text      (no escapes: a backslash is a character like any other)
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/y;
const EMPTY_ELEMENTS = /[\t ,]*/y;
const ELEMENT_END = /[\t ]*(?:,|$)/y;

/** Whether this is an entity tag with its quotes, strong (`"abc"`) or weak (`W/"abc"`) (RFC 9110 section 8.8.3). */
export function isEntityTag(text: string): boolean {
  ENTITY_TAG.lastIndex = 0;
  return ENTITY_TAG.test(text) && ENTITY_TAG.lastIndex === text.length;
}

/** Strong comparison: the same octets, and neither tag is weak (RFC 9110 section 8.8.3.2). */
export function strongMatch(a: string, b: string): boolean {
  return a === b && !isWeak(a);
}

/** Weak comparison: the same opaque tag, whichever of the two is weak (RFC 9110 section 8.8.3.2). */
export function weakMatch(a: string, b: string): boolean {
  return opaqueTag(a) === opaqueTag(b);
}

/**
 * The value of If-Match or If-None-Match: `*`, or its entity tags in order, or undefined where it is neither (RFC 9110 sections 13.1.1
 * and 13.1.2). Empty list elements are passed over; commas inside a tag belong to it.
 */
export function parseEntityTagList(value: string): readonly string[] | "*" | undefined {
  if (value === "*") return "*";
  const tags: string[] = [];
  for (let at = 0; ;) {
    EMPTY_ELEMENTS.lastIndex = at;
    EMPTY_ELEMENTS.test(value);
    const start = EMPTY_ELEMENTS.lastIndex;
    if (start === value.length) return tags;
    ENTITY_TAG.lastIndex = start;
    if (!ENTITY_TAG.test(value)) return undefined;
    ELEMENT_END.lastIndex = ENTITY_TAG.lastIndex;
    tags.push(value.slice(start, ENTITY_TAG.lastIndex));
    if (!ELEMENT_END.test(value)) return undefined;
    at = ELEMENT_END.lastIndex;
  }
}

/**
 * The tag of a representation in a content coding: `"abc"` in gzip is `"abc-gzip"`, and a weak tag stays weak. Two codings of the
 * same data are two representations and never share a strong tag (RFC 9110 section 8.8.3.3).
 * @param etag an entity tag with its quotes
 * @param coding a token
 */
export function codedEntityTag(etag: string, coding: string): string {
  return `${etag.slice(0, -1)}-${coding}"`;
}

function isWeak(etag: string): boolean {
  return etag.startsWith("W/");
}

function opaqueTag(etag: string): string {
  return isWeak(etag) ? etag.slice(2) : etag;
}
