import type { FaultScene } from "./fault-scene.ts";
import type { HeadRow } from "./rows.ts";
import { listElements } from "../semantics/lists.ts";
import { quotation } from "./wording.ts";

/** Why nobody can tell where the body ends, or whether one will come. */
export function explainFraming({ fault, method }: FaultScene, head: HeadRow): string | undefined {
  const lengths = valuesOf(head, "content-length");
  const codings = valuesOf(head, "transfer-encoding");
  switch (fault.code) {
    case "ERR_SLUICE_LENGTH_AND_CODING":
      return "Transfer-Encoding and Content-Length stand together: one reader goes by the chunks, another one by the length, and they see different bodies";
    case "ERR_SLUICE_CONTENT_LENGTH":
      return contentLengthWords(lengths);
    case "ERR_SLUICE_TRANSFER_CODING":
      if (head.version === "HTTP/1.0")
        return "the response is HTTP/1.0, which has no chunks: readers of HTTP/1.0 take the chunk sizes for content";
      if (codings.filter((coding) => coding.toLowerCase() === "chunked").length > 1)
        return "chunked is named more than once: something on the way has chunked the body, or only its head, a second time";
      return `chunked is not the last transfer coding of ${quotation(codings.join(", "))}`;
    case "ERR_SLUICE_TRANSFER_CODING_UNKNOWN":
      if (codings.some((coding) => coding.toLowerCase() === "identity"))
        return "Transfer-Encoding: identity is no longer part of HTTP: without a coding the field is left out";
      return `nobody sends ${quotation(codings.join(", "))} unless it was asked for: compression belongs into Content-Encoding`;
    case "ERR_SLUICE_SURPLUS":
      return `the server changes to another protocol (101), and nobody has asked it to with ${method}`;
    case "ERR_SLUICE_TOO_MANY_INTERIM":
      return `interim responses keep coming, the last one with status ${head.status}, and no final one`;
    default:
      return undefined;
  }
}

function contentLengthWords(lengths: readonly string[]): string {
  if (lengths.length > 1) {
    const same = lengths.every((length) => length === lengths[0]);
    const what = same
      ? `the same, ${quotation(lengths[0])}`
      : lengths.map((length) => quotation(length)).join(" and ");
    return `there are ${lengths.length === 2 ? "two" : lengths.length} Content-Lengths, ${what}: readers choose differently, or refuse the response`;
  }
  const length = lengths[0] ?? "";
  if (length.startsWith("-"))
    return `a Content-Length is never negative, and this one is ${quotation(length)}`;
  return `Content-Length is ${quotation(length)}, which is no run of decimal digits`;
}

function valuesOf({ fields }: HeadRow, name: string): string[] {
  return fields
    .filter((field) => field.name.toLowerCase() === name)
    .flatMap(({ value }) => listElements(value));
}
