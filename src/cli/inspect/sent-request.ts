/** The head of a request, for showing it: fields as latin-1, one character an octet. */
export interface SentRequest {
  readonly line: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Takes the head of a request apart that this package has written or checked. @param head as latin-1, up to its empty line or beyond */
export function sentRequest(head: string): SentRequest {
  const end = head.indexOf("\r\n\r\n");
  const [line, ...lines] = head.slice(0, end === -1 ? head.length : end).split("\r\n");
  return {
    line,
    fields: lines.map((each) => {
      const colon = each.indexOf(":");
      return [each.slice(0, colon), each.slice(colon + 1).trim()];
    }),
  };
}
